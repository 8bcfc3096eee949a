//! Upper and lower case as in Go's `strings`.

/// Whether Go's `strings.ToUpper` turns a text into this word: besides ASCII, two
/// characters become ASCII.
pub(crate) fn is_in_upper_case(text: &str, word: &str) -> bool {
    becomes(text, word, |c| match c {
        'ı' => 'I',
        'ſ' => 'S',
        c => c.to_ascii_uppercase(),
    })
}

/// Whether Go's `strings.ToLower` turns a text into this word: a Turkish keyboard
/// turns `fri` into `FRİ`.
pub(crate) fn is_in_lower_case(text: &str, word: &str) -> bool {
    becomes(text, word, to_lower)
}

/// A text as Go's `strings.ToLower` writes it, where that is ASCII.
pub(crate) fn lower_case(text: &str) -> String {
    let mut lower = String::new();
    for c in text.chars() {
        lower.push(to_lower(c));
    }
    lower
}

fn to_lower(c: char) -> char {
    match c {
        'İ' => 'i',
        '\u{212a}' => 'k',
        c => c.to_ascii_lowercase(),
    }
}

fn becomes(text: &str, word: &str, case: fn(char) -> char) -> bool {
    text.chars().map(case).eq(word.chars())
}
