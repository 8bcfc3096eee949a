//! On which nodes the pods may run.

use std::fmt;

use super::pod_values::{MEANT, MEANT_FIX, check_word};
use super::{Entry, Family, head_spec};
use crate::example::Example;
use crate::finding::Report;
use crate::fix::{At, Edit, FixTemplate};
use crate::json::{List, Path, Quoted, Text};
use crate::pod::{
    COMPARED, LabelSelector, NodeSelectorTerm, Part, Pod, PodAffinityTerm, Requirement,
};
use crate::rule::{Check, Rule};
use crate::rule_doc::RuleDoc;
use crate::syntax::labels::{check_label_key, check_label_value};
use crate::syntax::names::{is_dns1123_label, is_dns1123_subdomain};

const REMOVE_VALUE_FIX: FixTemplate = FixTemplate {
    title: "remove value",
    safe: false,
    edits: &[Edit::Remove(At::Below("value"))],
};

const REMOVE_VALUE: &[FixTemplate] = &[REMOVE_VALUE_FIX];

/// A toleration as a message names it.
struct Subject<'p, 's> {
    key: &'p str,
    pod: Pod<'p, 's>,
}

impl fmt::Display for Subject<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.key {
            "" => write!(f, "a toleration of {} without a key", self.pod),
            key => write!(f, "the toleration for {} of {}", Quoted(key), self.pod),
        }
    }
}

fn tolerations(pod: Pod<'_, '_>, report: &mut Report) {
    for (index, toleration) in pod.spec().tolerations.iter().enumerate() {
        if report.is_full() {
            break;
        }
        let path = || pod.path("spec.tolerations").index(index);
        let (key, value) = (&*toleration.key, &*toleration.value);
        let (operator, effect) = (&*toleration.operator, &*toleration.effect);
        let what = Subject { key, pod };
        if key.is_empty() && operator != "Exists" {
            report.advise_on(
                path().at("operator"),
                match operator {
                    "" => format!("{what} has no operator"),
                    operator => format!("{what} has the operator {}", Quoted(operator)),
                },
                "Set the key of the taint, or operator: Exists to tolerate all taints",
            );
        }
        if !key.is_empty()
            && let Err(error) = check_label_key(key)
        {
            let detail = format!("key {} of a toleration of {pod}: {error}", Quoted(key));
            report.advise_on(path().at("key"), detail, "Write the key of the taint");
        }
        if toleration.toleration_seconds.is_set() && effect != "NoExecute" {
            report.advise_on(
                path().at("effect"),
                match effect {
                    "" => format!("{what} has tolerationSeconds, but no effect"),
                    effect => format!(
                        "{what} has tolerationSeconds, but effect {}",
                        Quoted(effect)
                    ),
                },
                "Set effect to NoExecute, or remove tolerationSeconds",
            );
        }
        match operator {
            "" | "Equal" => {
                if let Err(error) = check_label_value(value) {
                    let detail = format!("value {} of {what}: {error}", Quoted(value));
                    report.advise_on(path(), detail, "Write the value of the taint");
                }
            }
            "Exists" if value.is_empty() => {}
            "Exists" => {
                let detail = format!("{what} has operator Exists and value {}", Quoted(value));
                let advice = "Remove value, or set operator to Equal";
                report
                    .add(path(), detail)
                    .advise(advice)
                    .offer(REMOVE_VALUE);
            }
            // Kubernetes 1.35 and later know them, if a feature gate is on.
            "Lt" | "Gt" => {}
            operator => check_word(
                path().at("operator"),
                &format_args!("operator of {what}"),
                operator,
                &["Equal", "Exists"],
                report,
            ),
        }
        if !effect.is_empty() {
            check_word(
                path().at("effect"),
                &format_args!("effect of {what}"),
                effect,
                &["NoSchedule", "PreferNoSchedule", "NoExecute"],
                report,
            );
        }
    }
}

/// A part of a pod that selects something, to report on.
struct Selection<'r, 'p, 's> {
    pod: Pod<'p, 's>,
    /// What it is called.
    name: &'static str,
    report: &'r mut Report,
}

