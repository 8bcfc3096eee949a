//! Words: in a row, and in upper or lower case.

/// The words, with a separator between them. (`[str]::join` says the same; a
/// module pays 1.3 KB for each kind of string that it joins.)
pub(crate) fn join(words: &mut dyn Iterator<Item = &str>, separator: &str) -> String {
    let mut joined = String::new();
    for word in words {
        if !joined.is_empty() {
            joined.push_str(separator);
        }
        joined.push_str(word);
    }
    joined
}

/// Whether a text is this word in upper case, as Go's `strings.ToUpper` makes
/// it: besides ASCII two characters become ASCII.
pub(crate) fn is_in_upper_case(text: &str, word: &str) -> bool {
    becomes(text, word, |c| match c {
        'ı' => 'I',
        'ſ' => 'S',
        c => c.to_ascii_uppercase(),
    })
}

/// Whether a text is this word in lower case, as Go's `strings.ToLower` makes
/// it: a Turkish keyboard makes `FRİ` of `fri`.
pub(crate) fn is_in_lower_case(text: &str, word: &str) -> bool {
    becomes(text, word, |c| match c {
        'İ' => 'i',
        '\u{212a}' => 'k',
        c => c.to_ascii_lowercase(),
    })
}

fn becomes(text: &str, word: &str, case: fn(char) -> char) -> bool {
    text.chars().map(case).eq(word.chars())
}
