//! Files that hold parts of objects: Kustomize patches and test assertions.

use std::collections::HashMap;
use std::env;
use std::fs;
use std::path::{Component, Path, PathBuf, absolute};
use std::sync::{Arc, Mutex, PoisonError};

use rayjob_policy_manifest::partial::{self, Part};

/// Files that list which other files are parts of objects.
const INDEXES: [&str; 5] = [
    "kustomization.yaml",
    "kustomization.yml",
    "Kustomization",
    "chainsaw-test.yaml",
    "chainsaw-test.yml",
];

/// Knows which files are parts of objects, from the index files beside or above
/// them.
#[derive(Default)]
pub struct Partials {
    folders: Mutex<HashMap<PathBuf, Arc<Folder>>>,
}

/// The index files of a folder.
struct Folder {
    /// The parts, each with the index file that lists it.
    parts: HashMap<PathBuf, (Part, &'static str)>,
    /// Whether this is the root of a repository, so that folders above are ignored.
    is_root: bool,
}

impl Partials {
    /// Returns why a file is not judged, if it is only a part of an object.
    pub fn reason(&self, path: &Path) -> Option<String> {
        let path = plain(path)?;
        let (part, said_by) = match self.said(&path) {
            Some((part, index)) => (part, format!("named in {}", shown(&index))),
            None if is_assertion(&path) => (Part::Assertion, "recognized by its name".to_owned()),
            None => return None,
        };
        let (what, advice) = match part {
            Part::Patch => (
                "this patch",
                "; check the patched object, such as the output of kustomize build",
            ),
            Part::Assertion => ("this test assertion", ""),
        };
        Some(format!(
            "not judged: {what}, {said_by}, is only a part of an object{advice}"
        ))
    }

    /// The part that a file is, and the index file that lists it.
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

/// Whether a file is an assertion of KUTTL or Chainsaw, by its name.
fn is_assertion(path: &Path) -> bool {
    let name = path.file_stem().and_then(|name| name.to_str());
    let parts = name.and_then(|name| name.split_once('-'));
    parts.is_some_and(|(step, what)| {
        step.parse::<u32>().is_ok() && matches!(what, "assert" | "errors")
    })
}

/// A path as shown in reports.
fn shown(path: &Path) -> String {
    let here = env::current_dir().ok();
    let below = here.and_then(|here| path.strip_prefix(here).ok().map(Path::to_owned));
    let shown = below.as_deref().unwrap_or(path);
    shown.to_string_lossy().replace('\\', "/")
}
