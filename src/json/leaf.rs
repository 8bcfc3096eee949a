//! The slots that views are made of.

use std::collections::BinaryHeap;
use std::ops::Deref;

use super::{Fields, Items, Leaf, Slot, Text};

/// A 32-bit integer, read as the API server reads one: `3.0` and `1e2` are
/// whole numbers, `3.5`, `"3"` and `2147483648` are refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Int(pub i32);

/// A JSON list; an item that is `null` is the item's default, as in Go.
#[derive(Debug)]
pub struct List<T>(Vec<T>);

/// A JSON object of strings, sorted by key; a value that is `null` is the
/// empty string, as in Go.
#[derive(Debug, Default)]
pub struct StringMap<'a>(Vec<(Text<'a>, Text<'a>)>);

/// Whether a field is there at all, whatever it holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Present(pub bool);

impl std::fmt::Display for Int {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl<'a> Slot<'a> for Int {
    fn expected(&self) -> &'static str {
        "a whole number from -2147483648 to 2147483647 without quotes"
    }

    fn open(&mut self) -> &mut dyn Slot<'a> {
        self
    }

    fn take(&mut self, leaf: Leaf<'a>) -> bool {
        let whole = match leaf {
            Leaf::Number(written) => whole(written),
            _ => None,
        };
        self.0 = whole.unwrap_or_default();
        whole.is_some()
    }
}

impl<'a> Slot<'a> for bool {
    fn expected(&self) -> &'static str {
        "a boolean"
    }

    fn open(&mut self) -> &mut dyn Slot<'a> {
        self
    }

    fn take(&mut self, leaf: Leaf<'a>) -> bool {
        let Leaf::Boolean(value) = leaf else {
            return false;
        };
        *self = value;
        true
    }
}

impl<'a> Slot<'a> for Text<'a> {
    fn expected(&self) -> &'static str {
        "a string"
    }

    fn open(&mut self) -> &mut dyn Slot<'a> {
        self
    }

    fn take(&mut self, leaf: Leaf<'a>) -> bool {
        let Leaf::Text(text) = leaf else { return false };
        *self = text;
        true
    }
}

impl<'a> Slot<'a> for Present {
    fn expected(&self) -> &'static str {
        "anything"
    }

    fn open(&mut self) -> &mut dyn Slot<'a> {
        self
    }

    fn is_read(&self) -> bool {
        false
    }

    fn keep(&mut self, _text: &'a [u8]) {
        self.0 = true;
    }
}

/// Once [opened](Slot::open), it is the slot inside. That must be one that is
/// read at once.
impl<'a, T: Slot<'a> + Default> Slot<'a> for Option<T> {
    fn expected(&self) -> &'static str {
        "a value"
    }

    fn open(&mut self) -> &mut dyn Slot<'a> {
        self.get_or_insert_default().open()
    }
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Deref for List<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<'a, T: Slot<'a> + Default> Slot<'a> for List<T> {
    fn expected(&self) -> &'static str {
        "a list"
    }

    fn open(&mut self) -> &mut dyn Slot<'a> {
        self
    }

    fn items(&mut self) -> Option<&mut dyn Items<'a>> {
        Some(self)
    }
}

impl<'a, T: Slot<'a> + Default> Items<'a> for List<T> {
    fn push(&mut self) -> Option<&mut dyn Slot<'a>> {
        self.0.push(T::default());
        self.0.last_mut().map(|item| item as _)
    }
}

impl<'a> StringMap<'a> {
    /// The value of a key, if the key is there.
    pub fn get(&self, key: &str) -> Option<&str> {
        let index = self.0.binary_search_by(|(k, _)| (**k).cmp(key)).ok()?;
        self.0.get(index).map(|(_, value)| &**value)
    }
}

impl<'a> Deref for StringMap<'a> {
    type Target = [(Text<'a>, Text<'a>)];

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<'a> Slot<'a> for StringMap<'a> {
    fn expected(&self) -> &'static str {
        "an object of strings"
    }

    fn open(&mut self) -> &mut dyn Slot<'a> {
        self
    }

    fn fields(&mut self) -> Option<&mut dyn Fields<'a>> {
        Some(self)
    }
}

impl<'a> Fields<'a> for StringMap<'a> {
    fn entry(&mut self, key: Text<'a>) -> Option<&mut dyn Slot<'a>> {
        self.0.push((key, Text::default()));
        self.0.last_mut().map(|(_, value)| value as _)
    }

    fn close(&mut self) -> bool {
        self.0 = sorted(std::mem::take(&mut self.0));
        self.0
            .windows(2)
            .all(|pair| !matches!(pair, [(a, _), (b, _)] if a == b))
    }
}

/// Sorts with far less code than `slice::sort`.
pub(super) fn sorted<T: Ord>(items: Vec<T>) -> Vec<T> {
    BinaryHeap::from(items).into_sorted_vec()
}

/// The value of a JSON number, if it is whole and has no more than 32 bits.
fn whole(written: &str) -> Option<i32> {
    if let Ok(number) = written.parse() {
        return Some(number);
    }
    let (sign, written) = match written.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, written),
    };
    let (mantissa, exponent) = written.split_once(['e', 'E']).unwrap_or((written, "0"));
    let (digits, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let fraction = fraction.trim_end_matches('0');
    let digits = format!("{digits}{fraction}");
    let significant = digits.trim_start_matches('0').trim_end_matches('0');
    if significant.is_empty() {
        return Some(0);
    }
    let zeros = digits
        .len()
        .saturating_sub(digits.trim_end_matches('0').len());
    let shift = exponent
        .parse::<i64>()
        .ok()?
        .checked_sub(i64::try_from(fraction.len()).ok()?)?
        .checked_add(i64::try_from(zeros).ok()?)?;
    let scale = 10_i64.checked_pow(u32::try_from(shift).ok()?)?;
    let value = significant.parse::<i64>().ok()?.checked_mul(scale)?;
    value.checked_mul(sign)?.try_into().ok()
}
