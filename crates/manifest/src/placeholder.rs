//! Values to be filled in before the text is applied: `${CPU}`, `$CPU`,
//! `<your-namespace>`, `{{ name }}`, `@NAME@`, `%NAME%`.

use std::ops::Range;

use rayjob_policy_core::json::pointer_step;
use serde_json::Value;

/// Who fills in the placeholders of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Renderer {
    /// The author, before the text is applied.
    Author,
    /// Argo Workflows, which fills in `{{...}}` when the step runs.
    Argo,
    /// Chainsaw, which evaluates `(...)` when the test runs.
    Chainsaw,
}

/// A field that is or contains a placeholder.
#[derive(Debug)]
pub(crate) struct Placeholder {
    /// The field, as a JSON Pointer.
    pub pointer: String,
    /// The first placeholder in it, as written.
    pub token: String,
    pub extent: Extent,
}

/// How much of a field a placeholder is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extent {
    /// The whole value, which need not become a string.
    Whole,
    /// A part of the value.
    Part,
    /// Part or all of a text of words.
    Passage,
    /// The placeholder is in the key.
    Key,
}

/// The purpose of a text, which decides what counts as a placeholder.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Value,
    /// KubeRay reads it as YAML, and the submitter's shell expands `$X` in it,
    /// rarely on purpose: authors of `s3://$BUCKET` usually mean envsubst.
    RuntimeEnv,
    /// A shell runs it, or may run it: `$X` is a variable, and `<x>` is more
    /// likely a file than a placeholder.
    Shell,
}

impl Purpose {
    /// The purpose of the values below this key.
    fn below(self, key: &str) -> Self {
        match key {
            // KubeRay pastes the values of rayStartParams into `ray start`.
            "entrypoint" | "command" | "args" | "rayStartParams" => Self::Shell,
            "runtimeEnvYAML" => Self::RuntimeEnv,
            _ => self,
        }
    }
}

/// The placeholders of an object, in the order of its keys.
pub(crate) fn find(object: &Value, renderer: Renderer) -> Vec<Placeholder> {
    let mut found = Vec::new();
    visit(
        object,
        &mut String::new(),
        Purpose::Value,
        renderer,
        &mut found,
    );
    found
}

