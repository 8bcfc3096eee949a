//! The manifests under `examples/manifests/` are templates to copy: the newest
//! release has no findings in them, and the manifest documents those of an older
//! one in lines like `# KubeRay 1.3 to 1.4: trap-unknown-mode - REASON`.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use rayjob_policy_core::admit::judge;
use rayjob_policy_core::kind::Kind;
use rayjob_policy_core::release::{Gate, Release};
use rayjob_policy_core::settings::Settings;
use serde_json::Value;

struct Manifest {
    file: PathBuf,
    text: String,
    object: Value,
}

fn manifests() -> Vec<Manifest> {
    let folder = rayjob_policy_testkit::project("examples/manifests");
    let entries = fs::read_dir(folder).expect("examples/manifests");
    let mut files: Vec<_> = entries.map(|entry| entry.expect("a file").path()).collect();
    files.sort();
    let read = |file: PathBuf| {
        let text = fs::read_to_string(&file).expect("a manifest");
        let object = yaml_serde::from_str(&text);
        let object = object.unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        Manifest { file, text, object }
    };
    files.into_iter().map(read).collect()
}

/// The findings of a release with its default gates: IDs, joined by commas.
fn found(object: &Value, release: Release) -> String {
    let settings = Settings::for_release(release);
    let verdict = judge(object.to_string().as_bytes(), None, &settings);
    assert!(verdict.allowed || verdict.code == Some(422), "{verdict:?}");
    let ids = verdict.findings.iter();
    let ids: BTreeSet<_> = ids.map(|graded| graded.finding.rule.id).collect();
    ids.into_iter().collect::<Vec<_>>().join(", ")
}

/// The lines that document them in a manifest: one for each run of releases that
/// have the kind and the same findings.
fn notes(object: &Value) -> Vec<String> {
    let mut releases = Release::ALL.to_vec();
    if object["kind"] == "RayCronJob" {
        releases.retain(|&release| release >= Gate::RayCronJob.since());
    }
    let found = releases
        .into_iter()
        .map(|release| (release, found(object, release)));
    let found: Vec<_> = found.collect();
    let runs = found.chunk_by(|(_, before), (_, after)| before == after);
    runs.filter(|run| !run[0].1.is_empty())
        .map(|run| match run {
            [(one, ids)] => format!("# KubeRay {one}: {ids}"),
            [(first, ids), .., (last, _)] => format!("# KubeRay {first} to {last}: {ids}"),
            [] => unreachable!("a run is not empty"),
        })
        .collect()
}

#[test]
fn a_manifest_says_what_each_release_finds() {
    let wrong: Vec<_> = manifests()
        .iter()
        .filter_map(|Manifest { file, text, object }| {
            let lines = text.lines().filter(|line| line.starts_with("# KubeRay "));
            let found = lines.map(|line| line.split_once(" - ").expect("a reason").0);
            let (written, notes) = (found.collect::<Vec<_>>(), notes(object));
            (written != notes).then(|| format!("{}: {notes:?}", file.display()))
        })
        .collect();
    assert!(wrong.is_empty(), "write instead: {wrong:#?}");
}

#[test]
fn the_newest_release_finds_nothing() {
    let manifests = manifests();
    assert!(manifests.len() >= 25, "{} manifests", manifests.len());
    for Manifest { file, object, .. } in manifests {
        assert_eq!(found(&object, Release::LATEST), "", "{}", file.display());
    }
}

#[test]
fn the_manifests_show_every_mode_and_kind() {
    let shown: BTreeSet<_> = manifests()
        .iter()
        .map(|manifest| {
            let kind = manifest.object["kind"].as_str().and_then(Kind::named);
            let kind = kind.expect("a judged kind");
            let spec = format!("/{}", kind.job_path().replace('.', "/"));
            let mode = manifest.object.pointer(&format!("{spec}/submissionMode"));
            let mode = mode.and_then(Value::as_str).unwrap_or("K8sJobMode");
            (kind.as_str(), mode.to_owned())
        })
        .collect();
    for mode in Release::LATEST.submission_modes() {
        let mode = mode.as_str();
        assert!(shown.contains(&("RayJob", mode.into())), "{mode}");
    }
    for kind in Kind::ALL.map(Kind::as_str) {
        assert!(shown.iter().any(|(shown, _)| *shown == kind), "{kind}");
    }
}