impl Selection<'_, '_, '_> {
    fn add(&mut self, path: Path, fault: &str, advice: &'static str) {
        let detail = format!("{} of {}: {fault}", self.name, self.pod);
        self.report.advise_on(path, detail, advice);
    }

    fn key(&mut self, path: Path, field: &str, key: &str) {
        if let Err(error) = check_label_key(key) {
            let fault = format!("{field} {}: {error}", Quoted(key));
            self.add(path, &fault, "Write the key of a label");
        }
    }

    fn value(&mut self, path: Path, value: &str) {
        if let Err(error) = check_label_value(value) {
            let fault = format!("value {}: {error}", Quoted(value));
            self.add(path, &fault, "Write the value of a label");
        }
    }

    fn word(&mut self, path: Path, field: &str, word: &str, words: &'static [&'static str]) {
        let what = format_args!("{field} in {} of {}", self.name, self.pod);
        check_word(path, &what, word, words, self.report);
    }

    fn weight(&mut self, path: Path, weight: i32) {
        if !(1..=100).contains(&weight) {
            let fault = format!("weight is {weight}");
            self.add(path.at("weight"), &fault, "Use a number from 1 to 100");
        }
    }

    /// Checks the number of values that an operator gets.
    fn count(&mut self, path: Path, requirement: &Requirement<'_>) {
        let (operator, count) = (&*requirement.operator, requirement.values.len());
        let wanted = match operator {
            "In" | "NotIn" if count == 0 => "Add a value, or use Exists or DoesNotExist",
            "Exists" | "DoesNotExist" if count > 0 => "Remove values, or use In or NotIn",
            "Gt" | "Lt" if count != 1 => "Write one value",
            _ => return,
        };
        let fault = match count {
            0 => format!("{operator} has no value"),
            1 => format!("{operator} has a value"),
            count => format!("{operator} has {count} values"),
        };
        self.add(path.at("values"), &fault, wanted);
    }

    fn node_term(&mut self, path: &Path, term: &NodeSelectorTerm<'_>) {
        for (index, requirement) in term.match_expressions.iter().enumerate() {
            if self.report.is_full() {
                break;
            }
            let path = || path.clone().at("matchExpressions").index(index);
            self.word(
                path().at("operator"),
                "operator",
                &requirement.operator,
                &["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"],
            );
            self.count(path(), requirement);
            // Kubernetes before 1.32 does not look at the values.
            self.key(path().at("key"), "key", &requirement.key);
        }
        for (index, requirement) in term.match_fields.iter().enumerate() {
            if self.report.is_full() {
                break;
            }
            let path = || path.clone().at("matchFields").index(index);
            let operator = &*requirement.operator;
            self.word(
                path().at("operator"),
                "operator",
                operator,
                &["In", "NotIn"],
            );
            self.word(
                path().at("key"),
                "key",
                &requirement.key,
                &["metadata.name"],
            );
            let count = requirement.values.len();
            if matches!(operator, "In" | "NotIn") && count != 1 {
                let fault = format!("matchFields has {count} values");
                self.add(path().at("values"), &fault, "Write the name of one node");
            }
            for (index, name) in requirement.values.iter().enumerate() {
                if self.report.is_full() {
                    break;
                }
                if !is_dns1123_subdomain(name.as_bytes()) {
                    let fault = format!("{} is no name of a node", Quoted(name));
                    let path = path().at("values").index(index);
                    self.add(path, &fault, "Write the name of a node");
                }
            }
        }
    }

    fn selector(&mut self, path: &Path, selector: &Option<LabelSelector<'_>>) {
        let Some(selector) = selector else {
            return;
        };
        for (key, value) in selector.match_labels.iter() {
            if self.report.is_full() {
                break;
            }
            let path = || path.clone().at("matchLabels").key(key.to_string());
            self.key(path(), "key", key);
            self.value(path(), value);
        }
        for (index, requirement) in selector.match_expressions.iter().enumerate() {
            if self.report.is_full() {
                break;
            }
            let path = || path.clone().at("matchExpressions").index(index);
            self.word(
                path().at("operator"),
                "operator",
                &requirement.operator,
                &["In", "NotIn", "Exists", "DoesNotExist"],
            );
            self.count(path(), requirement);
            self.key(path().at("key"), "key", &requirement.key);
            for (index, value) in requirement.values.iter().enumerate() {
                if self.report.is_full() {
                    break;
                }
                let path = path().at("values").index(index);
                self.value(path, value);
            }
        }
    }

    /// Checks the keys whose values a pod shares with those that are selected, which needs
    /// a selector.
    fn keys(&mut self, path: Path, field: &str, keys: &List<Text<'_>>, has_selector: bool) {
        if !keys.is_empty() && !has_selector {
            let fault = format!("{field} without labelSelector");
            return self.add(path, &fault, "Add labelSelector");
        }
        for (index, key) in keys.iter().enumerate() {
            if self.report.is_full() {
                break;
            }
            self.key(path.clone().index(index), "key", key);
        }
    }

    /// Checks that no key is in the selector too. The API server adds the value of the pod's
    /// own label to the selector, and refuses a key that is there already.
    fn keys_selected_twice(
        &mut self,
        path: &Path,
        keys: &List<Text<'_>>,
        selector: &Option<LabelSelector<'_>>,
    ) {
        let Some(selector) = selector else {
            return;
        };
        let labels = &self.pod.template.metadata.labels;
        for (index, key) in keys.iter().enumerate().take(COMPARED) {
            if self.report.is_full() {
                break;
            }
            let mut required = selector.match_expressions.iter();
            let is_selected = selector.match_labels.get(key).is_some()
                || required.any(|requirement| *requirement.key == **key);
            if is_selected && labels.get(key).is_some() {
                let fault = format!("{} in both matchLabelKeys and labelSelector", Quoted(key));
                let advice = "Remove the key from matchLabelKeys or labelSelector";
                self.add(path.clone().index(index), &fault, advice);
            }
        }
    }

    /// Checks that no key of `matchLabelKeys` comes a second time: there, if the pod has the
    /// label, or in `mismatchLabelKeys`.
    fn keys_repeated(&mut self, path: &Path, term: &PodAffinityTerm<'_>) {
        let labels = &self.pod.template.metadata.labels;
        let keys = &term.match_label_keys;
        for (index, key) in keys.iter().enumerate().take(COMPARED) {
            if self.report.is_full() {
                break;
            }
            let is_in = |keys: &List<Text<'_>>, count| {
                keys.iter().take(count).any(|other| **other == **key)
            };
            let path = path.clone().index(index);
            if is_in(&term.mismatch_label_keys, COMPARED) {
                let fault = "in both matchLabelKeys and mismatchLabelKeys";
                let advice = "Remove the key from matchLabelKeys or mismatchLabelKeys";
                self.add(path, &format!("{} {fault}", Quoted(key)), advice);
            } else if is_in(keys, index) && labels.get(key).is_some() {
                let fault = format!("{} twice in matchLabelKeys", Quoted(key));
                self.add(path, &fault, "Remove the second");
            }
        }
    }

    fn pod_term(&mut self, path: &Path, term: &PodAffinityTerm<'_>) {
        let at = |field| path.clone().at(field);
        self.selector(&at("labelSelector"), &term.label_selector);
        self.selector(&at("namespaceSelector"), &term.namespace_selector);
        for (index, name) in term.namespaces.iter().enumerate() {
            if self.report.is_full() {
                break;
            }
            if !is_dns1123_label(name.as_bytes()) {
                let fault = format!("{} is no name of a namespace", Quoted(name));
                let path = at("namespaces").index(index);
                self.add(path, &fault, "Write the name of a namespace");
            }
        }
        let has_selector = term.label_selector.is_some();
        for (field, keys) in [
            ("matchLabelKeys", &term.match_label_keys),
            ("mismatchLabelKeys", &term.mismatch_label_keys),
        ] {
            self.keys(at(field), field, keys, has_selector);
        }
        let keys = &term.match_label_keys;
        self.keys_selected_twice(&at("matchLabelKeys"), keys, &term.label_selector);
        self.keys_repeated(&at("matchLabelKeys"), term);
        match &*term.topology_key {
            "" => {
                let advice = "Write the key of a label of nodes, such as kubernetes.io/hostname";
                self.add(at("topologyKey"), "topologyKey is empty", advice);
            }
            key => self.key(at("topologyKey"), "topologyKey", key),
        }
    }
}

