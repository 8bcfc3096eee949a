//! The one reader of all views, and what it asks of them.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;

use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use serde_json::value::RawValue;

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

    /// The place for the text of a value, if it is not to be read yet.
    fn unread(&mut self) -> Option<&mut &'a str> {
        None
    }

    /// Whether any value belongs here, of which nothing is kept.
    fn is_indifferent(&self) -> bool {
        false
    }
}

/// A value without parts.
pub enum Leaf<'a> {
    /// `true` or `false`.
    Boolean(bool),
    /// A number without fraction and exponent.
    Integer(i128),
    /// Any other number.
    Float(f64),
    /// A string.
    Text(Text<'a>),
}

/// Places for the values of an object.
pub trait Fields<'a> {
    /// The place for the value of a key.
    fn field(&mut self, key: Text<'a>) -> Field<'_, 'a>;

    /// Called at the end; whether all keys were different, unless
    /// [`Field::Known`] has told.
    fn close(&mut self) -> bool {
        true
    }
}

/// What becomes of the value of a key.
pub enum Field<'s, 'a> {
    /// It is skipped.
    Unknown,
    /// It goes here; the number tells the known fields apart (below 64).
    Known(usize, &'s mut dyn Slot<'a>),
    /// It goes here, and any key may come.
    Entry(&'s mut dyn Slot<'a>),
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
pub(super) fn fill<'a>(bytes: &'a [u8], slot: &mut dyn Slot<'a>) -> serde_json::Result<()> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    Fill(slot).deserialize(&mut deserializer)?;
    deserializer.end()
}

struct Fill<'s, 'a>(&'s mut dyn Slot<'a>);

impl<'a> Fill<'_, 'a> {
    fn take<E: Error>(self, leaf: Leaf<'a>) -> Result<(), E> {
        let slot = self.0.open();
        if slot.take(leaf) {
            Ok(())
        } else {
            Err(misfit(slot.expected()))
        }
    }
}

/// The error that [`super::Fault`] knows how to read.
fn misfit<E: Error>(expected: &str) -> E {
    E::custom(format_args!(", expected {expected}"))
}

impl<'a> DeserializeSeed<'a> for Fill<'_, 'a> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        if let Some(place) = self.0.unread() {
            if let Some(text) = Option::<&RawValue>::deserialize(deserializer)? {
                *place = text.get();
            }
            return Ok(());
        }
        if !self.0.is_indifferent() {
            return deserializer.deserialize_any(self);
        }
        if Option::<IgnoredAny>::deserialize(deserializer)?.is_some() {
            self.0.take(Leaf::Boolean(true));
        }
        Ok(())
    }
}

impl<'a> Visitor<'a> for Fill<'_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.expected())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.0.null();
        Ok(())
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        self.take(Leaf::Boolean(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        self.take(Leaf::Integer(value.into()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        self.take(Leaf::Integer(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        self.take(Leaf::Float(value))
    }

    fn visit_borrowed_str<E: Error>(self, value: &'a str) -> Result<(), E> {
        self.take(Leaf::Text(Text(value.into())))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<(), E> {
        self.take(Leaf::Text(Text(value.to_owned().into())))
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<(), A::Error> {
        let slot = self.0.open();
        let expected = slot.expected();
        let fields = slot.fields().ok_or_else(|| misfit(expected))?;
        let mut seen = 0_u64;
        while let Some(key) = map.next_key::<Text<'a>>()? {
            match fields.field(key) {
                Field::Unknown => {
                    map.next_value::<IgnoredAny>()?;
                }
                Field::Known(number, slot) => {
                    let bit = 1_u64.checked_shl(number as u32).unwrap_or_default();
                    if seen & bit != 0 {
                        return Err(A::Error::duplicate_field(""));
                    }
                    seen |= bit;
                    map.next_value_seed(Fill(slot))?;
                }
                Field::Entry(slot) => map.next_value_seed(Fill(slot))?,
            }
        }
        if fields.close() {
            Ok(())
        } else {
            Err(A::Error::duplicate_field(""))
        }
    }

    fn visit_seq<A: SeqAccess<'a>>(self, mut seq: A) -> Result<(), A::Error> {
        let slot = self.0.open();
        let expected = slot.expected();
        let items = slot.items().ok_or_else(|| misfit(expected))?;
        while let Some(()) = seq.next_element_seed(Next(items))? {}
        Ok(())
    }
}

/// Fills the next item of a list, whose place is made once there is one.
struct Next<'s, 'a>(&'s mut dyn Items<'a>);

impl<'a> DeserializeSeed<'a> for Next<'_, 'a> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        match self.0.push() {
            Some(slot) => Fill(slot).deserialize(deserializer),
            None => Ok(()),
        }
    }
}

/// Not `deserialize_bytes`, which would let a key be anything but Unicode: it
/// brings an error along that can print floats, a tenth of a module.
impl<'a> Deserialize<'a> for Text<'a> {
    fn deserialize<D: Deserializer<'a>>(deserializer: D) -> Result<Self, D::Error> {
        struct Borrow;

        impl<'a> Visitor<'a> for Borrow {
            type Value = Text<'a>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }

            fn visit_borrowed_str<E: Error>(self, key: &'a str) -> Result<Text<'a>, E> {
                Ok(Text(key.into()))
            }

            fn visit_str<E: Error>(self, key: &str) -> Result<Text<'a>, E> {
                Ok(Text(key.to_owned().into()))
            }
        }

        deserializer.deserialize_str(Borrow)
    }
}
