//! Anchors, aliases, tags and directives (`scannerc.go:yaml_parser_scan_anchor`, `_tag`,
//! `_directive`).

use crate::error::{Error, ErrorKind};
use crate::scanner::Scanner;
use crate::token::{Token, TokenKind};

impl<'t> Scanner<'t> {
    /// Scans an anchor or alias.
    pub(crate) fn scan_name(&mut self, token: &mut Token<'t>) -> Result<(), Error> {
        self.reader.skip();
        self.reader.need(1)?;
        token.name = self.scan_word()?;
        let ends = self.reader.is_blank_break_or_end(0)
            || matches!(
                self.reader.at(0),
                b'?' | b':' | b',' | b']' | b'}' | b'%' | b'@' | b'`'
            );
        if token.name.is_empty() || !ends {
            return self.fail(ErrorKind::AnchorName);
        }
        Ok(())
    }

    fn scan_word(&mut self) -> Result<&'t str, Error> {
        let start = self.reader.offset();
        while self.reader.is_word() {
            self.reader.skip();
            self.reader.need(1)?;
        }
        Ok(self.reader.since(start))
    }

    /// Scans a tag: `!<verbatim>`, `!handle!suffix`, `!suffix` or `!`.
    pub(crate) fn scan_tag(&mut self, token: &mut Token<'t>) -> Result<(), Error> {
        self.reader.need(2)?;
        if self.reader.at(1) == b'<' {
            self.reader.skip();
            self.reader.skip();
            self.scan_uri(token.text.to_mut())?;
            if token.text.is_empty() {
                return self.fail(ErrorKind::TagSyntax);
            }
            if self.reader.at(0) != b'>' {
                return self.fail(ErrorKind::TagSyntax);
            }
            self.reader.skip();
        } else {
            let handle = self.scan_handle()?;
            if handle.len() > 1 && handle.ends_with('!') {
                token.name = handle;
                self.scan_uri(token.text.to_mut())?;
                if token.text.is_empty() {
                    return self.fail(ErrorKind::TagSyntax);
                }
            } else {
                token.text.to_mut().push_str(handle.trim_start_matches('!'));
                self.scan_uri(token.text.to_mut())?;
                if token.text.is_empty() {
                    token.text.to_mut().push('!');
                } else {
                    token.name = "!";
                }
            }
        }
        self.reader.need(1)?;
        if !self.reader.is_blank_break_or_end(0) {
            return self.fail(ErrorKind::TagSyntax);
        }
        Ok(())
    }

    /// Scans `!`, `!word` or `!word!`.
    fn scan_handle(&mut self) -> Result<&'t str, Error> {
        let start = self.reader.offset();
        self.reader.need(1)?;
        if self.reader.at(0) != b'!' {
            return self.fail(ErrorKind::TagSyntax);
        }
        self.reader.skip();
        self.reader.need(1)?;
        self.scan_word()?;
        if self.reader.at(0) == b'!' {
            self.reader.skip();
        }
        Ok(self.reader.since(start))
    }

    /// Scans the characters of a URI. An escaped octet becomes the character of that number: the
    /// meaningful tags are ASCII, and all others only need to differ from them.
    fn scan_uri(&mut self, uri: &mut String) -> Result<(), Error> {
        self.reader.need(1)?;
        loop {
            match self.reader.at(0) {
                b'%' => self.scan_uri_escape(uri)?,
                b';' | b'/' | b'?' | b':' | b'@' | b'&' | b'=' | b'+' | b'$' | b',' | b'.'
                | b'!' | b'~' | b'*' | b'\'' | b'(' | b')' | b'[' | b']' => self.scan_ascii(uri),
                _ if self.reader.is_word() => self.scan_ascii(uri),
                _ => return Ok(()),
            }
            self.reader.need(1)?;
        }
    }

    fn scan_ascii(&mut self, into: &mut String) {
        into.push(char::from(self.reader.at(0)));
        self.reader.skip();
    }

    /// Scans the `%xx` octets of one character.
    fn scan_uri_escape(&mut self, uri: &mut String) -> Result<(), Error> {
        let mut trailing: Option<u8> = None;
        while trailing != Some(0) {
            self.reader.need(3)?;
            let digit = |ahead| char::from(self.reader.at(ahead)).to_digit(16);
            let (b'%', Some(high), Some(low)) = (self.reader.at(0), digit(1), digit(2)) else {
                return self.fail(ErrorKind::TagSyntax);
            };
            let octet = u8::try_from(high.wrapping_shl(4) | low).unwrap_or_default();
            trailing = match (trailing, octet) {
                (None, 0..0x80) => Some(0),
                (None, 0xC0..0xE0) => Some(1),
                (None, 0xE0..0xF0) => Some(2),
                (None, 0xF0..0xF8) => Some(3),
                (Some(left), 0x80..0xC0) => Some(left.saturating_sub(1)),
                _ => return self.fail(ErrorKind::TagSyntax),
            };
            uri.push(char::from(octet));
            for _ in 0..3 {
                self.reader.skip();
            }
        }
        Ok(())
    }

    pub(crate) fn scan_directive(&mut self, token: &mut Token<'t>) -> Result<(), Error> {
        self.reader.skip();
        self.reader.need(1)?;
        let name = self.scan_word()?;
        if !self.reader.is_blank_break_or_end(0) {
            return self.fail(ErrorKind::Directive);
        }
        match name {
            "YAML" => token.kind = TokenKind::Version(self.scan_version()?),
            "TAG" => self.scan_tag_directive(token)?,
            _ => return self.fail(ErrorKind::Directive),
        }
        self.skip_rest_of_line()
    }

    /// Scans the value of `%YAML`; returns whether it is 1.1.
    fn scan_version(&mut self) -> Result<bool, Error> {
        self.skip_blanks()?;
        let major = self.scan_version_number()?;
        if self.reader.at(0) != b'.' {
            return self.fail(ErrorKind::Directive);
        }
        self.reader.skip();
        let minor = self.scan_version_number()?;
        Ok(matches!((major, minor), ("1" | "01", "1" | "01")))
    }

    fn scan_version_number(&mut self) -> Result<&'t str, Error> {
        let start = self.reader.offset();
        self.reader.need(1)?;
        while self.reader.at(0).is_ascii_digit() {
            self.reader.skip();
            self.reader.need(1)?;
        }
        let number = self.reader.since(start);
        if number.is_empty() || number.len() > 2 {
            return self.fail(ErrorKind::Directive);
        }
        Ok(number)
    }

    /// Scans the handle and prefix of `%TAG`.
    fn scan_tag_directive(&mut self, token: &mut Token<'t>) -> Result<(), Error> {
        self.skip_blanks()?;
        token.name = self.scan_handle()?;
        if !token.name.ends_with('!') {
            return self.fail(ErrorKind::Directive);
        }
        self.reader.need(1)?;
        if !self.reader.is_blank(0) {
            return self.fail(ErrorKind::Directive);
        }
        self.skip_blanks()?;
        self.scan_uri(token.text.to_mut())?;
        if token.text.is_empty() {
            return self.fail(ErrorKind::TagSyntax);
        }
        self.reader.need(1)?;
        if !self.reader.is_blank_break_or_end(0) {
            return self.fail(ErrorKind::Directive);
        }
        Ok(())
    }
}
