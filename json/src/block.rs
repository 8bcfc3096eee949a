//! Sixteen bytes of a string at once.

/// Sets the bit of each byte that is a quote, a backslash or a control
/// character, the lowest for the first byte.
#[cfg(target_feature = "simd128")]
pub(super) fn ends(block: &[u8; 16]) -> u16 {
    use std::arch::wasm32::{u8x16_bitmask, u8x16_eq, u8x16_lt, u8x16_splat, u64x2, v128_or};

    let (low, high) = words(block);
    let block = u64x2(low, high);
    let quotes = u8x16_eq(block, u8x16_splat(b'"'));
    let backslashes = u8x16_eq(block, u8x16_splat(b'\\'));
    let controls = u8x16_lt(block, u8x16_splat(b' '));
    u8x16_bitmask(v128_or(v128_or(quotes, backslashes), controls))
}

/// Sets the bit of each byte that is a quote, a backslash or a control
/// character, the lowest for the first byte. Bits above the lowest that is set
/// may be set in vain.
#[cfg(not(target_feature = "simd128"))]
pub(super) fn ends(block: &[u8; 16]) -> u16 {
    const ONES: u64 = u64::MAX / 0xff;

    /// The highest bit of each byte of the word below the limit.
    fn below(word: u64, limit: u8) -> u64 {
        word.wrapping_sub(ONES.wrapping_mul(limit.into())) & !word & (ONES << 7)
    }
    fn ends(word: u64) -> u16 {
        let equal = |byte: u8| below(word ^ ONES.wrapping_mul(byte.into()), 1);
        let ends = below(word, b' ') | equal(b'"') | equal(b'\\');
        // Gathers the highest bits in the highest byte.
        ((ends >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56) as u16
    }
    let (low, high) = words(block);
    ends(low) | ends(high) << 8
}

fn words(block: &[u8; 16]) -> (u64, u64) {
    let both = u128::from_le_bytes(*block);
    (both as u64, (both >> 64) as u64)
}

#[cfg(test)]
mod tests {
    use super::ends;

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
}
