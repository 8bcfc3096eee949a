//! What runs on GitHub is exactly what somebody has read: actions are named by
//! the digest of a commit, and no script is put together from what others write.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use yaml_serde::{Mapping, Value};

/// A file that GitHub reads.
struct File {
    name: String,
    text: String,
    yaml: Value,
}

/// The workflows, the action that others use, and what Dependabot is to do.
fn files() -> Vec<File> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let workflows = fs::read_dir(root.join(".github/workflows")).expect("the workflows");
    let workflows = workflows.map(|entry| entry.expect("a file").path());
    let others = ["action.yml", ".github/dependabot.yml"].map(|file| root.join(file));
    workflows.chain(others).map(read).collect()
}

fn read(path: PathBuf) -> File {
    let name = path.display().to_string();
    let text = fs::read_to_string(&path).expect("text");
    let yaml = yaml_serde::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
    File { name, text, yaml }
}

/// The texts of a key, wherever it stands.
fn texts<'a>(key: &str, yaml: &'a Value) -> Vec<&'a str> {
    match yaml {
        Value::Mapping(fields) => {
            let texts = fields
                .iter()
                .flat_map(|(name, value)| match value.as_str() {
                    Some(text) if name == key => vec![text],
                    _ => texts(key, value),
                });
            texts.collect()
        }
        Value::Sequence(items) => items.iter().flat_map(|item| texts(key, item)).collect(),
        _ => Vec::new(),
    }
}

#[test]
fn every_action_is_named_by_a_digest_and_its_version() {
    let mut digests = BTreeMap::new();
    for File { name, text, yaml } in files() {
        let actions = texts("uses", &yaml).into_iter();
        for action in actions.filter(|action| !action.starts_with("./")) {
            let (repository, digest) = action.split_once('@').expect("a version");
            let is_digest = digest.len() == 40 && digest.bytes().all(|b| b.is_ascii_hexdigit());
            assert!(is_digest, "{name}: {action}");
            let told = format!("{action} # v");
            assert!(text.contains(&told), "{name}: which version is {action}?");
            let first = digests
                .entry(repository.to_owned())
                .or_insert_with(|| digest.to_owned());
            assert_eq!(
                first, digest,
                "{name}: {repository} is used in two versions"
            );
        }
    }
    assert!(!digests.is_empty());
}

#[test]
fn every_image_that_ours_are_built_on_is_named_by_a_digest() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let dockerfile = fs::read_to_string(root.join("deploy/image/Dockerfile")).expect("text");
    let bases = dockerfile
        .lines()
        .filter_map(|line| line.strip_prefix("FROM "));
    let mut built = Vec::new();
    for base in bases {
        let (base, name) = base.split_once(" AS ").expect("a name");
        assert!(base == "scratch" || base.contains("@sha256:"), "{base}");
        built.push(name);
    }
    let release = read(root.join(".github/workflows/release.yml")).yaml;
    let images = &release["jobs"]["image"]["strategy"]["matrix"]["include"];
    assert_eq!(texts("image", images), built);
}

/// Nothing is published before the modules have been built twice and are the same, and
/// the notes have their digests.
#[test]
fn a_release_can_be_rebuilt() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let workflow = |name: &str| read(root.join(".github/workflows").join(name)).yaml;
    let (ci, release) = (workflow("ci.yml"), workflow("release.yml"));
    let scripts = |job: &Value| texts("run", job).join("\n");
    assert!(scripts(&ci["jobs"]["reproducible"]).contains("make reproducible"));
    assert_eq!(release["jobs"]["ci"]["uses"], "./.github/workflows/ci.yml");
    let needed = release["jobs"]["publish"]["needs"].as_sequence();
    let needed = needed.expect("a list");
    assert!(needed.contains(&Value::from("ci")), "{needed:?}");
    let modules = scripts(&release["jobs"]["modules"]);
    assert!(modules.contains("notes \"$GITHUB_REF_NAME\" --digests >notes.md"));
}

#[test]
fn scripts_get_what_others_write_from_the_environment() {
    for File { name, yaml, .. } in files() {
        for script in texts("run", &yaml) {
            assert!(!script.contains("${{"), "{name}: {script}");
        }
    }
}

#[test]
fn every_job_says_what_it_may_do() {
    for File { name, yaml, .. } in files() {
        let Some(jobs) = yaml.get("jobs").and_then(Value::as_mapping) else {
            continue;
        };
        assert_eq!(yaml["permissions"], Value::from(Mapping::new()), "{name}");
        for (job, steps) in jobs {
            assert!(steps.get("permissions").is_some(), "{name}: {job:?}");
        }
    }
}

#[cfg(unix)]
#[test]
fn a_release_of_kuberay_opens_one_issue() {
    use std::os::unix::fs::PermissionsExt;

    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let workflow = read(root.join(".github/workflows/upstream.yml")).yaml;
    let script = texts("run", &workflow).pop().expect("the last step");
    // Gives the issues that it has opened.
    let opened = |differences: &str, open: &str| {
        let folder = tempfile::TempDir::new().expect("a folder");
        let path = |name: &str| folder.path().join(name);
        let gh = "#!/bin/sh\ncase $2 in list) cat issues.txt ;; create) echo \"$4\" >>new.txt; \
                  cat >>new.txt ;; *) exit 1 ;; esac\n";
        fs::write(path("gh"), gh).expect("a file");
        fs::set_permissions(path("gh"), PermissionsExt::from_mode(0o755)).expect("permissions");
        fs::write(path("issues.txt"), open).expect("a file");
        fs::write(path("differences.md"), differences).expect("a file");
        let env = std::env::var("PATH").expect("a path");
        let status = Command::new("bash")
            .args(["--noprofile", "--norc", "-eo", "pipefail", "-c", script])
            .env("PATH", format!("{}:{env}", folder.path().display()))
            .current_dir(folder.path())
            .status();
        assert!(status.expect("bash").success());
        fs::read_to_string(path("new.txt")).unwrap_or_default()
    };
    let differences = "KubeRay 1.8.0: what differs from 1.7.0\n\nThe policy\n";
    let issue = "KubeRay 1.8.0: what differs from 1.7.0\nThe policy\n";
    assert_eq!(opened(differences, "Another\n"), issue);
    assert_eq!(opened(differences, ""), issue);
    let open = "Another\nKubeRay 1.8.0: what differs from 1.7.0\n";
    assert_eq!(opened(differences, open), "");
    assert_eq!(opened("", ""), "");
}
