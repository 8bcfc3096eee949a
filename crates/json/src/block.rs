//! Searches many bytes of a text at once.

#[cfg(target_feature = "simd128")]
pub(super) use simd::ends;
#[cfg(target_feature = "simd128")]
use simd::sixteen;
#[cfg(not(target_feature = "simd128"))]
pub(super) use swar::ends;
#[cfg(not(target_feature = "simd128"))]
use swar::sixteen;

/// The positions of characters in 64 bytes, the lowest bit for the first byte.
#[derive(Clone, Copy, Default)]
pub(super) struct BitMasks {
    /// `"`
    pub quotes: u64,
    /// `\`
    pub backslashes: u64,
    /// `{` and `[`
    pub opens: u64,
    /// `}` and `]`
    pub closes: u64,
}

impl BitMasks {
    /// The masks of a block.
    #[inline(always)]
    pub fn of(block: &[u8; 64]) -> Self {
        let mut masks = Self::default();
        let (parts, _) = block.as_chunks::<16>();
        for (part, shift) in parts.iter().zip([0, 16, 32, 48]) {
            let [quotes, backslashes, opens, closes] = sixteen(part);
            masks.quotes |= u64::from(quotes) << shift;
            masks.backslashes |= u64::from(backslashes) << shift;
            masks.opens |= u64::from(opens) << shift;
            masks.closes |= u64::from(closes) << shift;
        }
        masks
    }
}

/// In ASCII, braces are brackets with this bit.
const BRACE: u8 = 0x20;

#[cfg(target_feature = "simd128")]
mod simd {
    use std::arch::wasm32::{u8x16_bitmask, u8x16_eq, u8x16_lt, u8x16_splat, u64x2, v128, v128_or};

    use super::BRACE;

    /// Sets the bit of each byte that is a quote, a backslash or a control character, the lowest
    /// for the first byte.
    #[inline(always)]
    pub(in super::super) fn ends(block: &[u8; 16]) -> u16 {
        let block = load(block);
        let quotes = equal(block, b'"');
        let backslashes = equal(block, b'\\');
        let controls = u8x16_lt(block, u8x16_splat(b' '));
        u8x16_bitmask(v128_or(v128_or(quotes, backslashes), controls))
    }

    /// The quotes, backslashes, opening and closing brackets in 16 bytes.
    #[inline(always)]
    pub(super) fn sixteen(block: &[u8; 16]) -> [u16; 4] {
        let block = load(block);
        let braces = v128_or(block, u8x16_splat(BRACE));
        [
            equal(block, b'"'),
            equal(block, b'\\'),
            equal(braces, b'{'),
            equal(braces, b'}'),
        ]
        .map(|masks| u8x16_bitmask(masks))
    }

    #[inline(always)]
    fn load(block: &[u8; 16]) -> v128 {
        let both = u128::from_le_bytes(*block);
        u64x2(both as u64, (both >> 64) as u64)
    }

    #[inline(always)]
    fn equal(block: v128, byte: u8) -> v128 {
        u8x16_eq(block, u8x16_splat(byte))
    }
}

/// Eight bytes in one word, for targets without SIMD.
#[cfg(not(target_feature = "simd128"))]
mod swar {
    use super::BRACE;

    /// Sets the bit of each byte that is a quote, a backslash or a control character, the lowest
    /// for the first byte. Bits above the lowest that is set may be false positives.
    #[inline(always)]
    pub(in super::super) fn ends(block: &[u8; 16]) -> u16 {
        let (low, high) = words(block);
        let ends = |word| gather(below(word, b' ') | equal(word, b'"') | equal(word, b'\\'));
        ends(low) | ends(high) << 8
    }

    /// The quotes, backslashes, opening and closing brackets in 16 bytes.
    #[inline(always)]
    pub(super) fn sixteen(block: &[u8; 16]) -> [u16; 4] {
        let (low, high) = words(block);
        let masks =
            |find: fn(u64) -> u64| gather(exactly(find(low))) | gather(exactly(find(high))) << 8;
        [
            masks(|word| word ^ each(b'"')),
            masks(|word| word ^ each(b'\\')),
            masks(|word| (word | each(BRACE)) ^ each(b'{')),
            masks(|word| (word | each(BRACE)) ^ each(b'}')),
        ]
    }

    /// The byte, repeated eight times.
    const fn each(byte: u8) -> u64 {
        (u64::MAX / 0xff).wrapping_mul(byte as u64)
    }

    fn words(block: &[u8; 16]) -> (u64, u64) {
        let both = u128::from_le_bytes(*block);
        (both as u64, (both >> 64) as u64)
    }

    /// The highest bit of each byte below the limit. Bytes above the first such byte may be false
    /// positives.
    fn below(word: u64, limit: u8) -> u64 {
        word.wrapping_sub(each(limit)) & !word & each(0x80)
    }

    /// The highest bit of each byte equal to this one, with the same caveat.
    fn equal(word: u64, byte: u8) -> u64 {
        below(word ^ each(byte), 1)
    }

    /// The highest bit of exactly those bytes that are zero.
    fn exactly(word: u64) -> u64 {
        let low = (word & each(0x7f)).wrapping_add(each(0x7f));
        !(low | word | each(0x7f))
    }

    /// The highest bits of the bytes, side by side.
    fn gather(word: u64) -> u16 {
        ((word >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56) as u16
    }
}

#[cfg(test)]
mod tests {
    use super::{BitMasks, ends};

    #[test]
    fn the_first_end_is_found_at_every_place() {
        for end in [b'"', b'\\', 0, b'\n', 0x1f] {
            for place in 0..16 {
                let mut block = *b"an ordinary text";
                block[15] = 0xff;
                assert_eq!(ends(&block), 0);
                block[place] = end;
                assert_eq!(ends(&block).trailing_zeros() as usize, place, "{end}");
            }
        }
    }

    #[test]
    fn each_byte_is_marked_for_what_it_is() {
        for byte in 0..=u8::MAX {
            for place in [0, 7, 8, 31, 63] {
                let mut block = [b' '; 64];
                block[place] = byte;
                let masks = BitMasks::of(&block);
                let marked = |bytes: &[u8]| u64::from(bytes.contains(&byte)) << place;
                assert_eq!(masks.quotes, marked(b"\""));
                assert_eq!(masks.backslashes, marked(b"\\"));
                assert_eq!(masks.opens, marked(b"{["), "{byte}");
                assert_eq!(masks.closes, marked(b"}]"), "{byte}");
            }
        }
    }
}
