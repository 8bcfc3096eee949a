//! What KubeRay's batch schedulers make of RayJobs and RayClusters, as recorded in
//! `conformance/recorded/batch-schedulers.jsonl.gz` (its README explains the format).

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufRead, BufReader};

use flate2::read::GzDecoder;
use rayjob_policy_core::admit;
use rayjob_policy_core::neighbours::BatchScheduler;
use rayjob_policy_core::release::Release;
use rayjob_policy_core::rule::Level;
use rayjob_policy_core::settings::Settings;
use serde::Deserialize;
use serde_json::Value;

/// An object and a batch scheduler, with the answer of each release.
#[derive(Deserialize)]
struct Case {
    id: String,
    scheduler: String,
    object: Value,
    kuberay: BTreeMap<String, Answer>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    refused: Option<String>,
    crashed: Option<String>,
    #[serde(default)]
    pod_groups: Vec<Value>,
    head: Option<Pod>,
    submitter: Option<Pod>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Pod {
    labels: BTreeMap<String, String>,
    annotations: BTreeMap<String, String>,
}

fn cases() -> impl Iterator<Item = Case> {
    let path = rayjob_policy_testkit::project("conformance/recorded/batch-schedulers.jsonl.gz");
    let file = File::open(path).expect("the recorded answers");
    let lines = BufReader::new(GzDecoder::new(file)).lines();
    lines.map(|line| serde_json::from_str(&line.expect("a line")).expect("a case"))
}

impl Pod {
    /// Whether the pod belongs to a gang that a label turned on.
    fn is_in_gang(&self) -> bool {
        self.annotations
            .contains_key("yunikorn.apache.org/task-groups")
            || self.labels.contains_key("scheduling.x-k8s.io/pod-group")
    }

    /// Whether YuniKorn refuses the task groups.
    fn has_empty_task_group(&self) -> bool {
        let groups = self.annotations.get("yunikorn.apache.org/task-groups");
        groups.is_some_and(|groups| {
            let groups: Vec<Value> = serde_json::from_str(groups).expect("task groups");
            groups.iter().any(|group| group["minMember"] == 0)
        })
    }

    /// Whether YuniKorn knows the application.
    fn has_application(&self) -> bool {
        let canonical = "yunikorn.apache.org/app-id";
        self.labels.contains_key("applicationId")
            || self.labels.contains_key(canonical)
            || self.annotations.contains_key(canonical)
    }
}

impl Answer {
    fn never_runs(&self) -> bool {
        self.refused.is_some() || self.crashed.is_some()
    }

    /// The rules that warn of what the scheduler makes of the pods.
    fn warnings(&self, case: &Case) -> BTreeSet<&'static str> {
        let head = self.head.as_ref();
        let has = |of: fn(&Pod) -> bool| head.is_some_and(of);
        let mode = self.pod_groups.first().and_then(|group| {
            let mode = group.pointer("/spec/networkTopology/mode")?;
            mode.as_str()
        });
        let gang = &case.object["metadata"]["labels"]["ray.io/gang-scheduling-enabled"];
        let is_off = ["false", "Off"].iter().any(|no| gang == no);
        let mut pods = head.into_iter().chain(&self.submitter);
        [
            (
                "scheduler-kai-queue",
                case.scheduler == "kai-scheduler"
                    && has(|pod| !pod.labels.contains_key("kai.scheduler/queue")),
            ),
            (
                "scheduler-yunikorn-gang-min-replicas",
                has(Pod::has_empty_task_group),
            ),
            (
                "scheduler-yunikorn-gang-app-id",
                case.scheduler == "yunikorn"
                    && has(|pod| pod.is_in_gang() && !pod.has_application()),
            ),
            (
                "scheduler-volcano-topology-mode",
                mode.is_some_and(|mode| !["hard", "soft"].contains(&mode)),
            ),
            ("trap-gang-label-false", is_off && pods.any(Pod::is_in_gang)),
        ]
        .into_iter()
        .filter_map(|(rule, found)| found.then_some(rule))
        .collect()
    }
}

#[test]
fn the_rules_agree_with_the_batch_schedulers_of_kuberay() {
    let mut answers = 0;
    for case in cases() {
        for (release, answer) in &case.kuberay {
            let mut settings = Settings::for_release(Release::parse(release).expect("a release"));
            settings.neighbours.batch_scheduler = BatchScheduler::parse(&case.scheduler);
            let verdict = admit::judge(case.object.to_string().as_bytes(), None, &settings);
            let found = |level| -> BTreeSet<_> {
                let findings = verdict.findings.iter().map(|graded| graded.finding.rule);
                let of_level = findings.filter(|rule| rule.level == level);
                let ids = of_level.map(|rule| rule.id);
                ids.filter(|id| id.starts_with("scheduler-") || *id == "trap-gang-label-false")
                    .collect()
            };
            let asked = format!("{} with {} {release}", case.id, case.scheduler);
            let denied = found(Level::Deny);
            assert_eq!(
                !denied.is_empty(),
                answer.never_runs(),
                "{asked}: {denied:?}"
            );
            if !answer.never_runs() {
                assert_eq!(found(Level::Warn), answer.warnings(&case), "{asked}");
            }
            answers += 1;
        }
    }
    assert!(answers > 2000, "{answers}");
}
