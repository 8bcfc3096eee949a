//! The settings of the policy: from a file that is named, or one that is found.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{env, fs};

use anyhow::{Context, Result, anyhow};
use rayjob_policy_core::release::Release;
use rayjob_policy_core::settings::Settings;
use rayjob_policy_manifest::{Cluster, settings};

use crate::args::Check;
use crate::input::{self, STDIN};
use crate::{cluster, report};

/// The name of a settings file that needs no `--settings`.
pub const FILE: &str = ".rayjob-policy.yaml";

/// Returns the settings to judge with.
///
/// # Errors
/// If the file cannot be read or contains no settings.
pub fn load(file: Option<&Path>, kuberay: Option<Release>) -> Result<Settings> {
    let Some(file) = file else {
        return Ok(Settings::for_release(kuberay.unwrap_or(Release::LATEST)));
    };
    let read = || {
        let text = input::read(file).map_err(anyhow::Error::msg)?;
        settings::read(&text, kuberay)
            .map_err(|errors| anyhow!(errors.join("; ")))?
            .ok_or_else(|| anyhow!("the file contains no settings"))
    };
    read().with_context(|| report::name(file))
}

/// Finds the settings file of a folder: its own, or that of the nearest folder above it, up to
/// the root of the repository. Outside of a repository the search ends at `root`, if the
/// folder is in there, and otherwise at the folder itself: what others leave in `/tmp` does
/// not count.
///
/// Both folders are absolute.
pub fn find(folder: &Path, root: &Path) -> Option<PathBuf> {
    let place = |ends: &dyn Fn(&Path) -> bool| folder.ancestors().position(ends);
    let last = place(&|folder| folder.join(".git").exists())
        .or_else(|| place(&|folder| folder == root))
        .unwrap_or(0);
    let files = folder.ancestors().take(last + 1);
    files.map(|it| it.join(FILE)).find(|it| it.is_file())
}

/// What a file is judged with.
#[derive(Clone, Debug)]
pub struct Judge {
    /// The settings; `None` if those in a request apply.
    pub settings: Option<Settings>,
    /// The settings before the upgrade, with `--upgrade-from`.
    pub before: Option<Settings>,
    /// The release of the settings.
    pub release: Release,
    /// The name of the settings file that was found.
    pub file: Option<String>,
}

impl Judge {
    fn new(args: &Check, cluster: Option<&Cluster>, found: Option<&Path>) -> Result<Self> {
        let file = args.settings.as_deref().or(found);
        let settings = cluster::settings(file, args.kuberay, cluster)?;
        let before = args.upgrade_from.map(|from| load(file, Some(from)));
        let before = before.transpose()?;
        let is_given = file.is_some() || args.kuberay.is_some() || before.is_some();
        Ok(Self {
            release: settings.release,
            settings: is_given.then_some(settings),
            before,
            file: found.map(report::name),
        })
    }
}

/// What each file of a run is judged with.
#[derive(Debug)]
pub struct Judges {
    /// Where no settings file is found.
    pub default: Judge,
    /// By the folders of the files that have one.
    found: BTreeMap<PathBuf, Arc<Judge>>,
}

impl Judges {
    /// Reads the settings that `--settings` names, or else those of each folder with a file
    /// to check.
    ///
    /// # Errors
    /// If they cannot be read, or leave the release to an operator that is not known.
    pub fn new(args: &Check, cluster: Option<&Cluster>) -> Result<Self> {
        let default = Judge::new(args, cluster, None)?;
        let mut found = BTreeMap::new();
        if args.settings.is_none() {
            let root = env::current_dir().and_then(fs::canonicalize)?;
            let folders: BTreeSet<_> = input::all(&args.paths)
                .flatten()
                .map(|input| folder(&input.path).to_owned())
                .collect();
            let mut read = BTreeMap::new();
            for folder in folders {
                let file = fs::canonicalize(&folder).ok();
                let Some(file) = file.and_then(|folder| find(&folder, &root)) else {
                    continue;
                };
                let judge = match read.entry(file) {
                    Entry::Occupied(judge) => Arc::clone(judge.get()),
                    Entry::Vacant(place) => {
                        let file = place.key().strip_prefix(&root).unwrap_or(place.key());
                        let judge = Judge::new(args, cluster, Some(file))?;
                        Arc::clone(place.insert(Arc::new(judge)))
                    }
                };
                found.insert(folder, judge);
            }
        }
        Ok(Self { default, found })
    }

    /// What a file is judged with.
    pub fn of(&self, path: &Path) -> &Judge {
        self.found
            .get(folder(path))
            .map_or(&self.default, |judge| judge)
    }
}

/// The folder of a file.
fn folder(path: &Path) -> &Path {
    let parent = path.parent().filter(|_| path != Path::new(STDIN));
    let named = parent.filter(|parent| !parent.as_os_str().is_empty());
    named.unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::{FILE, find};

    /// Looks for the settings of `folder` among these files, when the command runs in `root`.
    fn found(files: &[&str], folder: &str, root: &str) -> Option<String> {
        let all = tempfile::tempdir().unwrap();
        for file in files {
            let path = all.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        let place = |folder: &str| all.path().join(folder);
        let file = find(&place(folder), &place(root))?;
        let file = file.strip_prefix(all.path()).unwrap();
        assert_eq!(file.file_name(), Path::new(FILE).file_name());
        Some(file.parent().unwrap().display().to_string())
    }

    #[test]
    fn the_nearest_settings_in_the_repository_apply() {
        let files = [
            ".rayjob-policy.yaml",
            "repository/.git/HEAD",
            "repository/.rayjob-policy.yaml",
            "repository/prod/.rayjob-policy.yaml",
            "repository/dev/job.yaml",
        ];
        let folder = |folder| found(&files, folder, "elsewhere");
        assert_eq!(folder("repository").as_deref(), Some("repository"));
        assert_eq!(
            folder("repository/prod").as_deref(),
            Some("repository/prod")
        );
        assert_eq!(
            folder("repository/prod/jobs").as_deref(),
            Some("repository/prod")
        );
        assert_eq!(folder("repository/dev").as_deref(), Some("repository"));
    }

    #[test]
    fn settings_above_the_repository_do_not_apply() {
        let files = [".rayjob-policy.yaml", "repository/.git"];
        assert_eq!(found(&files, "repository/dev", "repository"), None);
    }

    #[test]
    fn outside_of_a_repository_the_search_ends_where_the_command_runs() {
        let files = [".rayjob-policy.yaml", "work/.rayjob-policy.yaml"];
        let folder = |root| found(&files, "work/jobs/train", root);
        assert_eq!(folder("work").as_deref(), Some("work"));
        assert_eq!(folder("work/jobs"), None);
        assert_eq!(folder("elsewhere"), None);
    }
}
