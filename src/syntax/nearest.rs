//! "Did you mean": the known word closest to an unknown one.

/// Longer words are ignored: the cost is quadratic.
const LONGEST: usize = 64;

/// The candidate that `word` most likely means: the first one that differs only
/// in ASCII case, else the first of the closest by edits (insert, delete,
/// replace, swap neighbours), if one edit or one for every three bytes is enough.
///
/// `None` for an empty word and for one of more than 64 bytes.
///
/// ```
/// use rayjob_policy_core::syntax::nearest::nearest;
///
/// assert_eq!(nearest("wran", ["deny", "warn", "off"]), Some("warn"));
/// ```
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    nearest_of(word, &mut candidates.into_iter())
}

fn nearest_of<'a>(word: &str, candidates: &mut dyn Iterator<Item = &'a str>) -> Option<&'a str> {
    if word.is_empty() || word.len() > LONGEST {
        return None;
    }
    let word = word.to_ascii_lowercase();
    let most = (word.len() / 3).max(1);
    let mut best = None;
    for candidate in candidates {
        if candidate.eq_ignore_ascii_case(&word) {
            return Some(candidate);
        }
        // The difference in bytes is a lower bound of the edits only for ASCII, as names are.
        if candidate.len().abs_diff(word.len()) > most {
            continue;
        }
        let edits = strsim::osa_distance(&word, &candidate.to_ascii_lowercase());
        if edits <= most && best.is_none_or(|(fewest, _)| edits < fewest) {
            best = Some((edits, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closest_word_wins_and_case_beats_edits() {
        let words = [
            "Warm",
            "warn",
            "kubeRayVersion",
            "kuberayVersion",
            "off",
            "on",
        ];
        for (word, meant) in [
            ("warn", Some("warn")),
            ("wran", Some("warn")),
            ("WARM", Some("Warm")),
            ("warns", Some("warn")),
            ("of", Some("off")),
            ("kuberayversoin", Some("kubeRayVersion")),
            ("deny", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, words), meant, "{word:?}");
        }
    }

    #[test]
    fn huge_words_have_no_neighbour() {
        let word = "a".repeat(65);
        assert_eq!(nearest(&word, [word.as_str()]), None);
        let word = "a".repeat(64);
        assert_eq!(nearest(&word, [word.as_str()]), Some(word.as_str()));
    }
}