const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED: &str = "preferredDuringSchedulingIgnoredDuringExecution";

fn node_affinity(pod: Pod<'_, '_>, report: &mut Report) {
    let Some(affinity) = pod.spec().affinity.as_ref().map(|affinity| &affinity.node) else {
        return;
    };
    let path = |field| pod.path("spec.affinity.nodeAffinity").at(field);
    let name = "node affinity";
    let mut nodes = Selection { pod, name, report };
    if let Some(required) = &affinity.required {
        let path = path(REQUIRED).at("nodeSelectorTerms");
        if required.terms.is_empty() {
            let advice = "Add a term, or remove nodeAffinity";
            nodes.add(path.clone(), "nodeSelectorTerms is empty", advice);
        }
        for (index, term) in required.terms.iter().enumerate() {
            if nodes.report.is_full() {
                break;
            }
            nodes.node_term(&path.clone().index(index), term);
        }
    }
    for (index, preferred) in affinity.preferred.iter().enumerate() {
        if nodes.report.is_full() {
            break;
        }
        let path = path(PREFERRED).index(index);
        nodes.weight(path.clone(), preferred.weight.0);
        nodes.node_term(&path.at("preference"), &preferred.preference);
    }
}

fn pod_affinity(pod: Pod<'_, '_>, report: &mut Report) {
    let Some(affinity) = &pod.spec().affinity else {
        return;
    };
    for (field, name, affinity) in [
        ("podAffinity", "pod affinity", &affinity.pod),
        ("podAntiAffinity", "pod anti-affinity", &affinity.pod_anti),
    ] {
        let path = |list| pod.path("spec.affinity").at(field).at(list);
        let mut pods = Selection {
            pod,
            name,
            report: &mut *report,
        };
        for (index, term) in affinity.required.iter().enumerate() {
            if pods.report.is_full() {
                break;
            }
            pods.pod_term(&path(REQUIRED).index(index), term);
        }
        for (index, preferred) in affinity.preferred.iter().enumerate() {
            if pods.report.is_full() {
                break;
            }
            let path = path(PREFERRED).index(index);
            pods.weight(path.clone(), preferred.weight.0);
            pods.pod_term(&path.at("podAffinityTerm"), &preferred.term);
        }
    }
}

