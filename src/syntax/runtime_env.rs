//! Whether KubeRay can read a `spec.runtimeEnvYAML`, and what it reads.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::mem;
use std::ops::Range;

use rayjob_policy_yaml::{Content, Document, Scalar, Tag, Value};

use crate::syntax::quantity::Quantity;
use crate::syntax::shell::LONGEST_ARGUMENT;

pub use rayjob_policy_yaml::{Error as SyntaxError, ErrorKind as SyntaxErrorKind};

/// Decodes a text from base64, if it is base64.
pub(crate) fn from_base64(text: &str) -> Option<String> {
    String::from_utf8(rayjob_policy_yaml::from_base64(text.trim())?).ok()
}

/// The content of a `spec.runtimeEnvYAML` that KubeRay can read.
#[derive(Debug)]
pub struct RuntimeEnv<'t> {
    document: Document<'t>,
    /// The least bytes of its JSON, if they are more than Linux passes to a program.
    pub(crate) too_long: Option<usize>,
    /// The keys of the whole, which many rules ask for, and the places of their values.
    top_entries: OnceCell<Vec<(Box<str>, usize)>>,
}

/// A value in a runtime environment.
#[derive(Clone, Copy, Debug)]
pub struct Item<'e> {
    env: &'e RuntimeEnv<'e>,
    place: usize,
}

/// What a value is, once KubeRay has made JSON of it.
#[derive(Debug, PartialEq)]
pub enum Is<'e> {
    /// `null`, or nothing.
    Null,
    /// A boolean.
    Bool,
    /// A whole number, such as `600` or `600.0`.
    Whole(i64),
    /// Another number, or one beyond 64 bits.
    Number,
    /// A string.
    Text(Cow<'e, str>),
    /// A list.
    List,
    /// A mapping.
    Mapping,
}

impl<'t> RuntimeEnv<'t> {
    /// Reads the text of a `spec.runtimeEnvYAML`; `None` if there is nothing in it. KubeRay
    /// calls `yaml.Unmarshal` of `sigs.k8s.io/yaml` with a `map[string]interface{}`
    /// (`ray-operator/controllers/ray/utils/validation.go:ValidateRayJobSpec`). Unknown keys
    /// are not an error.
    ///
    /// # Errors
    /// Why KubeRay cannot read it.
    ///
    /// ```
    /// use rayjob_policy_core::syntax::runtime_env::{Is, RuntimeEnv};
    ///
    /// let env = RuntimeEnv::read("env_vars: {DEBUG: yes}").unwrap().unwrap();
    /// let (key, value) = &env.top().entries()[0];
    /// assert_eq!((&**key, value.is()), ("env_vars", Is::Mapping));
    /// assert_eq!(value.entries()[0].1.is(), Is::Bool);
    /// ```
    pub fn read(text: &'t str) -> Result<Option<Self>, SyntaxError> {
        let document = rayjob_policy_yaml::mapping(text)?;
        Ok(document.map(|document| {
            let mut env = Self {
                document,
                too_long: None,
                top_entries: OnceCell::new(),
            };
            // Quotes and commas at most double a text in which every key has a value.
            if text.len() > LONGEST_ARGUMENT / 2 {
                let length = env.top().json_length();
                env.too_long = Some(length).filter(|length| *length > LONGEST_ARGUMENT);
            }
            env
        }))
    }

    /// The whole.
    pub fn top(&self) -> Item<'_> {
        Item {
            env: self,
            place: 0,
        }
    }
}

impl<'e> Item<'e> {
    /// The place of what the value is: for an alias, that of its anchor.
    fn content(self) -> Option<(usize, &'e Content<'e>)> {
        let nodes = self.env.document.nodes();
        let content = &nodes.get(self.place)?.content;
        match content {
            Content::Alias(target) => Some((*target, &nodes.get(*target)?.content)),
            _ => Some((self.place, content)),
        }
    }

    fn scalar(self) -> Option<&'e Scalar<'e>> {
        match self.content()?.1 {
            Content::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }

    /// What the value is.
    pub fn is(self) -> Is<'e> {
        let Some((_, content)) = self.content() else {
            return Is::Null;
        };
        let scalar = match content {
            Content::Scalar(scalar) => scalar,
            Content::Mapping(_) => return Is::Mapping,
            Content::Sequence(_) | Content::Alias(_) => return Is::List,
        };
        match scalar.value() {
            Ok(Value::Null) | Err(_) => Is::Null,
            Ok(Value::Bool(_)) => Is::Bool,
            Ok(Value::Int(number)) => Is::Whole(number),
            // JSON has no point in a whole number.
            Ok(Value::Float(number)) => {
                match Quantity::parse(&number).and_then(Quantity::as_integer) {
                    Some(number) => Is::Whole(number),
                    None => Is::Number,
                }
            }
            Ok(Value::HugeInt(_) | Value::Nan | Value::Infinity { .. }) => Is::Number,
            Ok(Value::Text(text)) => Is::Text(text),
            Ok(Value::Binary(_) | Value::Merge) => Is::Text(Cow::Borrowed(&scalar.text)),
        }
    }

