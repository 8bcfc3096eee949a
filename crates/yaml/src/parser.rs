//! From tokens to the nodes of a document (`parserc.go`, and `decode.go:parser`).

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use crate::document::{Content, Document, Style};
use crate::error::{Error, ErrorKind};
use crate::grammar::State;
use crate::scanner::Scanner;
use crate::token::{Token, TokenKind};
use crate::value::{Scalar, Tag};

/// Where a node is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// In a block mapping, where a sequence need not be indented.
    BlockMapping,
    /// Elsewhere.
    Other,
}

/// Reads the documents of a text, each only when it is asked for.
pub struct Parser<'t> {
    pub(crate) scanner: Scanner<'t>,
    /// The states of the open collections, the innermost last.
    pub(crate) states: Vec<State>,
    /// The position in `prefixes` of each tag handle's prefix.
    handles: BTreeMap<&'t str, usize>,
    prefixes: Vec<Cow<'t, str>>,
    /// The node of each anchor.
    anchors: BTreeMap<&'t str, usize>,
    pub(crate) document: Document<'t>,
    /// Whether a document has been read.
    begun: bool,
}

impl<'t> Parser<'t> {
    /// Reads nothing yet.
    pub fn new(text: &'t str) -> Self {
        Self {
            scanner: Scanner::new(text),
            states: Vec::new(),
            handles: BTreeMap::new(),
            prefixes: Vec::new(),
            anchors: BTreeMap::new(),
            document: Document::default(),
            begun: false,
        }
    }

    /// Reads the next document, and of the text after it as much as go-yaml does. Returns nothing
    /// at the end of the text.
    ///
    /// # Errors
    /// The text is not YAML; then there is nothing more to read.
    pub fn document(&mut self) -> Result<Option<Document<'t>>, Error> {
        let mut next = self.scanner.peek()?;
        while self.begun && next == TokenKind::DocumentEnd {
            next = self.advance()?;
        }
        if next == TokenKind::StreamEnd {
            return Ok(None);
        }
        let explicit = matches!(
            next,
            TokenKind::Version(_) | TokenKind::TagDirective | TokenKind::DocumentStart
        );
        if explicit {
            self.directives()?;
            next = self.advance()?;
        } else if self.begun {
            return self.fail(ErrorKind::MissingEnd);
        }
        self.begun = true;
        let empty = matches!(
            next,
            TokenKind::Version(_)
                | TokenKind::TagDirective
                | TokenKind::DocumentStart
                | TokenKind::DocumentEnd
                | TokenKind::StreamEnd
        );
        if explicit && empty {
            self.nothing();
        } else {
            self.node(Place::Other)?;
        }
        while let Some(state) = self.states.pop() {
            self.step(state)?;
        }
        self.scanner.peek()?;
        self.anchors.clear();
        self.handles.clear();
        self.prefixes.clear();
        Ok(Some(std::mem::take(&mut self.document)))
    }

    /// Reads directives up to the document start, which is required.
    fn directives(&mut self) -> Result<(), Error> {
        let mut versioned = false;
        loop {
            match self.scanner.peek()? {
                TokenKind::Version(_) if versioned => return self.fail(ErrorKind::Directive),
                TokenKind::Version(false) => return self.fail(ErrorKind::Version),
                TokenKind::Version(true) => {
                    versioned = true;
                    self.scanner.take()?;
                }
                TokenKind::TagDirective => {
                    let directive = self.scanner.take()?;
                    let place = self.prefixes.len();
                    if self.handles.insert(directive.name, place).is_some() {
                        return Err(ErrorKind::Directive.at(directive.start));
                    }
                    self.prefixes.push(directive.text);
                }
                TokenKind::DocumentStart => return Ok(()),
                _ => return self.fail(ErrorKind::MissingStart),
            }
        }
    }

    /// Fails at the next token.
    pub(crate) fn fail<T>(&self, kind: ErrorKind) -> Result<T, Error> {
        Err(kind.at(self.scanner.start()))
    }

    /// Adds a null for an absent node.
    pub(crate) fn nothing(&mut self) {
        let end = self.scanner.end();
        self.scalar(Scalar::NOTHING, end..end);
    }

    fn scalar(&mut self, scalar: Scalar<'t>, span: Range<usize>) {
        self.document.add(Content::Scalar(scalar), span);
    }

    /// Consumes the current token and returns the kind of the next.
    pub(crate) fn advance(&mut self) -> Result<TokenKind, Error> {
        self.scanner.take()?;
        self.scanner.peek()
    }

    /// Adds the node that starts here. If it is a collection, its state decides what follows.
    pub(crate) fn node(&mut self, place: Place) -> Result<(), Error> {
        let mut next = self.scanner.peek()?;
        let start = self.scanner.start();
        if next == TokenKind::Alias {
            let alias = self.scanner.take()?;
            let Some(target) = self.anchors.get(alias.name) else {
                return Err(ErrorKind::UnknownAlias.at(start));
            };
            let target = Content::Alias(*target);
            self.document.add(target, start..alias.end);
            return Ok(());
        }

        let mut anchored = false;
        let mut tag = Tag::Absent;
        loop {
            if next == TokenKind::Anchor && !anchored {
                anchored = true;
                let name = self.scanner.take()?.name;
                self.anchors.insert(name, self.document.nodes().len());
            } else if next == TokenKind::Tag && tag == Tag::Absent {
                let token = self.scanner.take()?;
                tag = self.expand(&token)?;
            } else {
                break;
            }
            next = self.scanner.peek()?;
        }

        let (collection, state) = match next {
            TokenKind::BlockEntry if place == Place::BlockMapping => {
                (Content::Sequence(Style::Block), State::IndentlessEntry)
            }
            TokenKind::Plain | TokenKind::Quoted | TokenKind::Block => {
                let Token { text, end, .. } = self.scanner.take()?;
                let plain = next == TokenKind::Plain;
                self.scalar(Scalar { text, tag, plain }, start..end);
                return Ok(());
            }
            TokenKind::FlowSequenceStart => (
                Content::Sequence(Style::Flow),
                State::FlowSequenceEntry { first: true },
            ),
            TokenKind::FlowMappingStart => (
                Content::Mapping(Style::Flow),
                State::FlowMappingKey { first: true },
            ),
            TokenKind::SequenceStart => (Content::Sequence(Style::Block), State::SequenceEntry),
            TokenKind::MappingStart => (Content::Mapping(Style::Block), State::MappingKey),
            _ if anchored || tag != Tag::Absent => {
                let scalar = Scalar {
                    tag,
                    ..Scalar::NOTHING
                };
                self.scalar(scalar, start..self.scanner.end());
                return Ok(());
            }
            _ => return self.fail(ErrorKind::MissingValue),
        };
        if next != TokenKind::BlockEntry {
            self.scanner.take()?;
        }
        self.document.open(collection, start);
        self.states.push(state);
        Ok(())
    }

    fn expand(&self, tag: &Token<'t>) -> Result<Tag, Error> {
        let prefix = match (self.handles.get(tag.name), tag.name) {
            (Some(place), _) => self.prefixes.get(*place).map_or("", |prefix| prefix),
            (None, "!!") => "tag:yaml.org,2002:",
            (None, "" | "!") => tag.name,
            (None, _) => return Err(ErrorKind::TagHandle.at(tag.start)),
        };
        Ok(Tag::new(prefix, &tag.text))
    }
}
