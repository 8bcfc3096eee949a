//! Compares the policy with Kubernetes, on the children that KubeRay makes.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, ensure};
use rayjob_policy_conformance::children::{Case, Problem, Refusal, cluster_of, recorded};
use rayjob_policy_core::kind::Kind;
use rayjob_policy_core::release::Release;
use serde_json::{Value, json};

use crate::answer::Policy;
use crate::compare::BATCH;
use crate::generate::{Children, Fresh};
use crate::minimise::minimise;
use crate::oracle::ChildrenOracle;

/// How many recorded objects are left out for each that the programs must answer as recorded.
const REPEATED: usize = 24;

/// How many kinds of disagreement are shown with the smallest object.
const SHOWN: usize = 20;

/// What was compared for a release.
#[derive(Default)]
struct Count {
    refused: usize,
    created: usize,
    /// Objects of which no child is made, or which the policy cannot read.
    skipped: usize,
    /// Disagreements that are documented.
    known: usize,
    /// Disagreements, with one object for each kind.
    differ: BTreeMap<String, (usize, Case, Problem)>,
}

impl Count {
    /// Compares the policy with what a case says of a release.
    fn compare(&mut self, policy: &mut Policy, cases: &[Case], release: Release) -> Result<()> {
        for (case, problem) in cases.iter().zip(problems(policy, cases, release)?) {
            match case.refused(release).map(|refused| refused.is_empty()) {
                None => self.skipped += 1,
                Some(true) => self.created += 1,
                Some(false) => self.refused += 1,
            }
            if let Some(problem) = problem {
                if is_known(release, case, &problem) {
                    self.known += 1;
                    continue;
                }
                let known = self.differ.entry(kind(&problem));
                known.or_insert((0, case.clone(), problem)).0 += 1;
            }
        }
        Ok(())
    }

    fn disagreements(&self) -> usize {
        self.differ.values().map(|(count, ..)| count).sum()
    }

    fn print(&self, release: Release) {
        println!(
            "KubeRay {release}: {} with a child that is refused, {} without, {} left out; {} known differences, {} disagreements",
            self.refused,
            self.created,
            self.skipped,
            self.known,
            self.disagreements()
        );
    }
}

/// Whether a recorded answer is known to differ from what the controllers do. It has the head and
/// the headless Service of 1.3 under their full names, which the controller shortens
/// (`kuberay v1.3.2 ray-operator/controllers/ray/raycluster_controller.go:createService`).
fn is_recorded_otherwise(release: Release, refusals: &[Refusal]) -> bool {
    const SHORTENED: [&str; 2] = ["headService", "headlessService"];
    let is_name = |refusal: &Refusal| refusal.child_path == "metadata.name";
    release == Release::V1_3 && { refusals.iter() }
        .any(|one| is_name(one) && SHORTENED.contains(&&*one.child))
}

/// Whether a disagreement is one of those that `docs/conformance.md` lists.
fn is_known(release: Release, case: &Case, problem: &Problem) -> bool {
    match problem {
        // Denied as recorded: see `is_recorded_otherwise`.
        Problem::Extra { rule, path } => {
            (release == Release::V1_3 && *rule == "trap-name-of-cluster")
                || is_in_group_without_hosts(&case.object, path)
                || is_in_image_volume(&case.object, path)
        }
        Problem::Missed { .. } => {
            let refused = case.refused(release).unwrap_or_default();
            let is_renamed = |fault: &Refusal| {
                release == Release::V1_3
                    && fault.child == "dashboardURL"
                    && names_head_service(case)
            };
            refused
                .iter()
                .all(|fault| is_renamed(fault) || is_left_to_the_cluster(case, fault))
        }
        Problem::Module(_) => false,
    }
}

/// Whether the object names its head Service. The controller of 1.3 corrects some names and then
/// looks for the Service under the written one.
fn names_head_service(case: &Case) -> bool {
    let cluster = cluster_of(&case.object);
    !cluster["headGroupSpec"]["headService"]["metadata"]["name"].is_null()
}

/// The value at a path as findings have it, without quoted keys.
fn value_at<'o>(object: &'o Value, path: &str) -> Option<&'o Value> {
    object.pointer(&format!(
        "/{}",
        path.replace(['.', '['], "/").replace(']', "")
    ))
}

/// Whether a path is in an image volume, which Kubernetes 1.31 drops with all its faults.
fn is_in_image_volume(object: &Value, path: &str) -> bool {
    let Some((pod, rest)) = path.split_once(".volumes[") else {
        return false;
    };
    let index = rest.split(']').next().unwrap_or_default();
    let volume = value_at(object, &format!("{pod}.volumes[{index}]"));
    volume.is_some_and(|volume| !volume["image"].is_null())
}

/// Whether a path is in a worker group that never has a pod. A 0 is the default, 1, unless the
/// object is the RayCluster itself.
fn is_in_group_without_hosts(object: &Value, path: &str) -> bool {
    let group = path.split_once(']').map_or("", |(group, _)| group);
    let hosts = value_at(object, group).and_then(|group| group["numOfHosts"].as_i64());
    hosts.is_some_and(|hosts| hosts < i64::from(object["kind"] == "RayCluster"))
}