fn visit(
    value: &Value,
    pointer: &mut String,
    purpose: Purpose,
    renderer: Renderer,
    found: &mut Vec<Placeholder>,
) {
    let here = pointer.len();
    match value {
        Value::Object(fields) => {
            // Annotations belong to other tools and may contain templates.
            for (key, value) in fields.iter().filter(|(key, _)| *key != "annotations") {
                pointer.push('/');
                pointer.push_str(&pointer_step(key));
                match first(key, Purpose::Value, renderer).filter(|_| !is_directive(key)) {
                    Some(token) => found.push(Placeholder {
                        pointer: pointer.clone(),
                        token: key[token].to_owned(),
                        extent: Extent::Key,
                    }),
                    None => visit(value, pointer, purpose.below(key), renderer, found),
                }
                pointer.truncate(here);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                pointer.push_str(&format!("/{index}"));
                visit(item, pointer, purpose, renderer, found);
                pointer.truncate(here);
            }
        }
        Value::String(text) => {
            if let Some(token) = first(text, purpose, renderer) {
                found.push(Placeholder {
                    pointer: pointer.clone(),
                    extent: match purpose {
                        Purpose::RuntimeEnv | Purpose::Shell => Extent::Passage,
                        Purpose::Value if token.len() == text.trim().len() => Extent::Whole,
                        Purpose::Value => Extent::Part,
                    },
                    token: text[token].to_owned(),
                });
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Whether a key is a directive of a strategic merge patch, such as `$patch`.
fn is_directive(key: &str) -> bool {
    let name = key.strip_prefix('$').unwrap_or_default();
    name.starts_with(|c: char| c.is_ascii_lowercase())
}

impl Placeholder {
    /// Whether the author must fill it in before the text is applied.
    pub fn is_left_to_author(&self, renderer: Renderer) -> bool {
        match renderer {
            Renderer::Author => true,
            Renderer::Argo => !self.token.starts_with("{{"),
            Renderer::Chainsaw => !self.token.starts_with('('),
        }
    }

    /// The note for a text that contains it.
    pub fn note(&self) -> String {
        let advice = match self.token.as_bytes() {
            [b'$', b'{', b'{', ..] => "render it first",
            [b'$', ..] => "render it first, for example with envsubst",
            [b'<', ..] => "fill them in first",
            [b'{', ..] if is_helms(&self.token) => {
                "render it first, for example with helm template"
            }
            _ => "render it first",
        };
        let token = &self.token;
        format!(
            "contains placeholders such as {token}: {advice}; fields that depend on them are not \
             judged"
        )
    }
}

/// Whether a placeholder in braces is written for Helm.
pub(crate) fn is_helms(text: &str) -> bool {
    [
        ".Values", ".Release", ".Chart", "include ", "toYaml", "{{- ",
    ]
    .iter()
    .any(|mark| text.contains(mark))
}

/// Substitutes for placeholders.
#[derive(Clone, Copy)]
pub(crate) struct StandIn {
    /// In a value, or for a whole value.
    pub value: &'static str,
    /// In a text of words, where it may replace a line.
    pub passage: &'static str,
}

/// Replaces every placeholder.
pub(crate) fn fill_in(object: &mut Value, renderer: Renderer, with: StandIn) {
    fill_in_below(object, Purpose::Value, renderer, with);
}

fn fill_in_below(value: &mut Value, purpose: Purpose, renderer: Renderer, with: StandIn) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields.iter_mut().filter(|(key, _)| *key != "annotations") {
                fill_in_below(value, purpose.below(key), renderer, with);
            }
        }
        Value::Array(items) => {
            for item in items {
                fill_in_below(item, purpose, renderer, with);
            }
        }
        Value::String(text) => {
            let word = match purpose {
                Purpose::Value => with.value,
                Purpose::RuntimeEnv | Purpose::Shell => with.passage,
            };
            if let Some(filled) = filled_in(text, purpose, renderer, word) {
                *text = filled;
            }
        }
        _ => {}
    }
}

/// The text with a word in place of each placeholder; `None` if it has none.
fn filled_in(text: &str, purpose: Purpose, renderer: Renderer, word: &str) -> Option<String> {
    let mut token = first(text, purpose, renderer)?;
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    loop {
        filled.push_str(&rest[..token.start]);
        filled.push_str(word);
        rest = &rest[token.end..];
        match first(rest, purpose, renderer) {
            Some(next) => token = next,
            None => return Some(filled + rest),
        }
    }
}

/// The first placeholder in a text.
fn first(text: &str, purpose: Purpose, renderer: Renderer) -> Option<Range<usize>> {
    if renderer == Renderer::Chainsaw && text.starts_with('(') && text.ends_with(')') {
        return Some(0..text.len());
    }
    let marks = text
        .bytes()
        .enumerate()
        .filter(|(_, byte)| b"$<{@%".contains(byte));
    { marks }.find_map(|(start, _)| {
        let len = length(&text[start..], purpose)?;
        Some(start..start + len)
    })
}

/// The first placeholder in a piece of a file that is not parsed yet.
pub(crate) fn first_in_file(text: &str) -> Option<&str> {
    first(text, Purpose::Value, Renderer::Author).map(|token| &text[token])
}

/// The longest placeholder, in bytes. The limit keeps a text full of brackets from
/// being searched over and over.
const LONGEST: usize = 200;

/// The length of the placeholder at the start of a text, in bytes.
fn length(text: &str, purpose: Purpose) -> Option<usize> {
    let text = &text[..text.floor_char_boundary(LONGEST)];
    let inside = |open: usize, close: &str, fits: fn(&str) -> bool| {
        let end = open + text[open..].find(close)?;
        fits(&text[open..end]).then_some(end + close.len())
    };
    match text.as_bytes() {
        [b'$', b'{', b'{', ..] => inside(3, "}}", is_filled),
        [b'$', ..] if purpose == Purpose::Shell => None,
        [b'$', b'{', ..] => inside(2, "}", |inner| {
            let name = word(inner);
            !name.is_empty() && !is_set_at_run_time(name) && !inner.contains('\n')
        }),
        [b'$', ..] => {
            let name = word(&text[1..]);
            (!name.is_empty() && !is_set_at_run_time(name)).then_some(1 + name.len())
        }
        [b'{', b'{', ..] => inside(2, "}}", is_filled),
        [b'<', ..] if purpose == Purpose::Value => inside(1, ">", is_phrase),
        [b'<', ..] => inside(1, ">", |inner| is_phrase(inner) && is_emphatic(inner)),
        [b'@', ..] => inside(1, "@", is_word),
        // %Y%m%d is a date format, and %2F%20 part of a URL.
        [b'%', ..] => inside(1, "%", |inner| {
            let is_hex = inner.len() == 2 && inner.bytes().all(|byte| byte.is_ascii_hexdigit());
            inner.len() > 1 && is_word(inner) && is_upper(inner) && !is_hex
        }),
        _ => None,
    }
}

fn is_filled(inner: &str) -> bool {
    !inner.trim().is_empty()
}

/// The variable name at the start of a text.
fn word(text: &str) -> &str {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if text.starts_with(|c: char| c.is_ascii_digit()) {
        return "";
    }
    &text[..text.find(|c| !is_part(c)).unwrap_or(text.len())]
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && word(text).len() == text.len()
}

/// Whether a text consists of words, such as `your-namespace` or `image tag`.
fn is_phrase(text: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "_-. ".contains(c);
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.ends_with(|c: char| c.is_ascii_alphanumeric())
        && text.chars().all(is_part)
}

fn is_upper(text: &str) -> bool {
    !text.contains(|c: char| c.is_ascii_lowercase())
}

/// Whether words cannot be mistaken for a file or a token of a language model.
fn is_emphatic(text: &str) -> bool {
    is_upper(text) && text.len() > 1 || text.to_ascii_lowercase().starts_with("your")
}

/// Whether a variable is set in every container, so that it is not a placeholder.
fn is_set_at_run_time(name: &str) -> bool {
    const KNOWN: [&str; 12] = [
        "HOME",
        "HOSTNAME",
        "LANG",
        "LD_LIBRARY_PATH",
        "PATH",
        "PWD",
        "PYTHONPATH",
        "SHELL",
        "TMPDIR",
        "USER",
        "VIRTUAL_ENV",
        "CONDA_PREFIX",
    ];
    const PREFIXES: [&str; 4] = ["RAY_", "KUBERNETES_", "CUDA_", "NVIDIA_"];
    KNOWN.contains(&name) || PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Extent, Renderer, StandIn, fill_in, find};

    /// The fields with placeholders, and the first placeholder of each.
    fn found(object: &Value) -> Vec<(String, String)> {
        let found = find(object, Renderer::Author).into_iter();
        found.map(|it| (it.pointer, it.token)).collect()
    }

    fn token(text: &str) -> Option<String> {
        found(&json!({ "a": text })).pop().map(|(_, token)| token)
    }

    #[test]
    fn placeholders_are_found_in_all_their_forms() {
        for text in [
            "${CPU}",
            "${cpu:-4}",
            "${{ github.sha }}",
            "$CPU",
            "$cpu_1",
            "<your-namespace>",
            "<APP_IMAGE>",
            "<image tag>",
            "{{ .Values.cpu }}",
            "{{cpu}}",
            "@CPU@",
            "%CPU%",
            "%MY%",
            "%CAFE%",
        ] {
            assert_eq!(token(text).as_deref(), Some(text));
            let part = format!("a-{text}/b");
            assert_eq!(token(&part).as_deref(), Some(text), "{part}");
        }
    }

    #[test]
    fn other_texts_have_none() {
        for text in [
            "5$",
            "$(CPU)",
            "$1",
            "$$",
            "${}",
            "$HOME/x",
            "${PATH}:/x",
            "$RAY_ADDRESS",
            "a<b",
            "a < b > c",
            "<3",
            "</s>",
            "<|end|>",
            "numpy<2,torch>1",
            "a <b@c.d>",
            "<b->",
            "<-b>",
            "%cpu%",
            "{}",
            "{{}}",
            "a@b.c",
            "x@sha256:00",
            "a@b.c, d@e.f",
            "%Y%m%d",
            "%2F%AF%2F",
            "100%",
            "50% of 60%",
            "(x)",
        ] {
            assert_eq!(token(text), None, "{text}");
        }
    }

    #[test]
    fn a_shell_has_variables_of_its_own() {
        let text = "python a.py --out $OUT ${DIR} <in >out {{ args }} <s> <S> <In> <FILE> <your-b>";
        for field in ["entrypoint", "command", "rayStartParams"] {
            let object = json!({field: [text]});
            assert_eq!(
                found(&object),
                [(format!("/{field}/0"), "{{ args }}".to_owned())]
            );
        }
        let mut object = json!({ "entrypoint": text });
        let with = StandIn {
            value: "v",
            passage: "x",
        };
        fill_in(&mut object, Renderer::Author, with);
        let filled = "python a.py --out $OUT ${DIR} <in >out x <s> <S> <In> x x";
        assert_eq!(object["entrypoint"], filled);
    }

    #[test]
    fn a_note_says_how_to_fill_it_in() {
        for (token, advice) in [
            ("${{ a }}", "render it first"),
            ("${A}", "render it first, for example with envsubst"),
            ("<A>", "fill them in first"),
            (
                "{{ .Values.a }}",
                "render it first, for example with helm template",
            ),
            ("{{ a }}", "render it first"),
            ("@A@", "render it first"),
        ] {
            let object = json!({ "a": token });
            let found = find(&object, Renderer::Author);
            let expected = format!(
                "contains placeholders such as {token}: {advice}; fields that depend on them are \
                 not judged"
            );
            assert_eq!(found[0].note(), expected);
        }
    }

    #[test]
    fn annotations_and_directives_are_for_others() {
        let object = json!({"metadata": {"annotations": {"a": "{{ .Data }}"}}, "$patch": "delete"});
        assert_eq!(found(&object), []);
    }

    #[test]
    fn a_placeholder_is_a_value_a_part_a_passage_or_in_a_key() {
        let object = json!({"name": "b-${B}", "runtimeEnvYAML": "pip: [$P]", "entrypoint": "{{ run }}",
            "image": " <IMAGE> ", "${C}": {"d": "${D}"}});
        let found = find(&object, Renderer::Author).into_iter();
        let found: Vec<_> = found.map(|it| (it.pointer, it.extent)).collect();
        let expected = [
            ("/${C}", Extent::Key),
            ("/entrypoint", Extent::Passage),
            ("/image", Extent::Whole),
            ("/name", Extent::Part),
            ("/runtimeEnvYAML", Extent::Passage),
        ];
        assert_eq!(
            found,
            expected.map(|(pointer, extent)| (pointer.to_owned(), extent))
        );
    }

    #[test]
    fn what_a_test_evaluates_is_no_placeholder_of_the_author() {
        let object = json!({"a": "($namespace)", "b": "(join('-', [$x]))"});
        let found = find(&object, Renderer::Chainsaw);
        assert_eq!(found.len(), 2);
        for placeholder in found {
            assert_eq!(placeholder.extent, Extent::Whole);
            assert!(!placeholder.is_left_to_author(Renderer::Chainsaw));
        }
    }
}
