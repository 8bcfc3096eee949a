//! Writes JSON: a few fields, for which serde would be the larger part of the module.

/// `null`
pub const NULL: &str = "null";

/// The members of a JSON object.
#[derive(Default)]
pub struct Object(String);

impl Object {
    /// Adds a value, which is JSON already.
    pub fn value(mut self, name: &str, value: &str) -> Self {
        if !self.0.is_empty() {
            self.0.push(',');
        }
        quote(&mut self.0, name);
        self.0.push(':');
        self.0.push_str(value);
        self
    }

    /// Adds a string; `null` if there is none.
    pub fn text(self, name: &str, text: Option<&str>) -> Self {
        let mut json = String::new();
        match text {
            Some(text) => quote(&mut json, text),
            None => json.push_str(NULL),
        }
        self.value(name, &json)
    }

    /// Adds a list of strings; `null` if it is empty.
    pub fn texts(self, name: &str, texts: &[impl AsRef<str>]) -> Self {
        let mut json = String::new();
        for text in texts {
            json.push(if json.is_empty() { '[' } else { ',' });
            quote(&mut json, text.as_ref());
        }
        match json.is_empty() {
            true => json.push_str(NULL),
            false => json.push(']'),
        }
        self.value(name, &json)
    }

    /// The object.
    pub fn finish(self) -> String {
        format!("{{{}}}", self.0)
    }
}

/// Appends a text as a JSON string.
pub fn quote(json: &mut String, text: &str) {
    json.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => json.extend(['\\', c]),
            '\0'..'\x20' => json.push_str(&format!("\\u{:04x}", u32::from(c))),
            _ => json.push(c),
        }
    }
    json.push('"');
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::quote;

    #[test]
    fn a_text_is_quoted_as_json_has_it() {
        for text in [
            "",
            "a \"b\" \\ c",
            "line\nline\ttab\r\u{1f}\u{7f}",
            "时区 é",
        ] {
            let mut json = String::new();
            quote(&mut json, text);
            assert_eq!(serde_json::from_str::<Value>(&json).expect("JSON"), text);
        }
    }
}
