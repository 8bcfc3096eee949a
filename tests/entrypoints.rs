//! tune
use std::io::Read;
use rayjob_policy_core::kuberay::SubmissionMode as M;
use rayjob_policy_core::syntax::shell::entrypoint::{Journey, Kind, Route};
use rayjob_policy_core::syntax::shell::join::Join;
use serde_json::Value;
use std::collections::BTreeMap;
#[test]
fn tune() {
    let data = std::fs::read("tests/entrypoints/recorded.jsonl.gz").unwrap();
    let mut text = String::new();
    flate2::read::GzDecoder::new(&*data).read_to_string(&mut text).unwrap();
    let has = |n: &str| ["RAY_DASHBOARD_ADDRESS","RAY_JOB_SUBMISSION_ID","PYTHONUNBUFFERED"].contains(&n);
    let mut count: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for line in text.lines().skip(1) {
        let row: Value = serde_json::from_str(line).unwrap();
        let e = row["entrypoint"].as_str().unwrap();
        for (mode, name, join, j) in [
            (M::K8sJob, "k8s", Join::List2Cmdline, "list2cmdline"),
            (M::K8sJob, "k8s", Join::Shlex, "shlexJoin"),
            (M::Sidecar, "sidecar", Join::List2Cmdline, "list2cmdline"),
            (M::Sidecar, "sidecar", Join::Shlex, "shlexJoin"),
            (M::Http, "http", Join::Shlex, ""),
        ] {
            let class = &row["class"][name];
            let class = if j.is_empty() { class } else { &class[j] };
            let class = class.as_str().unwrap();
            let d = Journey::new(e, &Route { mode, join, has: &has }).damages();
            let kinds: Vec<Kind> = d.iter().map(|d| d.kind).collect();
            let ok = match class {
                "deny" => kinds.first().is_some_and(|k| *k <= Kind::HeadOperator),
                "warn" => !kinds.is_empty(),
                "silent" => kinds.is_empty(),
                _ => true,
            };
            let c = count.entry(format!("{name} {j} {class}")).or_default();
            c.0 += 1;
            if !ok { c.1 += 1; println!("{name} {j} {class} {kinds:?} {e:?}"); }
            if class == "either" && kinds.is_empty() { c.1 += 1; }
        }
    }
    for c in count { println!("{c:?}"); }
}
