//! How Ray makes one text of the words of `ray job submit -- WORDS`.
//!
//! Source: `ray 2.55.1` and `2.56.0 python/ray/dashboard/modules/job/cli.py:submit`,
//! Python's `subprocess.list2cmdline` and `shlex.join`. Compared with both in
//! `cargo conformance entrypoints`.

use crate::syntax::ray_version::RayVersion;

/// The function with which a release of Ray joins the words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Join {
    /// `subprocess.list2cmdline`, for Windows: Ray up to 2.55.
    List2Cmdline,
    /// `shlex.join`, for a POSIX shell: Ray from 2.56 on.
    Shlex,
}

impl Join {
    /// The function of a release, or that of most if it is not known.
    pub fn of(version: Option<RayVersion>) -> Self {
        match version {
            Some(version) if version.at_least(2, 56) => Self::Shlex,
            _ => Self::List2Cmdline,
        }
    }

    /// Appends a word to a text.
    ///
    /// ```
    /// use rayjob_policy_core::syntax::shell::join::Join;
    ///
    /// let joined = |join: Join| {
    ///     let mut text = String::new();
    ///     for word in ["python", "-c", "print(1)", "a b"] {
    ///         join.append(&mut text, word);
    ///     }
    ///     text
    /// };
    /// assert_eq!(joined(Join::List2Cmdline), r#"python -c print(1) "a b""#);
    /// assert_eq!(joined(Join::Shlex), "python -c 'print(1)' 'a b'");
    /// ```
    pub fn append(self, text: &mut String, word: &str) {
        if !text.is_empty() {
            text.push(' ');
        }
        match self {
            Self::List2Cmdline => list2cmdline(text, word),
            Self::Shlex => shlex(text, word),
        }
    }
}

fn list2cmdline(text: &mut String, word: &str) {
    let quotes = word.is_empty() || word.contains([' ', '\t']);
    if quotes {
        text.push('"');
    }
    let mut backslashes = 0_usize;
    for c in word.chars() {
        match c {
            '\\' => backslashes = backslashes.saturating_add(1),
            '"' => {
                push(text, backslashes.saturating_mul(2));
                backslashes = 0;
                text.push_str("\\\"");
            }
            c => {
                push(text, backslashes);
                backslashes = 0;
                text.push(c);
            }
        }
    }
    push(text, backslashes);
    if quotes {
        push(text, backslashes);
        text.push('"');
    }
}

fn push(text: &mut String, backslashes: usize) {
    for _ in 0..backslashes {
        text.push('\\');
    }
}

fn shlex(text: &mut String, word: &str) {
    let is_safe = |c: u8| c.is_ascii_alphanumeric() || b"_@%+=:,./-".contains(&c);
    if !word.is_empty() && word.bytes().all(is_safe) {
        text.push_str(word);
        return;
    }
    text.push('\'');
    for (index, part) in word.split('\'').enumerate() {
        if index > 0 {
            text.push_str("'\"'\"'");
        }
        text.push_str(part);
    }
    text.push('\'');
}