    /// The least number of bytes of its JSON. What an alias stands for counts as one.
    fn json_length(self) -> usize {
        let mut length = 0_usize;
        let mut left = vec![self];
        while let Some(item) = left.pop() {
            let node = self.env.document.nodes().get(item.place);
            let is_alias = node.is_some_and(|node| matches!(node.content, Content::Alias(_)));
            let own = match item.is() {
                _ if is_alias => 1,
                // Brackets, and a comma between two of what they hold.
                Is::List => {
                    let items = item.items();
                    left.extend(&items);
                    items.len().saturating_add(1)
                }
                Is::Mapping => {
                    let entries = item.entries();
                    left.extend(entries.iter().map(|(_, value)| *value));
                    let quotes_and_colon = 3;
                    let keys = entries.iter().map(|(key, _)| key.len());
                    let keys = keys.map(|length| length.saturating_add(quotes_and_colon));
                    keys.fold(entries.len().saturating_add(1), usize::saturating_add)
                }
                Is::Text(text) => text.len().saturating_add(2),
                _ => 1,
            };
            length = length.saturating_add(own);
        }
        length
    }

    /// Where it is written, in bytes; that of an alias is the alias.
    pub fn span(self) -> Range<usize> {
        let node = self.env.document.nodes().get(self.place);
        node.map(|node| node.span.clone()).unwrap_or_default()
    }

    /// Whether it is written as a word without quotes, tag or anchor, so quotes around it
    /// make a string of it.
    pub fn is_plain(self) -> bool {
        let is_written = self.scalar().is_some_and(|scalar| {
            scalar.plain && scalar.tag == Tag::Absent && scalar.text.len() == self.span().len()
        });
        is_written && !self.span().is_empty()
    }

    /// The text of a scalar as it is written, without quotes.
    pub fn text(self) -> &'e str {
        self.scalar().map_or("", |scalar| &*scalar.text)
    }

    /// The items of a list.
    pub fn items(self) -> Vec<Self> {
        match self.content() {
            Some((place, Content::Sequence(_))) => self.children(place),
            _ => Vec::new(),
        }
    }

    /// The keys and values of a mapping. Of equal keys, the last stands.
    pub fn entries(self) -> Vec<(Cow<'e, str>, Self)> {
        if self.place != 0 {
            return self.read_entries();
        }
        let top = self.env.top_entries.get_or_init(|| {
            let entries = self.read_entries().into_iter();
            entries
                .map(|(key, value)| (key.into(), value.place))
                .collect()
        });
        let env = self.env;
        let entry = |(key, place): &'e (Box<str>, usize)| {
            (Cow::Borrowed(&**key), Self { env, place: *place })
        };
        top.iter().map(entry).collect()
    }

    fn read_entries(self) -> Vec<(Cow<'e, str>, Self)> {
        let entries = self.all_entries();
        let mut last = BTreeMap::new();
        for (place, (key, _)) in entries.iter().enumerate() {
            last.insert(&**key, place);
        }
        let standing = entries.iter().enumerate();
        let standing = standing.filter(|(place, (key, _))| last.get(&**key) == Some(place));
        standing.map(|(_, entry)| entry.clone()).collect()
    }

    /// The value of a key of a mapping.
    pub fn get(self, key: &str) -> Option<Self> {
        let mut entries = self.entries().into_iter();
        let entry = entries.find(|(name, _)| name == key);
        entry.map(|(_, value)| value)
    }

    /// The keys and values of a mapping and of those that it merges, in the order in which KubeRay
    /// comes to them.
    fn all_entries(self) -> Vec<(Cow<'e, str>, Self)> {
        let mut entries = Vec::new();
        let mut merged = Vec::new();
        // What is left to read, from the last to the first; a value without a key is a mapping to
        // merge.
        let mut left = vec![(None, self)];
        while let Some((key, value)) = left.pop() {
            let Some(key) = key else {
                let Some((place, Content::Mapping(_))) = value.content() else {
                    continue;
                };
                // What a mapping has stands already where it was merged later.
                if let Some(is_merged) = merged.get_mut(place)
                    && mem::replace(is_merged, true)
                {
                    continue;
                }
                let mut children = value.children(place).into_iter();
                while let (Some(key), Some(value)) = (children.next(), children.next()) {
                    left.push((Some(key), value));
                }
                continue;
            };
            let name = match key.scalar().map(Scalar::value) {
                Some(Ok(Value::Merge)) => {
                    merged.resize(self.env.document.nodes().len(), false);
                    left.push((None, value));
                    let mappings = value.items().into_iter().rev();
                    left.extend(mappings.map(|mapping| (None, mapping)));
                    continue;
                }
                Some(Ok(Value::Bool(is_true))) => Cow::Borrowed(match is_true {
                    true => "true",
                    false => "false",
                }),
                Some(Ok(Value::Int(number))) => Cow::Owned(number.to_string()),
                Some(Ok(Value::Text(text))) => text,
                _ => Cow::Borrowed(key.text()),
            };
            entries.push((name, value));
        }
        entries.reverse();
        entries
    }

    fn children(self, place: usize) -> Vec<Self> {
        let nodes = self.env.document.nodes();
        let end = nodes.get(place).map_or(0, |node| node.next);
        let mut children = Vec::new();
        let mut next = place.saturating_add(1);
        while next < end {
            children.push(Self {
                env: self.env,
                place: next,
            });
            next = nodes.get(next).map_or(end, |node| node.next);
        }
        children
    }

    /// Where the key before this value of a mapping is written.
    pub fn key_span(self) -> Range<usize> {
        let key = self.place.checked_sub(1);
        let key = key.and_then(|place| self.env.document.nodes().get(place));
        key.map(|key| key.span.clone()).unwrap_or_default()
    }
}
