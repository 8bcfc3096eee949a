//! Quotes what a user wrote.

use std::fmt;

/// A text that its writer recognises: in double quotes, on one line, and
/// truncated if it is long.
#[derive(Clone, Copy, Debug)]
pub struct Quoted<'a>(pub &'a str);

/// The maximum length shown, in bytes.
const LONGEST: usize = 72;

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = self.0.floor_char_boundary(LONGEST);
        let (shown, rest) = self.0.split_at_checked(end).unwrap_or((self.0, ""));
        f.write_str("\"")?;
        for c in shown.chars() {
            match c {
                '"' | '\\' => write!(f, "\\{c}")?,
                '\n' => f.write_str("\\n")?,
                '\t' => f.write_str("\\t")?,
                c if c.is_control() => write!(f, "\\u{:04x}", u32::from(c))?,
                c => write!(f, "{c}")?,
            }
        }
        f.write_str(if rest.is_empty() { "\"" } else { "...\"" })
    }
}

#[cfg(test)]
mod tests {
    use super::Quoted;

    #[test]
    fn a_text_stays_on_one_line() {
        assert_eq!(
            Quoted("a\n\"b\"\\\u{7}é").to_string(),
            r#""a\n\"b\"\\\u0007é""#
        );
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        assert_eq!(Quoted(&"x".repeat(72)).to_string().len(), 74);
        assert_eq!(
            Quoted(&"é".repeat(5000)).to_string(),
            format!("\"{}...\"", "é".repeat(36))
        );
        assert_eq!(
            Quoted(&format!("x{}", "é".repeat(36))).to_string(),
            format!("\"x{}...\"", "é".repeat(35))
        );
    }
}
