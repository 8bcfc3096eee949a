//! Parses YAML into trees.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, ScanError, Tag};

use crate::scalar;
use crate::stream::Broken;
use crate::template::Masked;
use crate::tree::{Entry, Kind, NodeId, Tree};

/// The maximum nesting of a document.
const DEEPEST: usize = 300;

/// How many tabs after colons are tolerated in a piece.
const MOST_TABS: usize = 100;

/// Reads the documents of a piece of YAML, whose placeholders may be masked.
///
/// Empty documents are left out. Reading stops at the first syntax error.
pub(crate) fn read<'t>(
    text: &'t str,
    piece: Range<usize>,
    masked: &Masked,
) -> (Vec<Tree<'t>>, Option<Broken>) {
    let mut readable = Cow::Borrowed(masked.text.as_deref().unwrap_or(&text[piece.clone()]));
    let mut outcome = attempt(text, piece.start, &readable, masked);
    for _ in 0..MOST_TABS {
        let Some(tab) = outcome.2.take() else { break };
        readable.to_mut().replace_range(tab, " ");
        outcome = attempt(text, piece.start, &readable, masked);
    }
    (outcome.0, outcome.1)
}

/// Reads a piece of the text. Also returns where in the piece a tab follows a
/// colon: the parser accepts only a space there, kubectl accepts both.
fn attempt<'t>(
    text: &'t str,
    start: usize,
    piece: &str,
    masked: &Masked,
) -> (Vec<Tree<'t>>, Option<Broken>, Option<Range<usize>>) {
    let mut reader = Reader {
        offsets: Offsets::new(piece, start),
        text,
        masked,
        tree: Tree::default(),
        open: Vec::new(),
        anchors: BTreeMap::new(),
    };
    let mut trees = Vec::new();
    for event in Parser::new_from_str(piece) {
        let outcome = match event {
            Ok((event, span)) => {
                let span = reader.offsets.range(span.start, span.end);
                reader.take(event, span)
            }
            Err(error) => {
                let broken = reader.broken(&error);
                let at = broken.span.start - start;
                let tab = piece[..at].rfind('\t').filter(|_| is_about_tab(&error));
                return (trees, Some(broken), tab.map(|tab| tab..tab + 1));
            }
        };
        match outcome {
            Ok(None) => {}
            Ok(Some(tree)) => trees.push(tree),
            Err(broken) => return (trees, Some(broken), None),
        }
    }
    (trees, None, None)
}

fn is_about_tab(error: &ScanError) -> bool {
    error.info() == "':' must be followed by a valid YAML whitespace"
}

struct Reader<'t, 'p> {
    text: &'t str,
    masked: &'p Masked,
    offsets: Offsets<'p>,
    tree: Tree<'t>,
    /// The mappings and lists that are open, the outermost first.
    open: Vec<Open<'t>>,
    anchors: BTreeMap<usize, NodeId>,
}

struct Open<'t> {
    start: usize,
    anchor: usize,
    content: Content<'t>,
}

enum Content<'t> {
    List(Vec<NodeId>),
    Map {
        entries: Vec<Entry<'t>>,
        /// A key whose value comes next.
        key: Option<Key<'t>>,
    },
}

struct Key<'t> {
    text: Cow<'t, str>,
    span: Range<usize>,
    merges: bool,
}

