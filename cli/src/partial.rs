//! Files that hold parts of objects: patches of kustomize, and what tests expect.

use std::collections::HashMap;
use std::env;
use std::fs;
use std::path::{Component, Path, PathBuf, absolute};
use std::sync::{Arc, Mutex, PoisonError};

use rayjob_manifest::partial::{self, Part};

/// Files that say which others are parts of objects.
const INDEXES: [&str; 5] = [
    "kustomization.yaml",
    "kustomization.yml",
    "Kustomization",
    "chainsaw-test.yaml",
    "chainsaw-test.yml",
];

/// Knows which files are parts of objects, by what stands beside or above them.
#[derive(Default)]
pub struct Partials {
    folders: Mutex<HashMap<PathBuf, Arc<Folder>>>,
}

/// What a folder says of the files in it and below.
struct Folder {
    /// The parts, and which file says so.
    parts: HashMap<PathBuf, (Part, &'static str)>,
    /// Whether a repository begins here, so that nothing above matters.
    is_root: bool,
}

impl Partials {
    /// Why a file is only a part of an object, if it is.
    pub fn reason(&self, path: &Path) -> Option<String> {
        let path = plain(path)?;
        let (part, said_by) = match self.said(&path) {
            Some((part, index)) => (part, format!("named in {}", shown(&index))),
            None if is_assertion(&path) => (Part::Assertion, "by its name".to_owned()),
            None => return None,
        };
        let (what, advice) = match part {
            Part::Patch => (
                "a patch",
                ": check what is made with it, such as the output of kustomize build",
            ),
            Part::Assertion => ("an assertion of a test", ""),
        };
        Some(format!(
            "{what}, {said_by}, is a part of an object and is not judged{advice}"
        ))
    }

    /// What is said of a file, and by which one.
    fn said(&self, path: &Path) -> Option<(Part, PathBuf)> {
        for above in path.ancestors().skip(1) {
            let folder = self.folder(above);
            if let Some(&(part, index)) = folder.parts.get(path) {
                return Some((part, above.join(index)));
            }
            if folder.is_root {
                break;
            }
        }
        None
    }

    fn folder(&self, path: &Path) -> Arc<Folder> {
        let mut folders = self.folders.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = folders.entry(path.to_owned());
        folder
            .or_insert_with(|| Arc::new(Folder::read(path)))
            .clone()
    }
}

impl Folder {
    fn read(path: &Path) -> Self {
        let mut parts = HashMap::new();
        for index in INDEXES {
            let Ok(text) = fs::read_to_string(path.join(index)) else {
                continue;
            };
            for (file, part) in partial::named(&text) {
                parts.extend(plain(&path.join(file)).map(|file| (file, (part, index))));
            }
        }
        Self {
            parts,
            is_root: path.join(".git").exists(),
        }
    }
}

/// The absolute path without `.` and `..`.
fn plain(path: &Path) -> Option<PathBuf> {
    let mut plain = PathBuf::new();
    for component in absolute(path).ok()?.components() {
        match component {
            Component::ParentDir => {
                plain.pop();
            }
            component => plain.push(component),
        }
    }
    Some(plain)
}

/// Whether a file of KUTTL or Chainsaw says by its name what a step expects.
fn is_assertion(path: &Path) -> bool {
    let name = path.file_stem().and_then(|name| name.to_str());
    let parts = name.and_then(|name| name.split_once('-'));
    parts.is_some_and(|(step, what)| {
        step.parse::<u32>().is_ok() && matches!(what, "assert" | "errors")
    })
}

/// A path as reports show it.
fn shown(path: &Path) -> String {
    let here = env::current_dir().ok();
    let below = here.and_then(|here| path.strip_prefix(here).ok().map(Path::to_owned));
    let shown = below.as_deref().unwrap_or(path);
    shown.to_string_lossy().replace('\\', "/")
}
