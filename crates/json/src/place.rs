//! The places for values, and the one reader that fills them.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use super::scan::{Error, ErrorKind, Result, Scanner};
use super::{Json, Keys, Text};

/// The maximum nesting of JSON without a known shape. Skipped values may be
/// deeper, and views limit themselves.
const DEEPEST: usize = 64;

/// Something that a JSON value is read into.
pub trait Slot<'a> {
    /// The place for a value that is not `null`.
    fn place(&mut self) -> Place<'_, 'a>;

    /// Takes `null`, which most slots ignore: it means absent.
    fn null(&mut self) {}
}

/// A place for a JSON value, by the expected type.
pub enum Place<'s, 'a> {
    /// An object; the values of these keys are kept.
    Object(&'static Keys, &'s mut dyn Fields<'a>),
    /// Such an object, with its text.
    WithSource(&'static Keys, &'s mut dyn Fields<'a>, &'s mut &'a [u8]),
    /// An object of strings that keeps those with matching keys.
    Texts(fn(&str) -> bool, &'s mut Vec<(Text<'a>, Text<'a>)>),
    /// A list.
    List(&'s mut dyn Items<'a>),
    /// A string.
    Text(&'s mut Text<'a>),
    /// A 32-bit integer.
    Integer(&'s mut i32),
    /// `true` or `false`.
    Boolean(&'s mut bool),
    /// Anything; only its presence is recorded.
    Presence(&'s mut bool),
    /// Anything; its text is kept.
    Source(&'s mut &'a [u8]),
    /// Anything.
    Any(&'s mut Json<'a>),
}

/// Places for the values of an object.
pub trait Fields<'a> {
    /// The place for the value of the n-th key.
    fn known(&mut self, n: usize) -> Option<Place<'_, 'a>>;

    /// Takes `null` as the value of the n-th key.
    fn null(&mut self, n: usize);
}

/// Places for the items of a list.
pub trait Items<'a> {
    /// The place for the next item.
    fn push(&mut self) -> Option<Place<'_, 'a>>;
}

impl Place<'_, '_> {
    /// The expected type, for an error.
    fn expected(&self) -> &'static str {
        match self {
            Self::Object(..) | Self::WithSource(..) => "an object",
            Self::Texts(..) => "an object with string values",
            Self::List(_) => "a list",
            Self::Text(_) => "a string",
            Self::Integer(_) => "a whole number from -2147483648 to 2147483647 without quotes",
            Self::Boolean(_) => "a boolean",
            Self::Presence(_) | Self::Source(_) | Self::Any(_) => "a value",
        }
    }
}

/// Reads a JSON document into a place.
///
/// # Errors
/// The first problem of the document.
pub fn fill<'a>(document: &'a [u8], place: Place<'_, 'a>) -> std::result::Result<(), Error> {
    let mut scanner = Scanner::new(document);
    value(&mut scanner, place)
        .and_then(|()| scanner.end())
        .map_err(|_| scanner.error())
}

fn value<'a>(scanner: &mut Scanner<'a>, place: Place<'_, 'a>) -> Result<()> {
    let first = scanner.peek();
    let start = scanner.at();
    match (place, first) {
        (Place::Any(json), _) => *json = any(scanner, 0)?,
        (_, b'n') => scanner.word(b"null")?,
        (Place::Object(keys, fields), b'{') => object(scanner, keys, fields)?,
        (Place::WithSource(keys, fields, source), b'{') => {
            object(scanner, keys, fields)?;
            *source = scanner.since(start);
        }
        (Place::List(items), b'[') => list(scanner, items)?,
        (Place::Text(text), b'"') => *text = Text(scanner.string()?),
        (Place::Integer(integer), b'-' | b'0'..=b'9') => match whole(scanner.number()?) {
            Some(value) => *integer = value,
            None => {
                return Err(
                    scanner.fail(start, ErrorKind::Misfit(Place::Integer(integer).expected()))
                );
            }
        },
        (Place::Boolean(flag), b't' | b'f') => *flag = boolean(scanner)?,
        (Place::Texts(is_kept, texts), b'{') => map(scanner, is_kept, texts)?,
        (Place::Presence(there), _) => {
            scanner.skip()?;
            *there = true;
        }
        (Place::Source(source), _) => {
            scanner.skip()?;
            *source = scanner.since(start);
        }
        (place, b'"' | b'{' | b'[' | b't' | b'f' | b'-' | b'0'..=b'9') => {
            return Err(scanner.fail(start, ErrorKind::Misfit(place.expected())));
        }
        _ => return Err(scanner.unexpected("expected a value")),
    }
    Ok(())
}

fn object<'a>(scanner: &mut Scanner<'a>, keys: &Keys, fields: &mut dyn Fields<'a>) -> Result<()> {
    let mut seen = 0_u64;
    let mut more = scanner.open(b'{', b'}');
    while more {
        let key = scanner.key()?;
        match key.among(keys) {
            None => scanner.skip()?,
            Some(n) => {
                let bit = 1_u64.checked_shl(n as u32).unwrap_or_default();
                let null = scanner.peek() == b'n';
                if seen & bit != 0 {
                    return Err(scanner.fail(scanner.at(), ErrorKind::Twice));
                }
                seen |= bit;
                if null {
                    scanner.word(b"null")?;
                    fields.null(n);
                } else if let Some(place) = fields.known(n) {
                    value(scanner, place)?;
                }
            }
        }
        more = scanner.another(b'}')?;
    }
    Ok(())
}

