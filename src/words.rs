//! Words in a row.

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
