//! The files to check, and their texts.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use ignore::WalkBuilder;

/// The largest text that is read, in bytes.
const LARGEST: u64 = 64 << 20;

/// A file to check.
#[derive(Debug)]
pub struct Found {
    /// Its path, or `-` for the standard input.
    pub path: PathBuf,
    /// Whether it was named, and not only found in a directory.
    pub is_named: bool,
}

/// Something that cannot be read, and why.
#[derive(Debug)]
pub struct Unreadable {
    /// Its path as far as it is known.
    pub path: PathBuf,
    /// Why, in one line.
    pub problem: String,
}

/// The files of these paths, in a stable order.
pub fn files(paths: &[PathBuf]) -> impl Iterator<Item = Result<Found, Unreadable>> {
    paths.iter().flat_map(|path| {
        let is_directory = path != Path::new("-") && path.is_dir();
        let named = (!is_directory).then(|| {
            Ok(Found {
                path: path.clone(),
                is_named: true,
            })
        });
        let walk = is_directory.then(|| walk(path));
        named.into_iter().chain(walk.into_iter().flatten())
    })
}

fn walk(directory: &Path) -> impl Iterator<Item = Result<Found, Unreadable>> {
    let mut walk = WalkBuilder::new(directory);
    walk.require_git(false);
    walk.sort_by_file_path(Path::cmp);
    let directory = directory.to_owned();
    walk.build().filter_map(move |entry| match entry {
        Ok(entry) => {
            let path = entry.path();
            let is_manifest = path.extension().is_some_and(|extension| {
                ["yaml", "yml", "json"]
                    .iter()
                    .any(|known| extension == *known)
            });
            // A link to a file is read, one to a directory is not followed.
            (is_manifest && path.is_file()).then(|| {
                Ok(Found {
                    path: entry.into_path(),
                    is_named: false,
                })
            })
        }
        Err(error) => Some(Err(Unreadable {
            path: directory.clone(),
            problem: error.to_string(),
        })),
    })
}

/// The text of a file.
///
/// # Errors
/// If it cannot be read, is too large or is not UTF-8.
pub fn read(path: &Path) -> Result<String, Unreadable> {
    let unreadable = |problem: String| Unreadable {
        path: path.to_owned(),
        problem,
    };
    let mut bytes = Vec::new();
    let read = if path == Path::new("-") {
        io::stdin().lock().take(LARGEST + 1).read_to_end(&mut bytes)
    } else {
        File::open(path).and_then(|file| {
            let size = file.metadata()?.len();
            if size > LARGEST {
                return Ok(usize::MAX);
            }
            file.take(LARGEST + 1).read_to_end(&mut bytes)
        })
    };
    match read {
        Err(error) => Err(unreadable(error.to_string())),
        Ok(size) if size as u64 > LARGEST => Err(unreadable(format!(
            "it is larger than {} MiB, which no manifest is",
            LARGEST >> 20
        ))),
        Ok(_) => String::from_utf8(bytes).map_err(|error| {
            let at = error.utf8_error().valid_up_to();
            unreadable(format!("it is not UTF-8 at byte {at}; save it as UTF-8"))
        }),
    }
}