fn list<'a>(scanner: &mut Scanner<'a>, items: &mut dyn Items<'a>) -> Result<()> {
    let mut more = scanner.open(b'[', b']');
    while more {
        if let Some(place) = items.push() {
            value(scanner, place)?;
        }
        more = scanner.another(b']')?;
    }
    Ok(())
}

fn map<'a>(
    scanner: &mut Scanner<'a>,
    is_kept: fn(&str) -> bool,
    texts: &mut Vec<(Text<'a>, Text<'a>)>,
) -> Result<()> {
    let start = scanner.at();
    let mut more = scanner.open(b'{', b'}');
    while more {
        let key = Text(scanner.entry_key()?);
        if is_kept(&key) {
            let mut text = Text::default();
            value(scanner, Place::Text(&mut text))?;
            texts.push((key, text));
        } else {
            scanner.skip()?;
        }
        more = scanner.another(b'}')?;
    }
    match sorted(std::mem::take(texts)) {
        Some(sorted) => *texts = sorted,
        None => return Err(scanner.fail(start, ErrorKind::Twice)),
    }
    Ok(())
}

fn any<'a>(scanner: &mut Scanner<'a>, depth: usize) -> Result<Json<'a>> {
    let first = scanner.peek();
    let start = scanner.at();
    if depth > DEEPEST {
        return Err(scanner.fail(start, ErrorKind::Syntax("nested too deeply")));
    }
    let depth = depth.saturating_add(1);
    Ok(match first {
        b'n' => {
            scanner.word(b"null")?;
            Json::Null
        }
        b't' | b'f' => Json::Boolean(boolean(scanner)?),
        b'"' => Json::Text(Text(scanner.string()?)),
        b'[' => {
            let mut items = Vec::new();
            let mut more = scanner.open(b'[', b']');
            while more {
                items.push(any(scanner, depth)?);
                more = scanner.another(b']')?;
            }
            Json::List(items)
        }
        b'{' => {
            let mut entries = Vec::new();
            let mut more = scanner.open(b'{', b'}');
            while more {
                let key = Text(scanner.entry_key()?);
                entries.push((key, any(scanner, depth)?));
                more = scanner.another(b'}')?;
            }
            match sorted(entries) {
                Some(entries) => Json::Object(entries),
                None => return Err(scanner.fail(start, ErrorKind::Twice)),
            }
        }
        _ => Json::Number(scanner.number()?),
    })
}

fn boolean(scanner: &mut Scanner<'_>) -> Result<bool> {
    let is_true = scanner.peek() == b't';
    scanner.word(if is_true { b"true" } else { b"false" })?;
    Ok(is_true)
}

/// Sorts entries by their keys; `None` if two have the same. (A heap takes far
/// less code than `slice::sort`.)
fn sorted<'a, T>(entries: Vec<(Text<'a>, T)>) -> Option<Vec<(Text<'a>, T)>> {
    let heap: BinaryHeap<_> = entries.into_iter().map(ByKey).collect();
    let entries = heap.into_sorted_vec();
    let twice = |pair: &[ByKey<'_, T>]| matches!(pair, [a, b] if a == b);
    (!entries.windows(2).any(twice))
        .then(|| entries.into_iter().map(|ByKey(entry)| entry).collect())
}

/// An entry that is compared by its key.
struct ByKey<'a, T>((Text<'a>, T));

impl<T> Ord for ByKey<'_, T> {
    fn cmp(&self, other: &Self) -> Ordering {
        let (Self((key, _)), Self((other, _))) = (self, other);
        key.cmp(other)
    }
}

impl<T> PartialOrd for ByKey<'_, T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Eq for ByKey<'_, T> {}

impl<T> PartialEq for ByKey<'_, T> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
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
    let significant = digits.trim_end_matches('0');
    let zeros = digits.len().saturating_sub(significant.len());
    let significant = significant.trim_start_matches('0');
    if significant.is_empty() {
        return Some(0);
    }
    let shift = exponent
        .parse::<i64>()
        .ok()?
        .checked_add(i64::try_from(zeros).ok()?)?
        .checked_sub(i64::try_from(fraction.len()).ok()?)?;
    let scale = 10_i64.checked_pow(u32::try_from(shift).ok()?)?;
    let value = significant.parse::<i64>().ok()?.checked_mul(scale)?;
    value.checked_mul(sign)?.try_into().ok()
}