impl<'t> Reader<'t, '_> {
    /// Handles the next event, and returns the document that it completes, if any.
    fn take(&mut self, event: Event<'_>, span: Range<usize>) -> Result<Option<Tree<'t>>, Broken> {
        match event {
            Event::DocumentStart(_) => {
                self.tree = Tree::default();
                self.anchors.clear();
            }
            Event::DocumentEnd => {
                let tree = std::mem::take(&mut self.tree);
                return Ok(Some(tree).filter(|tree| !tree.is_empty()));
            }
            Event::MappingStart(anchor, _) => {
                let content = Content::Map {
                    entries: Vec::new(),
                    key: None,
                };
                self.begin(span, anchor, content)?;
            }
            Event::SequenceStart(anchor, _) => {
                self.begin(span, anchor, Content::List(Vec::new()))?;
            }
            Event::MappingEnd | Event::SequenceEnd => self.end(span),
            Event::Scalar(text, style, anchor, tag) => {
                self.scalar(span, text, style, anchor, tag.as_deref())?;
            }
            Event::Alias(anchor) => {
                let Some(&target) = self.anchors.get(&anchor) else {
                    return Err(Broken::at(span, "an anchor cannot contain itself"));
                };
                if self.is_key_next() {
                    return Err(Broken::at(span, "an alias cannot be a key"));
                }
                self.tree.node_mut(target).aliased = true;
                self.add(span, Kind::Alias(target), 0);
            }
            Event::Nothing | Event::StreamStart | Event::StreamEnd => {}
        }
        Ok(None)
    }

    fn is_key_next(&self) -> bool {
        matches!(
            self.open.last().map(|open| &open.content),
            Some(Content::Map { key: None, .. })
        )
    }

    fn begin(
        &mut self,
        span: Range<usize>,
        anchor: usize,
        content: Content<'t>,
    ) -> Result<(), Broken> {
        if self.is_key_next() {
            return Err(Broken::at(span, "a key must be a string"));
        }
        if self.open.len() >= DEEPEST {
            return Err(Broken::at(span, "nesting is too deep"));
        }
        self.open.push(Open {
            start: span.start,
            anchor,
            content,
        });
        Ok(())
    }

    /// Closes the innermost mapping or list. By then the parser has moved on to
    /// the next token, so a block ends where its last value does.
    fn end(&mut self, span: Range<usize>) {
        let Some(open) = self.open.pop() else { return };
        let is_flow = !span.is_empty();
        let last = match &open.content {
            Content::List(items) => items.last().copied(),
            Content::Map { entries, .. } => entries.last().map(|entry| entry.value),
        };
        let end = match last {
            Some(last) if !is_flow => self.tree.node(last).span.end,
            _ => span.end,
        };
        let kind = match open.content {
            Content::List(items) => Kind::List(items),
            Content::Map { entries, .. } => Kind::Map(entries),
        };
        let id = self.add(open.start..end.max(open.start), kind, open.anchor);
        self.tree.node_mut(id).flow = is_flow;
    }

    fn scalar(
        &mut self,
        span: Range<usize>,
        text: Cow<'_, str>,
        style: ScalarStyle,
        anchor: usize,
        tag: Option<&Tag>,
    ) -> Result<(), Broken> {
        // The parser copies every scalar.
        let text = match self.text.get(span.clone()) {
            Some(written) if written == text => Cow::Borrowed(written),
            _ => {
                let unmasked = self.masked.unmask(&text, self.text, &span);
                Cow::Owned(unmasked.unwrap_or_else(|| text.into_owned()))
            }
        };
        let span = match style {
            ScalarStyle::Literal | ScalarStyle::Folded => self.block_scalar(span),
            ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => self.quoted_scalar(span),
            ScalarStyle::Plain => span,
        };
        let is_plain = style == ScalarStyle::Plain;
        let is_merge = is_plain && text == "<<";
        let is_nothing = is_plain && text.is_empty() && tag.is_none() && anchor == 0;
        let kind =
            meaning(text, is_plain, tag).map_err(|problem| Broken::at(span.clone(), problem))?;
        if !self.is_key_next() {
            let span = if is_nothing {
                self.behind_colon(span)
            } else {
                span
            };
            self.add(span, kind, anchor);
            return Ok(());
        }
        let text = match kind {
            Kind::Text(text) => text,
            Kind::Bool(value) => value.to_string().into(),
            Kind::Number(number) => number.to_string().into(),
            _ => return Err(Broken::at(span, "a key must be a string")),
        };
        if let Some(Content::Map { key, .. }) = self.open.last_mut().map(|open| &mut open.content) {
            *key = Some(Key {
                text,
                span,
                merges: is_merge,
            });
        }
        Ok(())
    }

    /// The whole block scalar, from its header on. The parser reports only the
    /// content and the line breaks after it.
    fn block_scalar(&self, content: Range<usize>) -> Range<usize> {
        let before = self.text[..content.start].trim_end();
        let line = before.rfind(['\n', '\r']).map_or(0, |end| end + 1);
        let is_header = |&(at, _): &(usize, &str)| {
            let rest = before[at + 1..]
                .trim_start_matches(|c: char| c.is_ascii_digit() || "+-".contains(c));
            let rest = rest.trim_start();
            rest.is_empty() || rest.starts_with('#')
        };
        let indicators = before[line..].match_indices(['|', '>']);
        let header = indicators
            .map(|(at, indicator)| (line + at, indicator))
            .find(is_header);
        let start = header.map_or(content.start, |(at, _)| at);
        start..start + self.text[start..content.end].trim_end().len()
    }

    /// A quoted scalar without the comment after it, which the parser includes.
    fn quoted_scalar(&self, span: Range<usize>) -> Range<usize> {
        let written = &self.text[span.clone()];
        let mut chars = written.char_indices();
        let quote = chars.next().map(|(_, quote)| quote);
        while let Some((at, c)) = chars.next() {
            let is_quote = Some(c) == quote;
            let is_escape = c == '\\' && quote == Some('"');
            let is_doubled = is_quote && c == '\'' && written[at + 1..].starts_with('\'');
            if is_escape || is_doubled {
                chars.next();
            } else if is_quote {
                return span.start..span.start + at + 1;
            }
        }
        span
    }

    /// The place of an omitted value: after the colon, or where the colon would be.
    /// The parser reports the place of the next token instead.
    fn behind_colon(&self, next: Range<usize>) -> Range<usize> {
        let Some(Content::Map { key: Some(key), .. }) = self.open.last().map(|open| &open.content)
        else {
            return next.start..next.start;
        };
        let behind = &self.text[key.span.end..];
        let blanks = behind.len() - behind.trim_start().len();
        if behind[blanks..].starts_with(':') {
            let at = key.span.end + blanks + 1;
            at..at
        } else {
            key.span.end..key.span.end
        }
    }

    fn add(&mut self, span: Range<usize>, kind: Kind<'t>, anchor: usize) -> NodeId {
        let id = self.tree.push(span, kind);
        if anchor > 0 {
            self.anchors.insert(anchor, id);
        }
        match self.open.last_mut().map(|open| &mut open.content) {
            Some(Content::List(items)) => items.push(id),
            Some(Content::Map { entries, key }) => {
                if let Some(key) = key.take() {
                    entries.push(Entry {
                        key: key.text,
                        key_span: key.span,
                        value: id,
                        merges: key.merges,
                    });
                }
            }
            None => {}
        }
        id
    }

    fn broken(&mut self, error: &ScanError) -> Broken {
        let at = self.offsets.range(*error.marker(), *error.marker());
        Broken::at(at, error.info())
    }
}