fn topology_spread(pod: Pod<'_, '_>, report: &mut Report) {
    let name = "topology spread constraint";
    let mut spread = Selection { pod, name, report };
    let constraints = &pod.spec().topology_spread_constraints;
    for (index, constraint) in constraints.iter().enumerate() {
        if spread.report.is_full() {
            break;
        }
        let at = |field| {
            pod.path("spec.topologySpreadConstraints")
                .index(index)
                .at(field)
        };
        let (skew, when) = (constraint.max_skew.0, &*constraint.when_unsatisfiable);
        if skew <= 0 {
            let fault = format!("maxSkew is {skew}");
            spread.add(at("maxSkew"), &fault, "Use 1 or more");
        }
        if constraint.topology_key.is_empty() {
            let advice = "Write the key of a label of nodes, such as kubernetes.io/hostname";
            spread.add(at("topologyKey"), "topologyKey is empty", advice);
        }
        spread.word(
            at("whenUnsatisfiable"),
            "whenUnsatisfiable",
            when,
            &["DoNotSchedule", "ScheduleAnyway"],
        );
        if let Some(domains) = constraint.min_domains {
            if domains.0 <= 0 {
                let fault = format!("minDomains is {domains}");
                spread.add(
                    at("minDomains"),
                    &fault,
                    "Use 1 or more, or remove minDomains",
                );
            } else if when != "DoNotSchedule" {
                let fault = format!("minDomains with whenUnsatisfiable {}", Quoted(when));
                let advice = "Remove minDomains, or set whenUnsatisfiable to DoNotSchedule";
                spread.add(at("minDomains"), &fault, advice);
            }
        }
        for (field, policy) in [
            ("nodeAffinityPolicy", &constraint.node_affinity_policy),
            ("nodeTaintsPolicy", &constraint.node_taints_policy),
        ] {
            if let Some(policy) = policy {
                spread.word(at(field), field, policy, &["Honor", "Ignore"]);
            }
        }
        spread.selector(&at("labelSelector"), &constraint.label_selector);
        let has_selector = constraint.label_selector.is_some();
        let keys = &constraint.match_label_keys;
        spread.keys(at("matchLabelKeys"), "matchLabelKeys", keys, has_selector);
        spread.keys_selected_twice(&at("matchLabelKeys"), keys, &constraint.label_selector);
    }
}

