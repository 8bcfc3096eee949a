//! The frames of the protocol: a header with the length of a JSON text, and the text.
//! Source: `Language Server Protocol 3.17, Base Protocol`.

use std::io::{self, BufRead, Read, Write};

use serde_json::Value;

/// The size of the largest message that is read, in bytes.
const LARGEST: u64 = 200 << 20;

/// The size of the longest line of a header, in bytes.
const LONGEST_LINE: u64 = 1 << 10;

/// Reads the text of a message; `None` at the end of the input.
///
/// # Errors
/// If there is no frame, so that nobody knows where the next message begins.
pub fn read(from: &mut impl BufRead) -> io::Result<Option<Vec<u8>>> {
    let mut length = None;
    loop {
        let mut line = Vec::new();
        from.by_ref()
            .take(LONGEST_LINE)
            .read_until(b'\n', &mut line)?;
        if line.is_empty() && length.is_none() {
            return Ok(None);
        }
        let line = str::from_utf8(&line).ok();
        let line = line.and_then(|line| line.strip_suffix('\n'));
        let line = line.ok_or_else(|| broken("a header is not a line of text"))?;
        let line = line.trim_end();
        match line.split_once(':') {
            None if line.is_empty() => break,
            Some((name, value)) if name.eq_ignore_ascii_case("Content-Length") => {
                length = value.trim().parse().ok().filter(|it| *it <= LARGEST);
                length.ok_or_else(|| broken("Content-Length is not a possible length"))?;
            }
            Some(_) => {}
            None => return Err(broken("a header has no colon")),
        }
    }
    let length = length.ok_or_else(|| broken("a message has no Content-Length"))?;
    let mut text = Vec::new();
    // The buffer grows with what arrives, whatever the header promises.
    let read = from.take(length).read_to_end(&mut text)?;
    match read as u64 == length {
        true => Ok(Some(text)),
        false => Err(broken("the input ends within a message")),
    }
}

/// Writes a message.
///
/// # Errors
/// If nobody reads it.
pub fn write(to: &mut impl Write, message: &Value) -> io::Result<()> {
    let text = message.to_string();
    write!(to, "Content-Length: {}\r\n\r\n{text}", text.len())?;
    to.flush()
}

fn broken(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    /// The texts of all messages, and why reading ends.
    fn read(mut input: &[u8]) -> (Vec<String>, Option<String>) {
        let mut texts = Vec::new();
        loop {
            match super::read(&mut input) {
                Ok(Some(text)) => texts.push(String::from_utf8(text).unwrap()),
                Ok(None) => return (texts, None),
                Err(error) => return (texts, Some(error.to_string())),
            }
        }
    }

    #[test]
    fn messages_are_read_one_after_the_other() {
        let mut frames = Vec::new();
        super::write(&mut frames, &json!({"a": "é"})).unwrap();
        frames.extend(b"content-length:2\nContent-Type: application/vscode-jsonrpc\r\n\r\n[]");
        let texts = vec![r#"{"a":"é"}"#.to_owned(), "[]".to_owned()];
        assert_eq!(read(&frames), (texts, None));
    }

    #[test]
    fn what_has_no_frame_ends_the_input() {
        let largest = format!("Content-Length: {}\r\n\r\n", u64::MAX);
        let endless = vec![b'x'; 1 << 20];
        for input in [
            &b"{}"[..],
            b"{}\n",
            b"Content-Length: 2\r\nfoo\r\n\r\n{}",
            b"\r\n{}",
            b"Content-Length: -1\r\n\r\n",
            b"Content-Length: 9\r\n\r\n{}",
            b"Content-Length: 9\r\n",
            b"\xff\n",
            largest.as_bytes(),
            &endless,
        ] {
            let (texts, why) = read(input);
            assert!(texts.is_empty() && why.is_some(), "{why:?}");
        }
    }
}