/// Whether a fault depends on features of the cluster, so that the policy does not judge it: the
/// operators `Gt` and `Lt` of tolerations and `fileKeyRef` are alpha.
fn is_left_to_the_cluster(case: &Case, fault: &Refusal) -> bool {
    let value = value_at(&case.object, &fault.path);
    let is_operator = |value: &Value| ["Gt", "Lt"].iter().any(|name| value["operator"] == *name);
    match fault.child_path.contains(".tolerations[") {
        true => value.is_some_and(is_operator),
        false => {
            fault.child_path.contains(".env[")
                && value.is_some_and(|value| value.to_string().contains("fileKeyRef"))
        }
    }
}

/// What a disagreement is about, whatever its position in a list.
fn kind(problem: &Problem) -> String {
    let text = match problem {
        Problem::Extra { rule, .. } => format!("only the policy: {rule}"),
        Problem::Missed { fault, .. } => format!("only Kubernetes: {fault}"),
        Problem::Module(what) => format!("the module and the core: {what}"),
    };
    text.replace(|character: char| character.is_ascii_digit(), "")
}

/// How the policy disagrees with each case. The module must say what the core says.
fn problems(policy: &mut Policy, cases: &[Case], release: Release) -> Result<Vec<Option<Problem>>> {
    let questions: Vec<_> = cases.iter().map(|case| case.question(release)).collect();
    let answers = match policy {
        Policy::Core => None,
        Policy::Module(_) => Some(policy.answers_to(&questions)?),
    };
    let problem = |(index, case): (usize, &Case)| {
        let refused = case.refused(release)?;
        let findings = case.findings(release);
        if let Some(answers) = &answers {
            let answer = &answers[index];
            let said: BTreeSet<_> = answer.ids.iter().map(String::as_str).collect();
            let found: BTreeSet<_> = findings.places.iter().map(|(rule, _)| *rule).collect();
            if answer.denied != findings.denied || (findings.readable && said != found) {
                return Some(Problem::Module(format!("{said:?}, {found:?}")));
            }
        }
        Problem::of(&refused, &findings)
    };
    Ok(cases.iter().enumerate().map(problem).collect())
}

/// Fails unless there was no disagreement.
///
/// # Errors
/// If the policy and Kubernetes disagree.
pub fn expect_agreement(disagreements: usize) -> Result<()> {
    ensure!(
        disagreements == 0,
        "the policy and Kubernetes disagree on {disagreements} objects"
    );
    Ok(())
}

/// Compares the policy with the recorded children, and returns the number of disagreements.
///
/// # Errors
/// If the recorded children cannot be read or the module fails.
pub fn run_recorded(policy: &mut Policy) -> Result<usize> {
    println!("# Children\n");
    let cases: Vec<Case> = recorded()?.collect::<Result<_>>()?;
    let mut disagreements = 0;
    for release in Release::ALL {
        let mut count = Count::default();
        for batch in cases.chunks(BATCH) {
            count.compare(policy, batch, release)?;
        }
        count.print(release);
        for (kind, (number, case, _)) in count.differ.iter().take(SHOWN) {
            println!("{number} {kind}\n{}", case.object);
        }
        disagreements += count.disagreements();
    }
    println!();
    Ok(disagreements)
}

/// How many objects `print` prints.
const PRINTED: usize = 300;

/// Prints recorded objects that a release accepts, spread over the conditions that they are
/// about, with their children but the RayCluster: `{object, children}`. Left out is what an API
/// server of Kubernetes 1.36 without other objects cannot show.
///
/// # Errors
/// If the programs cannot be built or fail.
pub fn print(release: Release) -> Result<()> {
    let mut oracle = ChildrenOracle::start(release)?;
    let cases: Vec<Case> = recorded()?.collect::<Result<_>>()?;
    let is_shown = |case: &&Case| {
        let refusals = case.refusals(release);
        refusals.is_some_and(|refusals| refusals.iter().all(is_shown_by_api_server))
            && case.about.len() == 1
            && case.gates.is_empty()
    };
    // Of each condition first one object that is refused and one that is not, then others.
    let mut seen = BTreeMap::<_, usize>::new();
    let mut ranked = Vec::new();
    for case in cases.iter().filter(is_shown) {
        let is_refused = case.refused(release).is_some_and(|all| !all.is_empty());
        let rank = seen.entry((&case.about, is_refused)).or_default();
        ranked.push((*rank, case));
        *rank += 1;
    }
    ranked.sort_by_key(|(rank, _)| *rank);
    let objects: Vec<_> = { ranked.into_iter().take(PRINTED) }
        .map(|(_, case)| Fresh {
            object: case.object.clone(),
            gates: case.gates.clone(),
        })
        .collect();
    for (Fresh { object, .. }, children) in objects.iter().zip(oracle.made(&objects)?) {
        let mut children = children.unwrap_or_default();
        if let Some(children) = children.as_array_mut() {
            children.retain(|child| child["child"] != "cluster");
        }
        println!("{}", json!({"object": object, "children": children}));
    }
    Ok(())
}