/// The content of a scalar.
fn meaning<'t>(
    text: Cow<'t, str>,
    is_plain: bool,
    tag: Option<&Tag>,
) -> Result<Kind<'t>, &'static str> {
    let tag = tag.filter(|tag| tag.is_yaml_core_schema());
    let plain = |text: Cow<'t, str>| scalar::resolve(&text).unwrap_or(Kind::Text(text));
    let Some(tag) = tag else {
        if is_plain && scalar::is_not_finite(&text) {
            return Err("JSON cannot represent this number");
        }
        return Ok(if is_plain {
            plain(text)
        } else {
            Kind::Text(text)
        });
    };
    let kind = match tag.suffix.as_str() {
        "int" | "float" | "bool" | "null" => plain(text),
        _ => return Ok(Kind::Text(text)),
    };
    match (tag.suffix.as_str(), &kind) {
        ("int", Kind::Number(number)) if !number.is_f64() => Ok(kind),
        ("float", Kind::Number(_)) | ("bool", Kind::Bool(_)) | ("null", Kind::Null) => Ok(kind),
        _ => Err("the value does not match its tag"),
    }
}

/// Converts the parser's positions, in characters of the piece, to bytes of the
/// text.
struct Offsets<'p> {
    piece: &'p str,
    start: usize,
    /// A position known in both units; unused while all characters are one byte.
    known: Option<(usize, usize)>,
}

impl<'p> Offsets<'p> {
    fn new(piece: &'p str, start: usize) -> Self {
        Self {
            piece,
            start,
            known: (!piece.is_ascii()).then_some((0, 0)),
        }
    }

    fn range(&mut self, start: Marker, end: Marker) -> Range<usize> {
        let start = self.byte(start.index());
        start..self.byte(end.index()).max(start)
    }

    /// Consecutive requests are for nearby positions.
    fn byte(&mut self, index: usize) -> usize {
        let Some((chars, bytes)) = &mut self.known else {
            return self.start + index.min(self.piece.len());
        };
        if index < *chars {
            let back = self.piece[..*bytes].char_indices().rev();
            if let Some((offset, _)) = back.take(*chars - index).last() {
                *bytes = offset;
            }
        } else {
            let on = self.piece[*bytes..].chars();
            *bytes += on.take(index - *chars).map(char::len_utf8).sum::<usize>();
        }
        *chars = index;
        self.start + *bytes
    }
}
