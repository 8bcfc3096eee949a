//! As much of CEL's grammar as it takes to find names in an expression.

/// A piece of an expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'e> {
    /// A name that is not that of a field: a variable, a function, a keyword.
    Name(&'e str),
    /// Anything else: a field, a literal, blanks, one other character.
    Other(&'e str),
}

impl<'e> Piece<'e> {
    /// The piece as written.
    pub fn text(self) -> &'e str {
        match self {
            Self::Name(text) | Self::Other(text) => text,
        }
    }
}

/// The pieces of an expression, which joined are the expression again.
pub fn pieces(expression: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = expression;
    let mut after_dot = false;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let length = if is_name(first) {
            let name = rest.find(|c| !is_name(c)).unwrap_or(rest.len());
            match &rest[..name] {
                // A literal in which backslashes stand for themselves.
                "r" if rest[name..].starts_with(['\'', '"']) => name + string(&rest[name..], true),
                _ => name,
            }
        } else if first == '\'' || first == '"' {
            string(rest, false)
        } else {
            first.len_utf8()
        };
        let (text, remaining) = rest.split_at(length);
        rest = remaining;
        let is_field = after_dot;
        after_dot = text == "." || (after_dot && text == "?");
        let is_variable = first.is_ascii_alphabetic() && text.chars().all(is_name);
        Some(if is_variable && !is_field {
            Piece::Name(text)
        } else {
            Piece::Other(text)
        })
    })
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// The length of the string literal that a text begins with.
fn string(text: &str, is_raw: bool) -> usize {
    let quote = text.chars().next();
    let mut escaped = true;
    for (position, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if !is_raw => escaped = true,
            _ if Some(c) == quote => return position + c.len_utf8(),
            _ => {}
        }
    }
    text.len()
}

/// What stands in the brackets that a text begins with, and what follows them.
pub fn bracketed(text: &str) -> Option<(&str, &str)> {
    let (mut depth, mut position) = (0, 0);
    for piece in pieces(text) {
        match piece.text() {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some((text.get(1..position)?, &text[position + 1..]));
        }
        position += piece.text().len();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{Piece, bracketed, pieces};

    fn names(expression: &str) -> Vec<&str> {
        let joined: String = pieces(expression).map(Piece::text).collect();
        assert_eq!(joined, expression);
        pieces(expression)
            .filter_map(|piece| match piece {
                Piece::Name(name) => Some(name),
                Piece::Other(_) => None,
            })
            .collect()
    }

    #[test]
    fn fields_and_literals_are_no_names() {
        let expression = r#"a.b.?c[?d] == 'e.f \' g' && has(h.i) ? r'\' + "j" : k2.size() > 0"#;
        assert_eq!(names(expression), ["a", "d", "has", "h", "k2"]);
        assert_eq!(names("r.a > r ? 'b' : c"), ["r", "r", "c"]);
    }

    #[test]
    fn brackets_end_with_their_own_bracket() {
        let call = "(a.orValue({})[')']) + b";
        assert_eq!(bracketed(call), Some(("a.orValue({})[')']", " + b")));
        assert_eq!(bracketed("(a"), None);
        assert_eq!(bracketed("{a ? '}' : {}} b"), Some(("a ? '}' : {}", " b")));
    }
}