/// Whether a dry run on an API server shows a fault: validation refuses it, in Kubernetes 1.36 as
/// in 1.31, or admission, whatever accounts there are.
fn is_shown_by_api_server(refusal: &Refusal) -> bool {
    let by_admission = refusal.by.as_deref() == Some("admission");
    let by_other = refusal.by.is_some() && !by_admission;
    refusal.kubernetes.is_none()
        && !by_other
        && !(by_admission && refusal.child_path == "spec.serviceAccountName")
        && refusal.child != "cluster"
}

/// Compares the policy with KubeRay and Kubernetes on the children of `count` new objects for
/// each release, all of one kind if one is given. Returns the number of disagreements. A
/// release that cannot be built is skipped.
///
/// # Errors
/// If a program fails, or answers other than recorded.
pub fn run_fresh(
    policy: &mut Policy,
    releases: &[Release],
    only: Option<Kind>,
    count: usize,
    seed: u64,
) -> Result<usize> {
    let mut disagreements = 0;
    for &release in releases {
        let mut oracle = match ChildrenOracle::start(release) {
            Ok(oracle) => oracle,
            Err(error) => {
                println!("KubeRay {release}: children skipped, {error}");
                continue;
            }
        };
        let repeated = repeat(&mut oracle, release)?;
        println!("KubeRay {release}: {repeated} recorded answers about children repeated");
        let mut objects = Children::new(seed, release, only)?.take(count);
        let mut tally = Count::default();
        loop {
            let batch: Vec<_> = objects.by_ref().take(BATCH).collect();
            if batch.is_empty() {
                break;
            }
            let asked = batch.len();
            let cases = oracle.ask(batch)?.into_iter().flatten();
            let cases: Vec<_> = cases
                .filter(|case| case.findings(release).readable)
                .collect();
            tally.skipped += asked - cases.len();
            tally.compare(policy, &cases, release)?;
        }
        tally.print(release);
        for (kind, (number, case, _)) in tally.differ.iter().take(SHOWN) {
            let smallest = smallest(policy, &mut oracle, release, case)?;
            println!("{number} {kind}\n{smallest}");
        }
        disagreements += tally.disagreements();
    }
    Ok(disagreements)
}

/// Asks the programs about some of the recorded objects and returns their number.
///
/// # Errors
/// If a program fails, or answers other than recorded.
fn repeat(oracle: &mut ChildrenOracle, release: Release) -> Result<usize> {
    let cases: Vec<Case> = recorded()?.step_by(REPEATED).collect::<Result<_>>()?;
    let objects = cases.iter().map(|case| Fresh {
        object: case.object.clone(),
        gates: case.gates.clone(),
    });
    let answers = oracle.ask(objects.collect())?;
    let mut repeated = 0;
    for (case, answer) in cases.iter().zip(answers) {
        let recorded = case.refusals(release);
        if recorded.is_some_and(|refusals| is_recorded_otherwise(release, refusals)) {
            continue;
        }
        let recorded = recorded.map(faults);
        let answered = answer.as_ref().and_then(|case| case.refusals(release));
        let answered = answered.map(faults);
        ensure!(
            recorded == answered,
            "KubeRay {release}: recorded is {recorded:?}, answered {answered:?}: {}",
            case.object
        );
        repeated += usize::from(recorded.is_some());
    }
    Ok(repeated)
}

/// What is refused, whatever the order of a Service's ports, which KubeRay takes from a Go map.
fn faults(refusals: &[Refusal]) -> BTreeSet<(String, String, String, Option<String>)> {
    let faults = refusals.iter().map(|refusal| {
        let path = match refusal.child.ends_with("Service") {
            true => refusal
                .child_path
                .replace(|character: char| character.is_ascii_digit(), ""),
            false => refusal.child_path.clone(),
        };
        let only = refusal.kubernetes.clone();
        (refusal.child.clone(), path, refusal.kind.clone(), only)
    });
    faults.collect()
}

/// The smallest object with a disagreement of the same kind.
fn smallest(
    policy: &mut Policy,
    oracle: &mut ChildrenOracle,
    release: Release,
    case: &Case,
) -> Result<Value> {
    let mut smallest = case.object.clone();
    let mut ask = |policy: &mut Policy, fresh: &Fresh| -> Result<Option<(Case, Problem)>> {
        let case = oracle.ask(vec![fresh.clone()])?.pop().flatten();
        let Some(case) = case.filter(|case| case.findings(release).readable) else {
            return Ok(None);
        };
        let problem = problems(policy, std::slice::from_ref(&case), release)?.pop();
        Ok(problem.flatten().map(|problem| (case, problem)))
    };
    let fresh = Fresh {
        object: case.object.clone(),
        gates: case.gates.clone(),
    };
    let wanted = ask(policy, &fresh)?.map(|(_, problem)| kind(&problem));
    minimise(fresh, |fresh| {
        let found = ask(policy, fresh)?;
        let is_same = found.as_ref().map(|(_, problem)| kind(problem)) == wanted;
        if is_same {
            smallest = fresh.object.clone();
        }
        Ok(is_same)
    })?;
    Ok(smallest)
}
