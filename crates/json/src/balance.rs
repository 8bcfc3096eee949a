//! Finds the end of an object or a list whose content is not read.
//!
//! Only brackets and quotes matter, 64 bytes at once, as in simdjson (Langdale
//! and Lemire, 2019): several times faster than token by token. What stands
//! between them is not checked.

use super::block::BitMasks;

const BLOCK: usize = 64;

/// The length of the object or list that begins here; `None` if it does not
/// end.
pub(super) fn length(text: &[u8]) -> Option<usize> {
    let mut state = State::default();
    let (blocks, rest) = text.as_chunks::<BLOCK>();
    let mut passed = 0_usize;
    for block in blocks {
        if let Some(end) = state.pass(block) {
            return Some(passed.wrapping_add(end));
        }
        passed = passed.wrapping_add(BLOCK);
    }
    let mut last = [b' '; BLOCK];
    for (to, from) in last.iter_mut().zip(rest) {
        *to = *from;
    }
    Some(passed.wrapping_add(state.pass(&last)?))
}

/// The state before a block.
#[derive(Default)]
struct State {
    /// The number of open objects and lists.
    depth: u32,
    /// All bits set if the block begins in a string, none otherwise.
    string: u64,
    /// 1 if its first byte is escaped, 0 otherwise.
    escaped: u64,
}

impl State {
    /// Passes a block; returns the end if it is in the block.
    #[inline(always)]
    fn pass(&mut self, block: &[u8; BLOCK]) -> Option<usize> {
        let masks = BitMasks::of(block);
        let quotes = masks.quotes & !self.escaped(masks.backslashes);
        let strings = within(quotes) ^ self.string;
        self.string = 0_u64.wrapping_sub(strings >> 63);
        let opens = masks.opens & !strings;
        let mut closes = masks.closes & !strings;
        if closes.count_ones() >= self.depth {
            while closes != 0 {
                let before = closes & closes.wrapping_neg();
                let opened = (opens & before.wrapping_sub(1)).count_ones();
                let closed = (masks.closes & !strings & before.wrapping_sub(1)).count_ones();
                if self.depth.wrapping_add(opened) == closed.wrapping_add(1) {
                    return Some((before.trailing_zeros() as usize).wrapping_add(1));
                }
                closes ^= before;
            }
        }
        let closed = (masks.closes & !strings).count_ones();
        self.depth = self
            .depth
            .wrapping_add(opens.count_ones())
            .wrapping_sub(closed);
        None
    }

    /// The bytes that backslashes escape.
    #[inline(always)]
    fn escaped(&mut self, backslashes: u64) -> u64 {
        const EVEN: u64 = u64::MAX / 3;
        if backslashes == 0 {
            return std::mem::take(&mut self.escaped);
        }
        let backslashes = backslashes & !self.escaped;
        let follows = backslashes << 1 | self.escaped;
        let odd = backslashes & !EVEN & !follows;
        let (even, overflow) = odd.overflowing_add(backslashes);
        self.escaped = overflow.into();
        (EVEN ^ even << 1) & follows
    }
}

/// The bits from each odd one that is set up to before the next.
#[inline(always)]
fn within(mut quotes: u64) -> u64 {
    for shift in [1, 2, 4, 8, 16, 32] {
        quotes ^= quotes << shift;
    }
    quotes
}

#[cfg(test)]
mod tests {
    use super::length;

    #[test]
    fn brackets_in_strings_do_not_count() {
        for text in [
            "{}",
            "[]",
            r#"{"}": "]"}"#,
            r#"{"a\"}": "\\"}"#,
            r#"["\\\\\"]", "\\\\"]"#,
            r#"[[], {}, [{"a": [1, 2]}]]"#,
        ] {
            for before in 0..150 {
                let filler = format!("[\"{}\",", "x".repeat(before));
                let whole = format!("{filler}{text}]");
                for behind in ["", "]", ", {\"next\": [", "\""] {
                    let longer = format!("{whole}{behind}");
                    assert_eq!(length(longer.as_bytes()), Some(whole.len()), "{longer}");
                }
            }
        }
    }

    #[test]
    fn what_does_not_end_has_no_length() {
        for text in ["{", "[1, [2]", r#"{"a": "}"#, r#"["\"]"#] {
            for before in 0..150 {
                let longer = format!("[\"{}\",{text}", "x".repeat(before));
                assert_eq!(length(longer.as_bytes()), None, "{longer}");
            }
        }
    }

    #[test]
    fn the_deepest_nesting_is_passed() {
        let deep = [b"[".repeat(100_000), b"]".repeat(100_000)].concat();
        assert_eq!(length(&deep), Some(deep.len()));
    }
}
