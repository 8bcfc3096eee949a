//! The keys of a view, and the lookup of a key.

/// The keys of a view, at most 64.
///
/// Most keys of an object are not among them. So each has a seat in a small hash
/// table, and a key whose seat is empty needs no comparison.
#[derive(Debug)]
pub struct Keys {
    names: &'static [&'static str],
    seats: [u8; SEATS],
}

const SEATS: usize = 32;

/// An empty seat.
const EMPTY: u8 = u8::MAX;

/// A seat shared by several keys.
const SHARED: u8 = u8::MAX - 1;

impl Keys {
    /// The keys, by their position.
    #[expect(
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects,
        reason = "a constant: errors here are compile-time errors"
    )]
    pub const fn new(names: &'static [&'static str]) -> Self {
        assert!(names.len() <= 64, "a view has at most 64 keys");
        let mut seats = [EMPTY; SEATS];
        let mut n = 0;
        while n < names.len() {
            let seat = &mut seats[hash(names[n].as_bytes())];
            *seat = if *seat == EMPTY { n as u8 } else { SHARED };
            n += 1;
        }
        Self { names, seats }
    }

    /// The position of a key.
    #[inline(always)]
    pub(super) fn position(&self, key: &[u8]) -> Option<usize> {
        let seat = self.seats.get(hash(key)).copied().unwrap_or(SHARED);
        if let Some(name) = self.names.get(usize::from(seat)) {
            return equal(name.as_bytes(), key).then_some(seat.into());
        }
        if seat == EMPTY {
            return None;
        }
        self.names.iter().position(|name| name.as_bytes() == key)
    }
}

/// Whether two keys are equal. Most have 8 to 16 bytes: two words, which are
/// compared faster than by a call to `memcmp`.
#[inline(always)]
fn equal(name: &[u8], key: &[u8]) -> bool {
    let words = |bytes: &[u8]| {
        let (first, last) = (bytes.first_chunk()?, bytes.last_chunk()?);
        Some((u64::from_ne_bytes(*first), u64::from_ne_bytes(*last)))
    };
    if name.len() != key.len() {
        return false;
    }
    match (words(name), words(key)) {
        (Some(name_words), Some(key_words)) if name.len() <= 16 => name_words == key_words,
        _ => name == key,
    }
}

/// The seat of a key.
#[inline(always)]
const fn hash(key: &[u8]) -> usize {
    match key {
        [first, .., last] => {
            let mixed = (*first as usize)
                .wrapping_mul(5)
                .wrapping_add((*last as usize).wrapping_mul(3))
                .wrapping_add(key.len());
            mixed % SEATS
        }
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::Keys;

    #[test]
    fn each_key_is_found_and_no_other() {
        static NAMES: [&str; 10] = [
            "name",
            "nice",
            "note",
            "",
            "a",
            "b",
            "env",
            "volumeMounts",
            "elsewhere",
            "activeDeadlineSeconds",
        ];
        let keys = Keys::new(&NAMES);
        for (n, name) in NAMES.iter().enumerate() {
            assert_eq!(keys.position(name.as_bytes()), Some(n), "{name}");
        }
        for other in [
            "nime",
            "c",
            "en",
            "envs",
            "volumeMount",
            "volumexounts",
            "activeDeadlinesSecond",
            "activeDeadlineXeconds",
        ] {
            assert_eq!(keys.position(other.as_bytes()), None, "{other}");
        }
    }
}
