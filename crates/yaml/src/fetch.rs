//! One token at a time (`scannerc.go:yaml_parser_fetch_*`).

use crate::error::{Error, ErrorKind};
use crate::scanner::{PossibleKey, Scanner};
use crate::token::{Token, TokenKind};

impl<'t> Scanner<'t> {
    /// Reads the next token into the queue, with those that it implies.
    pub(crate) fn fetch_next(&mut self) -> Result<(), Error> {
        self.reader.need(1)?;
        self.skip_to_token()?;
        self.close_blocks(self.reader.mark().column);
        self.reader.need(4)?;

        let reader = &self.reader;
        let flow = self.in_flow();
        let alone = reader.is_blank_break_or_end(1);
        match reader.at(0) {
            0 => self.fetch_stream_end(),
            b'%' if reader.mark().column == 0 => self.fetch_directive(),
            b'-' if reader.is_document_marker() => {
                self.fetch_document_marker(TokenKind::DocumentStart)
            }
            b'.' if reader.is_document_marker() => {
                self.fetch_document_marker(TokenKind::DocumentEnd)
            }
            b'[' => self.fetch_flow_start(TokenKind::FlowSequenceStart),
            b'{' => self.fetch_flow_start(TokenKind::FlowMappingStart),
            b']' => self.fetch_flow_end(TokenKind::FlowSequenceEnd),
            b'}' => self.fetch_flow_end(TokenKind::FlowMappingEnd),
            b',' => self.fetch_flow_entry(),
            b'-' if alone => self.fetch_block_entry(),
            b'?' if flow || alone => self.fetch_key(),
            b':' if flow || alone => self.fetch_value(),
            b'*' => self.fetch_node(TokenKind::Alias, Self::scan_name),
            b'&' => self.fetch_node(TokenKind::Anchor, Self::scan_name),
            b'!' => self.fetch_node(TokenKind::Tag, Self::scan_tag),
            b'|' if !flow => self.fetch_block_scalar(true),
            b'>' if !flow => self.fetch_block_scalar(false),
            b'\'' => self.fetch_node(TokenKind::Quoted, |s, into| s.scan_quoted(true, into)),
            b'"' => self.fetch_node(TokenKind::Quoted, |s, into| s.scan_quoted(false, into)),
            b'\t' => self.fail(ErrorKind::Tab),
            b'#' | b'|' | b'>' | b'%' | b'@' | b'`' => self.fail(ErrorKind::Start),
            _ => self.fetch_node(TokenKind::Plain, Self::scan_plain),
        }
    }

    fn fetch_stream_end(&mut self) -> Result<(), Error> {
        self.reader.finish_line();
        self.leave_blocks()?;
        let token = self.token(TokenKind::StreamEnd, self.reader.mark());
        self.push(token);
        Ok(())
    }

    fn fetch_directive(&mut self) -> Result<(), Error> {
        self.leave_blocks()?;
        let mut token = self.token(TokenKind::TagDirective, self.reader.mark());
        self.scan_directive(&mut token)?;
        self.push(token);
        Ok(())
    }

    fn fetch_document_marker(&mut self, kind: TokenKind) -> Result<(), Error> {
        self.leave_blocks()?;
        let token = self.token(kind, self.reader.mark());
        for _ in 0..3 {
            self.reader.skip();
        }
        self.push(token);
        Ok(())
    }

    fn fetch_flow_start(&mut self, kind: TokenKind) -> Result<(), Error> {
        self.save_key()?;
        self.open_flow()?;
        self.key_allowed = true;
        self.push_indicator(kind);
        Ok(())
    }

    fn fetch_flow_end(&mut self, kind: TokenKind) -> Result<(), Error> {
        self.drop_key()?;
        self.close_flow();
        self.key_allowed = false;
        self.push_indicator(kind);
        Ok(())
    }

    fn fetch_flow_entry(&mut self) -> Result<(), Error> {
        self.drop_key()?;
        self.key_allowed = true;
        self.push_indicator(TokenKind::FlowEntry);
        Ok(())
    }

    fn fetch_block_entry(&mut self) -> Result<(), Error> {
        if !self.in_flow() {
            if !self.key_allowed {
                return self.fail(ErrorKind::StrayEntry);
            }
            self.open_block(
                TokenKind::SequenceStart,
                self.reader.mark(),
                self.next_number(),
            )?;
        }
        self.drop_key()?;
        self.key_allowed = true;
        self.push_indicator(TokenKind::BlockEntry);
        Ok(())
    }

    fn fetch_key(&mut self) -> Result<(), Error> {
        if !self.in_flow() {
            if !self.key_allowed {
                return self.fail(ErrorKind::StrayKey);
            }
            self.open_block(
                TokenKind::MappingStart,
                self.reader.mark(),
                self.next_number(),
            )?;
        }
        self.drop_key()?;
        self.key_allowed = !self.in_flow();
        self.push_indicator(TokenKind::Key);
        Ok(())
    }

    fn fetch_value(&mut self) -> Result<(), Error> {
        if let Some(PossibleKey { token, mark, .. }) = self.take_key()? {
            self.insert(token, TokenKind::Key, mark);
            self.open_block(TokenKind::MappingStart, mark, token)?;
            self.key_allowed = false;
        } else {
            if !self.in_flow() {
                if !self.key_allowed {
                    return self.fail(ErrorKind::StrayColon);
                }
                self.open_block(
                    TokenKind::MappingStart,
                    self.reader.mark(),
                    self.next_number(),
                )?;
            }
            self.key_allowed = !self.in_flow();
        }
        self.push_indicator(TokenKind::Value);
        Ok(())
    }

    /// Fetches a token that can start a key and that no key can follow.
    fn fetch_node(
        &mut self,
        kind: TokenKind,
        scan: fn(&mut Self, &mut Token<'t>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.save_key()?;
        self.key_allowed = false;
        let mut token = self.token(kind, self.reader.mark());
        scan(self, &mut token)?;
        self.push(token);
        Ok(())
    }

    fn fetch_block_scalar(&mut self, literal: bool) -> Result<(), Error> {
        self.drop_key()?;
        self.key_allowed = true;
        let mut token = self.token(TokenKind::Block, self.reader.mark());
        self.scan_block_scalar(literal, &mut token)?;
        self.push(token);
        Ok(())
    }
}
