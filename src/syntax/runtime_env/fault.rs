use std::fmt;

/// Why KubeRay refuses a `spec.runtimeEnvYAML`. Lines count from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The text is not YAML as go-yaml v2 reads it.
    Syntax {
        /// Where reading stopped.
        line: u32,
        /// What is wrong there.
        problem: &'static str,
    },
    /// The document is something else than a mapping, for example `"a list"`.
    NotAMapping(&'static str),
    /// The YAML is well formed, but there is no JSON object that says the same.
    Meaning {
        /// The line of the node at fault.
        line: u32,
        /// What is wrong with it.
        problem: Meaning,
    },
}

/// What a well-formed document says that KubeRay cannot take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// A key is null, or nothing at all.
    NullKey,
    /// A key is an integer above 2^63-1.
    HugeKey,
    /// A key is a list or a mapping.
    CollectionKey,
    /// A value is `.nan` or an infinity.
    NotFinite,
    /// A tag such as `!!int` stands before a text of another type.
    Mistagged,
    /// The text after `!!binary` is not base64.
    Base64,
    /// `<<` merges something else than mappings.
    Merge,
    /// An alias names an anchor that the document has not set yet.
    UnknownAlias,
    /// An alias stands inside the node that it names.
    EndlessAlias,
    /// Nearly all of the document would come from repeating aliases.
    ManyAliases,
    /// More than 10,000 collections are nested.
    Deep,
}

impl Meaning {
    pub(super) fn at(self, line: u32) -> Fault {
        Fault::Meaning {
            line,
            problem: self,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (line, problem) = match *self {
            Self::Syntax { line, problem } => (line, problem),
            Self::NotAMapping(found) => {
                out.write_str("not a mapping but ")?;
                return out.write_str(found);
            }
            Self::Meaning { line, problem } => (
                line,
                match problem {
                    Meaning::NullKey => "a key is null",
                    Meaning::HugeKey => "a key is an integer above 9223372036854775807",
                    Meaning::CollectionKey => "a key is a list or a mapping",
                    Meaning::NotFinite => ".nan and .inf have no place in JSON",
                    Meaning::Mistagged => "the text does not fit its tag",
                    Meaning::Base64 => "the !!binary text is not base64",
                    Meaning::Merge => "'<<' needs a mapping or a list of mappings",
                    Meaning::UnknownAlias => "an alias names an unknown anchor",
                    Meaning::EndlessAlias => "an alias stands inside the node it names",
                    Meaning::ManyAliases => "too much of the document comes from aliases",
                    Meaning::Deep => "nested deeper than 10000 levels",
                },
            ),
        };
        out.write_str("line ")?;
        line.fmt(out)?;
        out.write_str(": ")?;
        out.write_str(problem)
    }
}
