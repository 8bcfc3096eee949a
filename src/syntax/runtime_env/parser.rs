//! From tokens to the nodes of the first document (`parserc.go`, and `decode.go:parser`).

use std::collections::BTreeMap;

use super::error::{SyntaxError, SyntaxErrorKind};
use super::grammar::State;
use super::scanner::Scanner;
use super::token::{Kind, Token};
use super::tree::{Content, Tree};
use super::types::{self, Scalar, Tag};

/// The collections that can start at a place besides `[]` and `{}`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Flow,
    Block,
    BlockOrIndentless,
}

/// Parses the first document of the text, and reads the rest only as far as go-yaml does.
///
/// Returns nothing if there is no document.
///
/// # Errors
/// The text is not YAML, or a scalar does not match its tag.
pub(super) fn parse(text: &str) -> Result<Option<Tree>, SyntaxError> {
    let mut parser = Parser {
        scanner: Scanner::new(text),
        states: Vec::new(),
        handles: BTreeMap::new(),
        prefixes: Vec::new(),
        anchors: BTreeMap::new(),
        tree: Tree::new(),
    };
    Ok(parser.document()?.then_some(parser.tree))
}

pub(super) struct Parser<'t> {
    pub(super) scanner: Scanner<'t>,
    /// The states of the open collections, the innermost last.
    pub(super) states: Vec<State>,
    /// The position in `prefixes` of each tag handle's prefix.
    handles: BTreeMap<&'t str, usize>,
    prefixes: Vec<String>,
    /// The node of each anchor.
    anchors: BTreeMap<&'t str, usize>,
    pub(super) tree: Tree,
}

impl<'t> Parser<'t> {
    fn document(&mut self) -> Result<bool, SyntaxError> {
        let mut next = self.scanner.peek()?;
        if next == Kind::StreamEnd {
            return Ok(false);
        }
        let explicit = matches!(
            next,
            Kind::Version(_) | Kind::TagDirective | Kind::DocumentStart
        );
        if explicit {
            self.directives()?;
            self.scanner.take()?;
            next = self.scanner.peek()?;
        }
        let empty = matches!(
            next,
            Kind::Version(_)
                | Kind::TagDirective
                | Kind::DocumentStart
                | Kind::DocumentEnd
                | Kind::StreamEnd
        );
        if explicit && empty {
            self.nothing();
        } else {
            self.node(Place::Block)?;
        }
        while let Some(state) = self.states.pop() {
            self.step(state)?;
        }
        self.scanner.peek()?;
        Ok(true)
    }

    /// Reads directives up to the document start, which is required.
    fn directives(&mut self) -> Result<(), SyntaxError> {
        let mut versioned = false;
        loop {
            match self.scanner.peek()? {
                Kind::Version(_) if versioned => return self.fail(SyntaxErrorKind::Directive),
                Kind::Version(false) => return self.fail(SyntaxErrorKind::Version),
                Kind::Version(true) => {
                    versioned = true;
                    self.scanner.take()?;
                }
                Kind::TagDirective => {
                    let line = self.scanner.line();
                    let directive = self.scanner.take()?;
                    if self
                        .handles
                        .insert(directive.name, self.prefixes.len())
                        .is_some()
                    {
                        return Err(SyntaxErrorKind::Directive.at(line));
                    }
                    self.prefixes.push(directive.text);
                }
                Kind::DocumentStart => return Ok(()),
                _ => return self.fail(SyntaxErrorKind::MissingStart),
            }
        }
    }

    pub(super) fn fail<T>(&self, kind: SyntaxErrorKind) -> Result<T, SyntaxError> {
        let line = self.scanner.line();
        Err(kind.at(line))
    }

    /// Adds a null for an absent node.
    pub(super) fn nothing(&mut self) {
        self.tree
            .add(Content::Scalar(Scalar::NULL), self.scanner.line());
    }

    /// Consumes the current token and returns the kind of the next.
    pub(super) fn advance(&mut self) -> Result<Kind, SyntaxError> {
        self.scanner.take()?;
        self.scanner.peek()
    }

    /// Adds the node that starts here. If it is a collection, its state decides what follows.
    pub(super) fn node(&mut self, place: Place) -> Result<(), SyntaxError> {
        let line = self.scanner.line();
        let mut next = self.scanner.peek()?;
        if next == Kind::Alias {
            let name = self.scanner.take()?.name;
            let Some(place) = self.anchors.get(name) else {
                return Err(SyntaxErrorKind::UnknownAlias.at(line));
            };
            self.tree.add(Content::Alias(*place), line);
            return Ok(());
        }

        let mut anchored = false;
        let mut tag = Tag::Absent;
        loop {
            if next == Kind::Anchor && !anchored {
                anchored = true;
                let name = self.scanner.take()?.name;
                self.anchors.insert(name, self.tree.next());
            } else if next == Kind::Tag && tag == Tag::Absent {
                let token = self.scanner.take()?;
                tag = self.expand(&token)?;
            } else {
                break;
            }
            next = self.scanner.peek()?;
        }

        let (collection, state) = match next {
            Kind::BlockEntry if place == Place::BlockOrIndentless => {
                (Content::Sequence, State::IndentlessEntry)
            }
            Kind::Plain | Kind::Quoted => {
                let text = self.scanner.take()?.text;
                let scalar = types::resolve(tag, next == Kind::Plain, &text);
                let scalar = scalar.map_err(|kind| kind.at(line))?;
                self.tree.add(Content::Scalar(scalar), line);
                return Ok(());
            }
            Kind::FlowSequenceStart => {
                (Content::Sequence, State::FlowSequenceEntry { first: true })
            }
            Kind::FlowMappingStart => (Content::Mapping, State::FlowMappingKey { first: true }),
            Kind::SequenceStart if place != Place::Flow => {
                (Content::Sequence, State::SequenceEntry)
            }
            Kind::MappingStart if place != Place::Flow => (Content::Mapping, State::MappingKey),
            _ if anchored || tag != Tag::Absent => {
                let scalar = types::resolve(tag, true, "");
                let scalar = scalar.map_err(|kind| kind.at(line))?;
                self.tree.add(Content::Scalar(scalar), line);
                return Ok(());
            }
            _ => return self.fail(SyntaxErrorKind::MissingValue),
        };
        if next != Kind::BlockEntry {
            self.scanner.take()?;
        }
        self.tree.open(collection, line);
        self.states.push(state);
        Ok(())
    }

    fn expand(&self, tag: &Token<'t>) -> Result<Tag, SyntaxError> {
        let prefix = match (self.handles.get(tag.name), tag.name) {
            (Some(place), _) => self.prefixes.get(*place).map_or("", String::as_str),
            (None, "!!") => "tag:yaml.org,2002:",
            (None, "" | "!") => tag.name,
            (None, _) => return Err(SyntaxErrorKind::TagHandle.at(tag.line)),
        };
        Ok(Tag::new(prefix, &tag.text))
    }
}
