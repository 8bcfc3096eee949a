//! What Ray does with `rayStartParams`, as recorded in
//! `conformance/recorded/start-params.jsonl.gz` (its README explains the format).
//!
//! `SHOW=1` lists the rows that are counted as different.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};

use flate2::read::GzDecoder;
use rayjob_policy_core::admit;
use rayjob_policy_core::release::Release;
use rayjob_policy_core::rule::Level;
use rayjob_policy_core::settings::Settings;
use serde::Deserialize;
use serde_json::{Value, json};

/// The parameters of a group, and what became of `ray start` with them.
#[derive(Deserialize)]
struct Row {
    id: String,
    node: String,
    params: BTreeMap<String, String>,
    resources: Option<Value>,
    #[serde(rename = "groupResources")]
    group_resources: Option<Value>,
    #[serde(rename = "groupLabels")]
    group_labels: Option<Value>,
    class: String,
    /// With KubeRay 1.7: one outcome, or one for each release of Ray.
    start: Value,
}

fn rows() -> impl Iterator<Item = Row> {
    let path = rayjob_policy_testkit::project("conformance/recorded/start-params.jsonl.gz");
    let file = File::open(path).expect("the recorded parameters");
    let lines = BufReader::new(GzDecoder::new(file)).lines();
    lines.map(|line| serde_json::from_str(&line.expect("a line")).expect("a row"))
}

impl Row {
    /// The strictest level of what any rule finds, and of what the rules about start
    /// parameters find.
    fn judged(&self, ray: Option<&str>) -> (Level, Level) {
        let container = |name: &str| {
            let mut container = json!({"name": name, "image": "example.com/train:1"});
            let is_own = name == format!("ray-{}", self.node);
            if let Some(resources) = self.resources.as_ref().filter(|_| is_own) {
                container["resources"] = resources.clone();
            }
            json!({"spec": {"containers": [container]}})
        };
        let mut cluster = json!({
            "headGroupSpec": {"rayStartParams": {}, "template": container("ray-head")},
            "workerGroupSpecs": [{"groupName": "workers", "replicas": 1, "minReplicas": 1,
                "maxReplicas": 1, "rayStartParams": {}, "template": container("ray-worker")}],
        });
        if let Some(version) = ray {
            cluster["rayVersion"] = version.into();
        }
        let group = match &*self.node {
            "head" => &mut cluster["headGroupSpec"],
            _ => &mut cluster["workerGroupSpecs"][0],
        };
        group["rayStartParams"] = json!(self.params);
        for (field, value) in [
            ("resources", &self.group_resources),
            ("labels", &self.group_labels),
        ] {
            if let Some(value) = value {
                group[field] = value.clone();
            }
        }
        let object = json!({"apiVersion": "ray.io/v1", "kind": "RayJob",
            "metadata": {"name": "train"},
            "spec": {"entrypoint": "python train.py", "rayClusterSpec": cluster}});
        let settings = Settings::for_release(Release::V1_7);
        let verdict = admit::judge(object.to_string().as_bytes(), None, &settings);
        let highest = |begin: &str| {
            let found = verdict.findings.iter();
            // Where the dashboard listens is no matter of whether Ray starts.
            let found = found.filter(|graded| {
                let id = graded.finding.rule.id;
                id.starts_with(begin) && !id.starts_with("trap-dashboard-")
            });
            found.map(|graded| graded.level).max().unwrap_or(Level::Off)
        };
        (highest(""), highest("trap-start-param-"))
    }

    fn show(&self, what: &str) {
        if std::env::var_os("SHOW").is_some() {
            println!("{} {what} {} {:?}", self.id, self.node, self.params);
        }
    }
}

/// KubeRay has rules of its own about the parameter `labels`.
fn rows_without_labels() -> impl Iterator<Item = Row> {
    rows().filter(|row| !row.params.contains_key("labels"))
}

#[test]
fn what_never_starts_is_denied_and_what_starts_is_not() {
    let mut counts = BTreeMap::new();
    let mut noise = Vec::new();
    for row in rows_without_labels() {
        let (any, own) = row.judged(None);
        // KubeRay's own rules refuse what Ray would start with too.
        let level = if row.class == "deny" { any } else { own };
        *counts.entry((row.class.clone(), level)).or_insert(0) += 1;
        match (&*row.class, level) {
            ("deny", Level::Deny) => {}
            ("deny", level) => row.show(level.as_str()),
            ("silent", Level::Off) => {}
            ("silent", _) => noise.push(row.id),
            _ => {}
        }
    }
    let expected = [
        // Most depend on a variable, a command or a `labels-file` that the recording shell
        // lacked and an image may have.
        (("deny", Level::Off), 45),
        (("deny", Level::Warn), 5),
        (("deny", Level::Deny), 1009),
        (("depends", Level::Off), 144),
        (("depends", Level::Warn), 12),
        (("silent", Level::Off), 643),
        (("silent", Level::Warn), 7),
        // Backquotes and `$()`, as in `num-gpus: $(nproc)`, do what they say.
        (("warn", Level::Off), 4),
        (("warn", Level::Warn), 10),
    ];
    let expected = expected.map(|((class, level), count)| ((class.to_owned(), level), count));
    assert_eq!(counts, BTreeMap::from(expected));
    // A text option with the value `true` takes the next option for its value. Ray starts all
    // the same, with a dashboard host such as `--metrics-export-port=8080`.
    let takes_next = [
        "p0245", "p0287", "p0822", "p1011", "p1385", "p1859", "p1863",
    ];
    assert_eq!(noise, takes_next);
}

#[test]
fn a_known_release_of_ray_decides() {
    let mut counts = BTreeMap::new();
    for row in rows_without_labels() {
        let Value::Object(starts) = &row.start else {
            continue;
        };
        for (version, start) in starts {
            let (any, own) = row.judged(Some(version));
            let starts = start == "ok";
            let level = if starts { own } else { any };
            *counts.entry((starts, level)).or_insert(0) += 1;
            if starts == (level == Level::Deny) {
                row.show(&format!("{version} {start} {}", level.as_str()));
            }
        }
    }
    let expected = [
        // 120 of them have labels in the group, which Ray reads from 2.46 on.
        ((false, Level::Off), 176),
        ((false, Level::Warn), 17),
        ((false, Level::Deny), 1166),
        ((true, Level::Off), 654),
        ((true, Level::Warn), 59),
    ];
    assert_eq!(counts, BTreeMap::from(expected));
}
