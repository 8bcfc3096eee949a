//! The one reader of all views, and what it asks of them.

use std::borrow::Cow;
use std::ops::Deref;

use super::scan::{Kind, Problem, Result, Scanner};

/// How deep views may be nested; what nobody reads may be deeper.
const DEEPEST: usize = 64;

/// A place for a JSON value.
pub trait Slot<'a> {
    /// What belongs here, for an error: `a string`.
    fn expected(&self) -> &'static str;

    /// The place for a value that is not `null`: the slot itself, or what it
    /// has to make first.
    fn open(&mut self) -> &mut dyn Slot<'a>;

    /// Takes a value that is neither an object nor a list nor `null`, and says
    /// whether it belongs here.
    fn take(&mut self, _leaf: Leaf<'a>) -> bool {
        false
    }

    /// Takes `null`, which most leave alone: it means absent.
    fn null(&mut self) {}

    /// The places for the values of an object, if one belongs here.
    fn fields(&mut self) -> Option<&mut dyn Fields<'a>> {
        None
    }

    /// The places for the items of a list, if one belongs here.
    fn items(&mut self) -> Option<&mut dyn Items<'a>> {
        None
    }

    /// Whether a value is read at once. If not, it is passed over, and its
    /// text [kept](Self::keep).
    fn is_read(&self) -> bool {
        true
    }

    /// Takes the text of a value that is not read at once and not `null`, and of
    /// an object that has been read.
    fn keep(&mut self, _text: &'a [u8]) {}
}

/// A value without parts.
pub enum Leaf<'a> {
    /// `true` or `false`.
    Boolean(bool),
    /// A number, as it is written.
    Number(&'a str),
    /// A string.
    Text(Text<'a>),
}

/// Places for the values of an object.
pub trait Fields<'a> {
    /// The keys that are known, 64 at most.
    fn keys(&self) -> &'static [&'static str] {
        &[]
    }

    /// The place for the value of the n-th known key.
    fn known(&mut self, _n: usize) -> Option<&mut dyn Slot<'a>> {
        None
    }

    /// The place for the value of another key, if it is not passed over.
    fn entry(&mut self, _key: Text<'a>) -> Option<&mut dyn Slot<'a>> {
        None
    }

    /// Called at the end; whether all keys of entries were different.
    fn close(&mut self) -> bool {
        true
    }
}

/// Places for the items of a list.
pub trait Items<'a> {
    /// The place for the next item.
    fn push(&mut self) -> Option<&mut dyn Slot<'a>>;
}

/// A string, borrowed from the input unless it contains escapes.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Text<'a>(Cow<'a, str>);

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

/// Fills a slot from a JSON document.
pub(super) fn fill<'a>(
    document: &'a [u8],
    slot: &mut dyn Slot<'a>,
) -> std::result::Result<(), Problem> {
    let mut scanner = Scanner::new(document);
    document_into(&mut scanner, slot).map_err(|_| scanner.problem())
}

fn document_into<'a>(scanner: &mut Scanner<'a>, slot: &mut dyn Slot<'a>) -> Result<()> {
    value(scanner, slot, 0)?;
    match scanner.peek() {
        0 if scanner.rest().is_empty() => Ok(()),
        _ => scanner.unexpected("trailing characters"),
    }
}

fn value<'a>(scanner: &mut Scanner<'a>, slot: &mut dyn Slot<'a>, depth: usize) -> Result<()> {
    let first = scanner.peek();
    let start = scanner.rest();
    if first == b'n' {
        scanner.word(b"null")?;
        slot.null();
        return Ok(());
    }
    if !slot.is_read() {
        scanner.skip()?;
        slot.keep(scanner.since(start));
        return Ok(());
    }
    let slot = slot.open();
    if depth > DEEPEST {
        return scanner.fail(start, Kind::Syntax("nested too deeply"));
    }
    let depth = depth.saturating_add(1);
    let fits = match first {
        b'{' => match slot.fields() {
            Some(fields) => {
                object(scanner, fields, depth)?;
                slot.keep(scanner.since(start));
                return Ok(());
            }
            None => false,
        },
        b'[' => match slot.items() {
            Some(items) => return list(scanner, items, depth),
            None => false,
        },
        b'"' => slot.take(Leaf::Text(Text(scanner.string()?))),
        b't' => {
            scanner.word(b"true")?;
            slot.take(Leaf::Boolean(true))
        }
        b'f' => {
            scanner.word(b"false")?;
            slot.take(Leaf::Boolean(false))
        }
        _ => slot.take(Leaf::Number(scanner.number()?)),
    };
    if fits {
        Ok(())
    } else {
        scanner.fail(start, Kind::Misfit(slot.expected()))
    }
}

fn object<'a>(scanner: &mut Scanner<'a>, fields: &mut dyn Fields<'a>, depth: usize) -> Result<()> {
    let start = scanner.rest();
    scanner.pass();
    let keys = fields.keys();
    let mut seen = 0_u64;
    let mut more = !scanner.take(b'}');
    while more {
        if scanner.peek() != b'"' {
            return scanner.unexpected("expected a key in quotes");
        }
        let key = scanner.string()?;
        scanner.colon()?;
        let slot = match keys.iter().position(|known| **known == *key) {
            Some(n) => {
                let bit = 1_u64.checked_shl(n as u32).unwrap_or_default();
                if seen & bit != 0 {
                    scanner.peek();
                    return scanner.fail(scanner.rest(), Kind::Twice);
                }
                seen |= bit;
                fields.known(n)
            }
            None => fields.entry(Text(key)),
        };
        match slot {
            Some(slot) => value(scanner, slot, depth)?,
            None => scanner.skip()?,
        }
        more = scanner.another(b'}')?;
    }
    if fields.close() {
        Ok(())
    } else {
        scanner.fail(start, Kind::Twice)
    }
}

fn list<'a>(scanner: &mut Scanner<'a>, items: &mut dyn Items<'a>, depth: usize) -> Result<()> {
    scanner.pass();
    let mut more = !scanner.take(b']');
    while more {
        match items.push() {
            Some(slot) => value(scanner, slot, depth)?,
            None => scanner.skip()?,
        }
        more = scanner.another(b']')?;
    }
    Ok(())
}
