//! Reading JSON into borrowed views.
//!
//! This crate is compiled for speed, where the rest of a module is compiled for
//! size: most of the time of a verdict is spent here.
//!
//! A *view* holds only the fields that are read; everything else is skipped: an
//! object or a list must end, but its content is neither kept nor checked. Views
//! are declared with `view!`, which differs from serde's derive in what an
//! admission policy must not get wrong: `null` means absent, a key written twice
//! is an error, and a JSON list is never taken for an object.
//!
//! A view is a table of where the value of each key goes; one reader fills all
//! views. The reader is not generic, so a view costs a module only its table,
//! where serde's derive generates a parser for each struct.

// Code that reads foreign input must not panic. This is not in `[workspace.lints]` because
// it would then apply to tools and to helpers of integration tests, which may.
#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::iter_over_hash_type,
        clippy::panic,
        clippy::unreachable,
        clippy::unwrap_used
    )
)]

mod balance;
mod block;
mod cursor;
mod keys;
mod leaf;
mod place;
mod scan;
mod value;
mod with_source;

pub use keys::Keys;
pub use leaf::{Int, List, Present, StringMap, Text};
pub use place::{Fields, Items, Place, Slot, fill};
pub use scan::{Error, ErrorKind};
pub use value::Json;
pub use with_source::WithSource;

/// Declares a view: a struct, and the field for the value of each key.
///
/// Each field is written `"jsonKey" => field: Type`, where the type is a
/// [`Slot`]. A key that is absent or `null` leaves the field at its default.
#[macro_export]
macro_rules! view {
    ($(#[$meta:meta])* $vis:vis struct $name:ident { $($fields:tt)* }) => {
        $crate::view! { @declare [$(#[$meta])* $vis] $name [] ['a] [] { $($fields)* } }
    };
    ($(#[$meta:meta])* $vis:vis struct $name:ident<$lt:lifetime> { $($fields:tt)* }) => {
        $crate::view! { @declare [$(#[$meta])* $vis] $name [$lt] [$lt] [] { $($fields)* } }
    };
    (
        $(#[$meta:meta])*
        $vis:vis struct $name:ident<$lt:lifetime, $param:ident> { $($fields:tt)* }
    ) => {
        $crate::view! {
            @declare [$(#[$meta])* $vis] $name [$lt, $param] [$lt] [$param] { $($fields)* }
        }
    };
    (
        @declare [$(#[$meta:meta])* $vis:vis]
        $name:ident [$($generics:tt)*] [$lt:lifetime] [$($param:ident)?] {
            $($(#[$doc:meta])* $key:literal => $field:ident: $ty:ty,)*
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Default)]
        $vis struct $name<$($generics)*> {
            $($(#[$doc])* #[doc = concat!("`", $key, "`")] pub $field: $ty,)*
        }

        impl<$lt $(, $param: $crate::Slot<$lt> + Default)?> $crate::Slot<$lt>
            for $name<$($generics)*>
        {
            fn place(&mut self) -> $crate::Place<'_, $lt> {
                static KEYS: $crate::Keys = $crate::Keys::new(&[$($key),*]);
                $crate::Place::Object(&KEYS, self)
            }
        }

        impl<$lt $(, $param: $crate::Slot<$lt> + Default)?> $crate::Fields<$lt>
            for $name<$($generics)*>
        {
            fn known(&mut self, n: usize) -> Option<$crate::Place<'_, $lt>> {
                let mut numbers = 0..;
                $(
                    if numbers.next() == Some(n) {
                        return Some($crate::Slot::place(&mut self.$field));
                    }
                )*
                None
            }

            fn null(&mut self, n: usize) {
                let mut numbers = 0..;
                $(
                    if numbers.next() == Some(n) {
                        $crate::Slot::null(&mut self.$field);
                    }
                )*
            }
        }
    };
}