fn gates(pod: Pod<'_, '_>, report: &mut Report) {
    let gates = &pod.spec().scheduling_gates;
    for (index, gate) in gates.iter().enumerate() {
        if report.is_full() {
            break;
        }
        let name = gate.get("name").text();
        if let Err(error) = check_label_key(name) {
            let detail = format!("scheduling gate {} of {pod}: {error}", Quoted(name));
            report.add(pod.path("spec.schedulingGates").index(index), detail);
        }
    }
    let node = &*pod.spec().node_name;
    if !gates.is_empty() && !node.is_empty() {
        report.advise_on(
            pod.path("spec.nodeName"),
            format!(
                "nodeName of {pod} is {}, but it has schedulingGates",
                Quoted(node)
            ),
            "Remove nodeName or schedulingGates",
        );
    }
}

const SOURCE: &str = "kubernetes v1.36.3 pkg/apis/core/validation/validation.go:\
                      validateAffinity";

/// The patch that gives the head a node affinity with these requirements.
macro_rules! node_affinity {
    ($requirements:literal) => {
        concat!(
            r#"{"spec": {"rayClusterSpec": {"headGroupSpec": {"template": {"spec": {
                 "affinity": {"nodeAffinity": {
                   "requiredDuringSchedulingIgnoredDuringExecution": {
                     "nodeSelectorTerms": [{"matchExpressions": ["#,
            $requirements,
            "]}]}}}}}}}}}"
        )
    };
}

/// The patch that gives the head a pod anti-affinity with these fields.
macro_rules! pod_affinity {
    ($fields:literal) => {
        concat!(
            r#"{"spec": {"rayClusterSpec": {"headGroupSpec": {"template": {"spec": {
                 "affinity": {"podAntiAffinity": {
                   "requiredDuringSchedulingIgnoredDuringExecution": [{"#,
            $fields,
            "}]}}}}}}}}"
        )
    };
}

/// The patch that gives the head a topology spread constraint with these fields.
macro_rules! topology_spread {
    ($fields:literal) => {
        concat!(
            r#"{"spec": {"rayClusterSpec": {"headGroupSpec": {"template": {"spec": {
                 "topologySpreadConstraints": [{"#,
            $fields,
            "}]}}}}}}"
        )
    };
}

pub(super) const FAMILY: Family = Family {
    title: "Pods: scheduling",
    entries: &[
        Entry {
            rule: Rule {
                id: "pod-toleration",
                why: "the API server refuses to create the pod",
                advice: "Correct the toleration",
                fixes: &[MEANT_FIX, REMOVE_VALUE_FIX],
                check: Check::Pod(Part::Tolerations, |pod, _, report| tolerations(pod, report)),
                ..Rule::POD
            },
            doc: RuleDoc {
                what: "A toleration has an `operator` or `effect` that Kubernetes does not know; \
                       no `key` without `Exists`; a `value` with `Exists`; `tolerationSeconds` \
                       without `NoExecute`; or a `key` or `value` that no taint can have.",
                source: "kubernetes v1.36.3 pkg/apis/core/validation/validation.go:\
                         ValidateTolerations",
                messages: &[],
                bad: &[
                    Example::job(head_spec!(
                        r#""tolerations": [{"key": "nvidia.com/gpu", "operator": "Exists",
                           "value": "true", "effect": "NoSchedule"}]"#
                    )),
                    Example::job(head_spec!(r#""tolerations": [{"effect": "NoSchedule"}]"#)),
                    Example::job(head_spec!(
                        r#""tolerations": [{"key": "gpu", "operator": "exists"}]"#
                    )),
                    Example::job(head_spec!(
                        r#""tolerations": [{"key": "gpu", "value": "true",
                           "effect": "NoScedule"}]"#
                    )),
                    Example::job(head_spec!(
                        r#""tolerations": [{"key": "gpu", "operator": "Exists",
                           "effect": "NoSchedule", "tolerationSeconds": 60}]"#
                    )),
                    Example::job(head_spec!(
                        r#""tolerations": [{"key": "node type", "value": "gpu"}]"#
                    )),
                    Example::job(head_spec!(
                        r#""tolerations": [{"key": "gpu", "value": "a100,l4"}]"#
                    )),
                ],
                good: &[Example::job(head_spec!(
                    r#""tolerations": [
                         {"operator": "Exists"},
                         {"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"},
                         {"key": "cores", "operator": "Gt", "value": "7"},
                         {"key": "gpu", "value": "", "effect": "NoExecute",
                           "tolerationSeconds": 60}]"#
                ))],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "pod-node-affinity",
                why: "the API server refuses to create the pod",
                advice: "Correct the node affinity",
                fixes: MEANT,
                check: Check::Pod(Part::Scheduling, |pod, _, report| {
                    node_affinity(pod, report)
                }),
                ..Rule::POD
            },
            doc: RuleDoc {
                what: "`nodeAffinity` has no terms, an `operator` that Kubernetes does not know, \
                       `In` or `NotIn` without values, `Exists` or `DoesNotExist` with values, \
                       `Gt` or `Lt` without exactly one, a `key` that is no key of a label, or a \
                       `weight` that is not from 1 to 100.",
                source: SOURCE,
                messages: &[],
                bad: &[
                    Example::job(node_affinity!(
                        r#"{"key": "gpu", "operator": "in", "values": ["a100"]}"#
                    )),
                    Example::job(node_affinity!(r#"{"key": "gpu", "operator": "In"}"#)),
                    Example::job(node_affinity!(
                        r#"{"key": "gpu", "operator": "Exists", "values": ["a100"]}"#
                    )),
                    Example::job(node_affinity!(
                        r#"{"key": "node type", "operator": "Exists"}"#
                    )),
                    Example::job(head_spec!(
                        r#""affinity": {"nodeAffinity": {
                             "requiredDuringSchedulingIgnoredDuringExecution": {
                               "nodeSelectorTerms": []}}}"#
                    )),
                    Example::job(head_spec!(
                        r#""affinity": {"nodeAffinity": {
                             "preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 0,
                               "preference": {"matchExpressions": [
                                 {"key": "gpu", "operator": "Exists"}]}}]}}"#
                    )),
                ],
                good: &[Example::job(node_affinity!(
                    r#"{"key": "gpu", "operator": "In", "values": ["a100", "any text"]},
                       {"key": "cores", "operator": "Gt", "values": ["many"]},
                       {"key": "spot", "operator": "DoesNotExist", "values": []}"#
                ))],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "pod-affinity",
                why: "the API server refuses to create the pod",
                advice: "Correct the pod affinity",
                fixes: MEANT,
                check: Check::Pod(Part::Scheduling, |pod, _, report| pod_affinity(pod, report)),
                ..Rule::POD
            },
            doc: RuleDoc {
                what: "`podAffinity` or `podAntiAffinity` has a `topologyKey` that is empty or no \
                       key of a label, a selector with an `operator` that Kubernetes does not \
                       know, with too few or too many values, or with a bad label, a namespace \
                       that is no name, or a `weight` that is not from 1 to 100; or \
                       `matchLabelKeys` has a key twice, or one that `mismatchLabelKeys` or the \
                       selector has too.",
                source: SOURCE,
                messages: &[],
                bad: &[
                    Example::job(pod_affinity!(r#""topologyKey": """#)),
                    Example::job(pod_affinity!(r#""topologyKey": "host name""#)),
                    Example::job(pod_affinity!(
                        r#""topologyKey": "zone", "labelSelector": {
                             "matchLabels": {"image": "ray:2.52.0"}}"#
                    )),
                    Example::job(pod_affinity!(
                        r#""topologyKey": "zone", "labelSelector": {
                             "matchExpressions": [{"key": "team", "operator": "exists"}]}"#
                    )),
                    Example::job(pod_affinity!(
                        r#""topologyKey": "zone", "namespaces": ["Team A"]"#
                    )),
                    Example::job(pod_affinity!(
                        r#""topologyKey": "zone", "matchLabelKeys": ["team"]"#
                    )),
                    Example::job(
                        r#"{"spec": {"rayClusterSpec": {"headGroupSpec": {"template": {
                             "metadata": {"labels": {"team": "vision"}},
                             "spec": {"affinity": {"podAntiAffinity": {
                               "requiredDuringSchedulingIgnoredDuringExecution": [
                                 {"topologyKey": "zone", "matchLabelKeys": ["team"],
                                  "labelSelector": {"matchLabels": {"team": "vision"}}}]}}}
                           }}}}}"#,
                    ),
                    Example::job(pod_affinity!(
                        r#""topologyKey": "zone", "labelSelector": {},
                           "matchLabelKeys": ["team"], "mismatchLabelKeys": ["team"]"#
                    )),
                    Example::job(
                        r#"{"spec": {"rayClusterSpec": {"headGroupSpec": {"template": {
                             "metadata": {"labels": {"team": "vision"}},
                             "spec": {"affinity": {"podAntiAffinity": {
                               "requiredDuringSchedulingIgnoredDuringExecution": [
                                 {"topologyKey": "zone", "matchLabelKeys": ["team", "team"],
                                  "labelSelector": {}}]}}}
                           }}}}}"#,
                    ),
                ],
                good: &[Example::job(pod_affinity!(
                    r#""topologyKey": "kubernetes.io/hostname", "namespaces": ["team-a"],
                       "matchLabelKeys": ["team", "team"], "mismatchLabelKeys": ["run"],
                       "labelSelector": {"matchLabels": {"ray.io/is-ray-node": "yes"},
                         "matchExpressions": [{"key": "team", "operator": "Exists"}]}"#
                ))],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "pod-topology-spread",
                why: "the API server refuses to create the pod",
                advice: "Correct the topology spread constraint",
                fixes: MEANT,
                check: Check::Pod(Part::Scheduling, |pod, _, report| {
                    topology_spread(pod, report)
                }),
                ..Rule::POD
            },
            doc: RuleDoc {
                what: "A topology spread constraint has a `maxSkew` below 1, no `topologyKey`, a \
                       `whenUnsatisfiable`, `nodeAffinityPolicy` or `nodeTaintsPolicy` that \
                       Kubernetes does not know, `minDomains` below 1 or without \
                       `DoNotSchedule`, a bad label in its selector, or a key in both \
                       `matchLabelKeys` and the selector.",
                source: "kubernetes v1.36.3 pkg/apis/core/validation/validation.go:\
                         validateTopologySpreadConstraints",
                messages: &[],
                bad: &[
                    Example::job(topology_spread!(
                        r#""maxSkew": 0, "topologyKey": "zone",
                           "whenUnsatisfiable": "DoNotSchedule""#
                    )),
                    Example::job(topology_spread!(
                        r#""maxSkew": 1, "topologyKey": "",
                           "whenUnsatisfiable": "DoNotSchedule""#
                    )),
                    Example::job(topology_spread!(
                        r#""maxSkew": 1, "topologyKey": "zone",
                           "whenUnsatisfiable": "doNotSchedule""#
                    )),
                    Example::job(topology_spread!(
                        r#""maxSkew": 1, "topologyKey": "zone", "minDomains": 2,
                           "whenUnsatisfiable": "ScheduleAnyway""#
                    )),
                    Example::job(topology_spread!(
                        r#""maxSkew": 1, "topologyKey": "zone", "nodeTaintsPolicy": "honor",
                           "whenUnsatisfiable": "DoNotSchedule""#
                    )),
                    Example::job(
                        r#"{"spec": {"rayClusterSpec": {"headGroupSpec": {"template": {
                             "metadata": {"labels": {"team": "vision"}},
                             "spec": {"topologySpreadConstraints": [
                               {"maxSkew": 1, "topologyKey": "zone",
                                "whenUnsatisfiable": "DoNotSchedule", "matchLabelKeys": ["team"],
                                "labelSelector": {"matchLabels": {"team": "vision"}}}]}
                           }}}}}"#,
                    ),
                ],
                good: &[Example::job(topology_spread!(
                    r#""maxSkew": 1, "topologyKey": "a b", "minDomains": 2,
                       "nodeTaintsPolicy": "Honor", "whenUnsatisfiable": "DoNotSchedule",
                       "labelSelector": {"matchLabels": {"ray.io/is-ray-node": "yes"}}"#
                ))],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "pod-scheduling-gate",
                why: "the API server refuses to create the pod",
                advice: "Write the name of the gate, such as example.com/quota",
                check: Check::Pod(Part::Other, |pod, _, report| gates(pod, report)),
                ..Rule::POD
            },
            doc: RuleDoc {
                what: "The name of a scheduling gate is not valid like the key of a label, or a \
                       pod with scheduling gates has a `nodeName`.",
                source: "kubernetes v1.36.3 pkg/apis/core/validation/validation.go:\
                         validateSchedulingGates, ValidatePodCreate",
                messages: &[],
                bad: &[
                    Example::job(head_spec!(
                        r#""schedulingGates": [{"name": "wait for it"}]"#
                    )),
                    Example::job(head_spec!(
                        r#""schedulingGates": [{"name": "example.com/quota"}],
                           "nodeName": "node-1""#
                    )),
                ],
                good: &[Example::job(head_spec!(
                    r#""schedulingGates": [{"name": "example.com/quota"}, {"name": "quota"}]"#
                ))],
            },
            cel: &[],
        },
    ],
};
