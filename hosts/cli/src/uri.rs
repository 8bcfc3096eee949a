//! Files as URIs (RFC 8089).

use std::path::{Path, PathBuf};

/// The path of a file; `None` for another URI, such as that of a text without a file.
pub fn to_path(uri: &str) -> Option<PathBuf> {
    let path = uri.strip_prefix("file://")?;
    let path = path.strip_prefix("localhost").unwrap_or(path);
    let path = decode(path.strip_prefix('/')?)?;
    let is_drive = matches!(path.as_bytes(), [drive, b':', ..] if drive.is_ascii_alphabetic());
    Some(match cfg!(windows) && is_drive {
        true => path.into(),
        false => format!("/{path}").into(),
    })
}

/// The URI of an absolute path.
pub fn of_path(path: &Path) -> String {
    let path = path.to_string_lossy().replace('\\', "/");
    let root = if path.starts_with('/') { "" } else { "/" };
    format!("file://{root}{}", encode(&path))
}

/// Encodes what is special in a URI, except for slashes.
pub fn encode(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(byte.into());
            }
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}

/// Decodes `%20` and the like.
fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        bytes.push(*first);
        if let (b'%', [high, low, tail @ ..]) = (first, rest)
            && let Some(byte) = hex(*high).zip(hex(*low))
        {
            *bytes.last_mut()? = byte.0 << 4 | byte.1;
            rest = tail;
        }
    }
    String::from_utf8(bytes).ok()
}

fn hex(digit: u8) -> Option<u8> {
    let value = char::from(digit).to_digit(16)?;
    value.try_into().ok()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{encode, of_path, to_path};

    #[test]
    fn paths_become_uris_and_paths_again() {
        for path in ["/a b/ü:%.yaml", "/", "/jobs/🚀#1?.yaml"] {
            assert_eq!(
                to_path(&of_path(Path::new(path))).as_deref(),
                Some(Path::new(path))
            );
        }
        assert_eq!(encode("jobs/a b:ü.yaml"), "jobs/a%20b%3A%C3%BC.yaml");
        assert_eq!(of_path(Path::new("/tmp/a.yaml")), "file:///tmp/a.yaml");
    }

    #[test]
    fn uris_of_other_things_have_no_path() {
        for uri in [
            "untitled:Untitled-1",
            "file:a",
            "https://example.com/a",
            "file:///%ff",
            "",
        ] {
            assert_eq!(to_path(uri), None, "{uri}");
        }
        let literal = to_path("file://localhost/a%2%+1");
        assert_eq!(literal.as_deref(), Some(Path::new("/a%2%+1")));
        let drive = if cfg!(windows) { "c:/a" } else { "/c:/a" };
        assert_eq!(to_path("file:///c:/a").as_deref(), Some(Path::new(drive)));
    }
}
