//! Reading JSON into borrowed views.
//!
//! A *view* holds only the fields that somebody looks at; everything else is
//! passed over: it must be JSON, but it is neither kept nor decoded. Views are
//! declared with `view!`, which differs from serde's derive in what an admission
//! policy must not get wrong: `null` means absent, a key written twice is an
//! error, a JSON list is never taken for an object, and no error names a Rust
//! type or shows a text.
//!
//! A view is a table that says where the value of a key goes; one reader fills
//! all of them. It is not generic, so a view costs a module only its table,
//! where serde's derive generates a parser for each struct.

mod fault;
mod kept;
mod later;
mod leaf;
mod path;
mod quote;
mod scan;
mod slot;
mod value;

pub use fault::Fault;
pub use kept::Kept;
pub use later::Later;
pub use leaf::{Int, List, Present, StringMap};
pub use path::Path;
pub use quote::Quoted;
pub use slot::{Fields, Items, Leaf, Slot, Text};
pub use value::Json;

/// Reads one JSON document.
///
/// # Errors
/// The first thing that could not be read, with the path of its field.
pub fn read<'a, T: Slot<'a> + Default>(bytes: &'a [u8]) -> Result<T, Fault> {
    let mut value = T::default();
    slot::fill(bytes, &mut value).map_err(|problem| Fault::new(bytes, problem))?;
    Ok(value)
}

/// Declares a view: a struct, and where in it the value of each key goes.
///
/// Each field is written `"jsonKey" => field: Type`, where the type is a
/// [`Slot`]. A key that is absent or `null` leaves the field at its default.
macro_rules! view {
    ($(#[$meta:meta])* $vis:vis struct $name:ident { $($fields:tt)* }) => {
        $crate::json::view! { @declare [$(#[$meta])* $vis] $name [] ['a] [] { $($fields)* } }
    };
    ($(#[$meta:meta])* $vis:vis struct $name:ident<$lt:lifetime> { $($fields:tt)* }) => {
        $crate::json::view! { @declare [$(#[$meta])* $vis] $name [$lt] [$lt] [] { $($fields)* } }
    };
    ($(#[$meta:meta])* $vis:vis struct $name:ident<$lt:lifetime, $param:ident> { $($fields:tt)* }) => {
        $crate::json::view! { @declare [$(#[$meta])* $vis] $name [$lt, $param] [$lt] [$param] { $($fields)* } }
    };
    (@declare [$(#[$meta:meta])* $vis:vis] $name:ident [$($generics:tt)*] [$lt:lifetime] [$($param:ident)?] {
        $($(#[$doc:meta])* $key:literal => $field:ident: $ty:ty,)*
    }) => {
        $(#[$meta])*
        #[derive(Debug, Default)]
        $vis struct $name<$($generics)*> {
            $($(#[$doc])* #[doc = concat!("`", $key, "`")] pub $field: $ty,)*
        }

        impl<$lt $(, $param: $crate::json::Slot<$lt> + Default)?> $crate::json::Slot<$lt>
            for $name<$($generics)*>
        {
            fn expected(&self) -> &'static str {
                "an object"
            }

            fn open(&mut self) -> &mut dyn $crate::json::Slot<$lt> {
                self
            }

            fn fields(&mut self) -> Option<&mut dyn $crate::json::Fields<$lt>> {
                Some(self)
            }
        }

        impl<$lt $(, $param: $crate::json::Slot<$lt> + Default)?> $crate::json::Fields<$lt>
            for $name<$($generics)*>
        {
            fn keys(&self) -> &'static [&'static str] {
                &[$($key),*]
            }

            fn known(&mut self, number: usize) -> Option<&mut dyn $crate::json::Slot<$lt>> {
                let mut numbers = 0..;
                $(
                    if numbers.next() == Some(number) {
                        return Some(&mut self.$field);
                    }
                )*
                None
            }
        }
    };
}
pub(crate) use view;

#[cfg(test)]
mod tests;
