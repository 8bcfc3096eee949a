//! Reading JSON into borrowed views.
//!
//! A *view* holds only the fields that somebody looks at; everything else is
//! skipped without being allocated or even validated, so that bytes in a field
//! that no rule reads can do no harm. Views are declared with [`view!`], which
//! differs from serde's derive in what an admission policy must not get wrong:
//! `null` means absent, a key written twice is an error, a JSON list is never
//! taken for an object, and no error names a Rust type.

mod fault;
mod leaf;
mod path;
mod quote;

pub use fault::Fault;
pub use leaf::{Int, Key, List, Present, StringMap, Text};
pub use path::Path;
pub use quote::Quoted;

use serde::Deserialize;

/// Reads one JSON document.
///
/// # Errors
/// The first thing that could not be read, with the path of its field.
pub fn read<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, Fault> {
    serde_json::from_slice(bytes).map_err(|error| Fault::new(bytes, &error))
}

/// Declares a view: a struct and how it is read from a JSON object.
///
/// Each field is written `"jsonKey" => field: Type`. A key that is absent or
/// `null` leaves the field at its default. With `=` instead of `=>` the type
/// reads `null` itself.
macro_rules! view {
    ($(#[$meta:meta])* $vis:vis struct $name:ident { $($fields:tt)* }) => {
        $crate::json::view! { @declare [$(#[$meta])* $vis] $name [] ['de] [] { $($fields)* } }
    };
    ($(#[$meta:meta])* $vis:vis struct $name:ident<$lt:lifetime> { $($fields:tt)* }) => {
        $crate::json::view! { @declare [$(#[$meta])* $vis] $name [$lt] [$lt] [] { $($fields)* } }
    };
    ($(#[$meta:meta])* $vis:vis struct $name:ident<$lt:lifetime, $param:ident> { $($fields:tt)* }) => {
        $crate::json::view! { @declare [$(#[$meta])* $vis] $name [$lt, $param] [$lt] [$param] { $($fields)* } }
    };
    (@declare [$(#[$meta:meta])* $vis:vis] $name:ident [$($generics:tt)*] [$lt:lifetime] [$($param:ident)?] {
        $($(#[$doc:meta])* $key:literal $arrow:tt $field:ident: $ty:ty,)*
    }) => {
        $(#[$meta])*
        #[derive(Debug, Default)]
        $vis struct $name<$($generics)*> {
            $($(#[$doc])* #[doc = concat!("`", $key, "`")] pub $field: $ty,)*
        }

        impl<$lt $(, $param: serde::Deserialize<$lt> + Default)?> serde::Deserialize<$lt>
            for $name<$($generics)*>
        {
            fn deserialize<D: serde::Deserializer<$lt>>(deserializer: D) -> Result<Self, D::Error> {
                struct ViewVisitor<V>(std::marker::PhantomData<V>);

                impl<$lt $(, $param: serde::Deserialize<$lt> + Default)?> serde::de::Visitor<$lt>
                    for ViewVisitor<$name<$($generics)*>>
                {
                    type Value = $name<$($generics)*>;

                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str("an object")
                    }

                    fn visit_map<A: serde::de::MapAccess<$lt>>(
                        self,
                        mut map: A,
                    ) -> Result<Self::Value, A::Error> {
                        $(let mut $field: Option<$ty> = None;)*
                        while let Some(key) = map.next_key::<$crate::json::Key<'_>>()? {
                            match key.as_str() {
                                $($key => {
                                    if $field.is_some() {
                                        return Err(serde::de::Error::duplicate_field($key));
                                    }
                                    $field = Some($crate::json::view!(@value $arrow map $ty));
                                })*
                                _ => {
                                    map.next_value::<serde::de::IgnoredAny>()?;
                                }
                            }
                        }
                        Ok($name { $($field: $field.unwrap_or_default(),)* })
                    }
                }

                deserializer.deserialize_map(ViewVisitor(std::marker::PhantomData))
            }
        }
    };
    (@value => $map:ident $ty:ty) => {
        $map.next_value::<Option<$ty>>()?.unwrap_or_default()
    };
    (@value = $map:ident $ty:ty) => {
        $map.next_value::<$ty>()?
    };
}
pub(crate) use view;

#[cfg(test)]
mod tests;
