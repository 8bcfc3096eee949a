//! The folders and settings that documents are judged with.

use std::path::{Path, PathBuf, absolute};

use rayjob_policy_core::release::Release;
use rayjob_policy_core::settings::Settings;
use serde_json::Value;

use crate::{settings, uri};

/// The name of the client's section of settings.
pub const SECTION: &str = "rayjob-policy";

/// What documents are judged with.
#[derive(Debug, Default)]
pub struct Workspace {
    folders: Vec<PathBuf>,
    /// The settings file that the client names.
    settings: Option<PathBuf>,
    /// The release that the client names.
    kuberay: Option<Release>,
}

/// A settings file that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The file.
    pub file: PathBuf,
    /// What is wrong.
    pub message: String,
}

impl Fault {
    /// What is wrong and what follows.
    pub fn summary(&self) -> String {
        format!("{}: nothing is checked with these settings", self.message)
    }
}

impl Workspace {
    /// Reads the folders in the parameters of `initialize`.
    pub fn open(&mut self, params: &Value) {
        let folders = params["workspaceFolders"].as_array();
        match folders.filter(|folders| !folders.is_empty()) {
            Some(folders) => self.folders.extend(folders.iter().filter_map(folder)),
            None => self
                .folders
                .extend(params["rootUri"].as_str().and_then(uri::to_path)),
        }
    }

    /// Adds and removes folders, as the client says in an event.
    pub fn change_folders(&mut self, event: &Value) {
        let all = |name: &str| event[name].as_array().into_iter().flatten();
        let removed: Vec<_> = all("removed").filter_map(folder).collect();
        self.folders.retain(|folder| !removed.contains(folder));
        self.folders.extend(all("added").filter_map(folder));
    }

    /// Takes over the client's settings.
    ///
    /// # Errors
    /// If one of them is not understood; the others apply.
    pub fn configure(&mut self, given: &Value) -> Result<(), String> {
        let text = |name: &str| match &given[name] {
            Value::Null => Ok(None),
            Value::String(text) if text.is_empty() => Ok(None),
            Value::String(text) => Ok(Some(text.as_str())),
            _ => Err(format!("the setting {SECTION}.{name} must be a string")),
        };
        let (file, kuberay) = (text("settings"), text("kuberay"));
        self.settings = file.clone().unwrap_or_default().map(PathBuf::from);
        let release = kuberay.clone().unwrap_or_default().map(|text| {
            let [oldest, .., newest] = Release::ALL;
            Release::parse(text).ok_or_else(|| {
                format!("the setting {SECTION}.kuberay must be a release from {oldest} to {newest}")
            })
        });
        self.kuberay = release.clone().and_then(Result::ok);
        file?;
        kuberay?;
        release.transpose()?;
        Ok(())
    }

    /// The settings for a document with this path, for a release if one is given; `None` if
    /// those in a request apply.
    ///
    /// # Errors
    /// If they cannot be read.
    pub fn settings(
        &self,
        document: Option<&Path>,
        release: Option<Release>,
    ) -> Result<Option<Settings>, Fault> {
        let release = release.or(self.kuberay);
        let file = match document.and_then(Path::parent) {
            Some(folder) => self.file(folder),
            None => self.named_file(None),
        };
        if file.is_none() && release.is_none() {
            return Ok(None);
        }
        let settings = settings::load(file.as_deref(), release);
        settings.map(Some).map_err(|error| Fault {
            file: file.unwrap_or_default(),
            message: error.root_cause().to_string(),
        })
    }

    /// The settings file of a folder: the one that the client names, or the nearest.
    fn file(&self, folder: &Path) -> Option<PathBuf> {
        let holds = |root: &&PathBuf| folder.starts_with(root);
        let root = self
            .folders
            .iter()
            .filter(holds)
            .max_by_key(|root| root.as_os_str().len());
        let root = root.map(PathBuf::as_path);
        let named = self.named_file(root);
        named.or_else(|| settings::find(folder, root.unwrap_or(folder)))
    }

    /// The settings file that the client names. A relative path begins in the workspace folder
    /// of the document.
    fn named_file(&self, root: Option<&Path>) -> Option<PathBuf> {
        let named = self.settings.as_deref()?;
        let root = root.or(self.folders.first().map(PathBuf::as_path));
        let path = root.unwrap_or(Path::new("")).join(named);
        // An absolute path is never `-`, which is stdin.
        absolute(path).ok()
    }
}

fn folder(folder: &Value) -> Option<PathBuf> {
    folder["uri"].as_str().and_then(uri::to_path)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use rayjob_policy_core::release::Release;
    use serde_json::json;

    use super::Workspace;
    use crate::uri;

    #[test]
    fn the_nearest_file_in_the_folder_of_the_workspace_applies() {
        let all = tempfile::tempdir().unwrap();
        let path = |file: &str| all.path().join(file);
        for (folder, text) in [
            ("", "kuberayVersion: 1.3"),
            ("a", "kuberayVersion: 1.4"),
            ("b", ""),
        ] {
            fs::create_dir_all(path(folder)).unwrap();
            if !text.is_empty() {
                fs::write(path(folder).join(".rayjob-policy.yaml"), text).unwrap();
            }
        }
        let folder = |name: &str| json!({"uri": uri::of_path(&path(name)), "name": name});
        let mut workspace = Workspace::default();
        workspace.open(&json!({"workspaceFolders": [folder("a"), folder("b")]}));
        let release = |workspace: &Workspace, file: &str| {
            let settings = workspace.settings(Some(&path(file)), None).unwrap();
            settings.map(|settings| settings.release)
        };
        assert_eq!(release(&workspace, "a/x/job.yaml"), Some(Release::V1_4));
        assert_eq!(release(&workspace, "b/job.yaml"), None);

        workspace.change_folders(&json!({"added": [folder("")], "removed": [folder("b")]}));
        assert_eq!(release(&workspace, "b/job.yaml"), Some(Release::V1_3));

        workspace
            .configure(&json!({"settings": "a/.rayjob-policy.yaml"}))
            .unwrap();
        assert_eq!(release(&workspace, "b/job.yaml"), Some(Release::V1_4));
        workspace.configure(&json!({"kuberay": "1.5"})).unwrap();
        assert_eq!(release(&workspace, "a/job.yaml"), Some(Release::V1_5));

        workspace.configure(&json!({})).unwrap();
        fs::write(
            path("a/.rayjob-policy.yaml"),
            "kuberayVersion: auto\ncluster: [operator]",
        )
        .unwrap();
        assert_eq!(release(&workspace, "a/job.yaml"), Some(Release::LATEST));
    }

    #[test]
    fn what_is_not_understood_is_told() {
        let mut workspace = Workspace::default();
        for given in [
            json!({"kuberay": "2"}),
            json!({"kuberay": 1.7}),
            json!({"settings": []}),
        ] {
            assert!(workspace.configure(&given).is_err(), "{given}");
        }
        workspace.configure(&json!({"settings": "-"})).unwrap();
        let fault = workspace.settings(None, None).unwrap_err();
        assert!(fault.file.is_absolute(), "{fault:?}");
        for given in [json!(null), json!({}), json!([])] {
            assert_eq!(workspace.configure(&given), Ok(()));
        }
    }
}
