//! The environment variables of the containers.

use std::borrow::Cow;

use super::{Entry, Family};
use crate::example::Example;
use crate::finding::Report;
use crate::fix::{Edit, FixTemplate};
use crate::json::{Json, Path, Quoted, each};
use crate::pod::{Part, Pod, PodContainer};
use crate::rule::{Check, Rule};
use crate::rule_doc::RuleDoc;
use crate::syntax::downward_api::{RESOURCES, VARIABLE_FIELDS, is_divisor, is_field, is_resource};
use crate::syntax::names::{is_config_key, is_dns1123_subdomain, is_variable_name};

/// What is wrong with a value.
pub(super) struct EnvFault {
    /// The field below the value; empty is the value itself.
    pub field: &'static str,
    /// What is written there: the predicate of a sentence about the field.
    pub text: String,
    /// What to write instead.
    pub advice: Cow<'static, str>,
    /// The only value that can be meant.
    pub proposal: Option<&'static str>,
}

impl EnvFault {
    /// A fault of the value itself.
    pub fn new(text: impl Into<String>, advice: impl Into<Cow<'static, str>>) -> Self {
        Self {
            field: "",
            text: text.into(),
            advice: advice.into(),
            proposal: None,
        }
    }

    /// Moves the fault to a field of the value.
    #[must_use]
    pub fn at(self, field: &'static str) -> Self {
        Self { field, ..self }
    }

    /// Proposes the one of these values that differs from the written one only in case.
    #[must_use]
    pub fn or_in_other_case(self, written: &str, values: &[&'static str]) -> Self {
        let mut values = values.iter().copied();
        let proposal = values.find(|value| value.eq_ignore_ascii_case(written));
        Self { proposal, ..self }
    }

    /// Reports it at the path, or at its field below; the text follows the subject.
    pub fn report(self, path: Path, subject: &str, report: &mut Report) {
        let path = match self.field {
            "" => path,
            field => path.at(field),
        };
        let detail = format!("{subject} {}", self.text);
        let advice = match self.proposal {
            Some(meant) => format!("Write {meant}").into(),
            None => self.advice,
        };
        report
            .add(path, detail)
            .advise(advice)
            .propose(self.proposal);
    }
}

/// The spelling of a value that can be meant in only one way.
pub(super) const CORRECT_CASE: FixTemplate = FixTemplate {
    title: "correct the case",
    safe: true,
    edits: &[Edit::SetProposed],
};

/// Checks a `fieldRef`: it is one of these fields of the pod.
pub(super) fn field_fault(
    reference: &Json<'_>,
    fields: &[&'static str],
    advice: &'static str,
) -> Option<EnvFault> {
    let version = reference.get("apiVersion").text();
    if !matches!(version, "" | "v1") {
        let text = format!("has the apiVersion {}", Quoted(version));
        return Some(EnvFault::new(text, "Remove apiVersion"));
    }
    let path = reference.get("fieldPath").text();
    if is_field(path, fields) {
        return None;
    }
    let fault = EnvFault::new(format!("is {}", Quoted(path)), advice);
    Some(fault.or_in_other_case(path, fields).at("fieldPath"))
}

/// Checks a `resourceFieldRef`: it is a limit or a request of a container.
pub(super) fn resource_fault(reference: &Json<'_>) -> Option<EnvFault> {
    let resource = reference.get("resource").text();
    let divisor = match reference.get("divisor") {
        Json::Number(number) => number,
        divisor => divisor.text(),
    };
    if !is_resource(resource) {
        let fault = EnvFault::new(
            format!("is {}", Quoted(resource)),
            "Write limits. or requests. and cpu, memory, ephemeral-storage or huge pages, \
             such as limits.cpu",
        );
        let fault = fault.or_in_other_case(resource, &RESOURCES);
        // The divisor must fit what is meant.
        let proposal = fault.proposal.filter(|meant| is_divisor(meant, divisor));
        return Some(EnvFault { proposal, ..fault }.at("resource"));
    }
    (!is_divisor(resource, divisor)).then(|| {
        let advice = match resource.ends_with(".cpu") {
            true => "Write 1 for cores or 1m for thousandths of a core",
            false => "Write 1, or 1 with a unit such as 1Mi",
        };
        EnvFault::new(format!("is {}", Quoted(divisor)), advice).at("divisor")
    })
}

fn variable_field_fault(reference: &Json<'_>) -> Option<EnvFault> {
    field_fault(
        reference,
        &VARIABLE_FIELDS,
        "Write metadata.name, metadata.namespace, metadata.uid, metadata.labels['KEY'], \
         metadata.annotations['KEY'], spec.nodeName, spec.serviceAccountName, status.hostIP, \
         status.hostIPs, status.podIP or status.podIPs",
    )
}

/// Checks a reference to a key of a ConfigMap or a Secret.
fn key_fault(reference: &Json<'_>) -> Option<EnvFault> {
    let (name, key) = (reference.get("name").text(), reference.get("key").text());
    name_fault(name, name.as_bytes()).or_else(|| {
        let fault = match key {
            "" => EnvFault::new("is empty", "Write the key to read"),
            key if is_config_key(key) => return None,
            key => EnvFault::new(
                format!("is {}", Quoted(key)),
                "Write a key of ASCII letters, digits, '-', '_' and '.' that does not begin \
                 with '..', at most 253 characters",
            ),
        };
        Some(fault.at("key"))
    })
}

/// Checks a reference to all keys of a ConfigMap or a Secret, of which Kubernetes checks the
/// name as it does the beginning of one: it may end in a hyphen.
fn source_fault(reference: &Json<'_>) -> Option<EnvFault> {
    let name = reference.get("name").text();
    match name.as_bytes() {
        [start @ .., _, b'-'] => name_fault(name, &[start, b"a"].concat()),
        bytes => name_fault(name, bytes),
    }
}

fn name_fault(name: &str, checked: &[u8]) -> Option<EnvFault> {
    let fault = match name {
        "" => EnvFault::new("is empty", "Write the name of the ConfigMap or Secret"),
        _ if is_dns1123_subdomain(checked) => return None,
        name => EnvFault::new(
            format!("is {}", Quoted(name)),
            "Write the name of an existing ConfigMap or Secret: lowercase letters, digits, '-' \
             and '.', a letter or digit at each end, at most 253 characters",
        ),
    };
    Some(fault.at("name"))
}

/// A field and the check of its value.
pub(super) type FieldCheck = (&'static str, fn(&Json<'_>) -> Option<EnvFault>);

/// The sources of one variable (`valueFrom`). Kubernetes 1.31 does not know a fifth one,
/// `fileKeyRef`.
const VARIABLE_SOURCES: [FieldCheck; 4] = [
    ("fieldRef", variable_field_fault),
    ("resourceFieldRef", resource_fault),
    ("configMapKeyRef", key_fault),
    ("secretKeyRef", key_fault),
];

/// The sources of many variables (`envFrom`).
const ENV_SOURCES: [FieldCheck; 2] = [("configMapRef", source_fault), ("secretRef", source_fault)];

/// The names of the sources that are set.
fn sources(json: &Json<'_>, of: &[FieldCheck]) -> Vec<&'static str> {
    let names = of.iter().map(|(name, _)| *name);
    names.filter(|name| json.get(name).is_set()).collect()
}

/// What is wrong with the number of sources of a variable: continues its name.
fn variable_sources_fault(value: &str, from: &Json<'_>) -> Option<EnvFault> {
    if !from.is_set() {
        return None;
    }
    let set = sources(from, &VARIABLE_SOURCES);
    let has_file = from.get("fileKeyRef").is_set();
    match set.as_slice() {
        [] if !has_file => Some(EnvFault::new(
            "has a valueFrom that names no source",
            "Add fieldRef, resourceFieldRef, configMapKeyRef or secretKeyRef, or write value \
             instead of valueFrom",
        )),
        _ if !value.is_empty() => Some(EnvFault::new(
            "has both value and valueFrom",
            "Keep value or valueFrom",
        )),
        [first, second, ..] => Some(EnvFault::new(
            format!("has two sources in valueFrom, {first} and {second}"),
            "Keep one of them",
        )),
        _ => None,
    }
}

fn env_sources_fault(from: &Json<'_>) -> Option<EnvFault> {
    match sources(from, &ENV_SOURCES).as_slice() {
        [] => Some(EnvFault::new(
            "names no source",
            "Add configMapRef or secretRef",
        )),
        [_, _, ..] => Some(EnvFault::new(
            "names both configMapRef and secretRef",
            "Keep one, and add an item to envFrom for the other",
        )),
        [_] => None,
    }
}

fn variable_name(container: PodContainer<'_, '_>, name: &str) -> String {
    format!("environment variable {} of {container}", Quoted(name))
}

/// The first character that the name of a variable must not have, as it is shown.
fn bad_character(name: &str) -> Option<String> {
    if is_variable_name(name) {
        return None;
    }
    let mut characters = name.chars();
    let bad = characters.find(|c| !is_variable_name(c.encode_utf8(&mut [0; 4])))?;
    Some(match bad {
        '=' => "'='".into(),
        bad => format!("the character U+{:04X}", u32::from(bad)),
    })
}

fn names(pod: Pod<'_, '_>, report: &mut Report) {
    for container in pod.containers() {
        if report.is_full() {
            break;
        }
        for (index, variable) in container.spec.env.iter().enumerate() {
            if report.is_full() {
                break;
            }
            let path = || container.path("env").index(index).at("name");
            if variable.name.is_empty() {
                let subject = format!("an environment variable of {container}");
                let fault = EnvFault::new("has no name", "Write a name");
                fault.report(path(), &subject, report);
            } else if let Some(bad) = bad_character(&variable.name) {
                let subject = variable_name(container, &variable.name);
                let detail = format!("the name of {subject} contains {bad}");
                report.add(path(), detail);
            }
        }
        for (index, from) in container.spec.env_from.iter().enumerate() {
            if report.is_full() {
                break;
            }
            let prefix = from.get("prefix").text();
            if let Some(bad) = bad_character(prefix) {
                let detail = format!(
                    "the prefix {} of envFrom of {container} contains {bad}",
                    Quoted(prefix)
                );
                let path = container.path("envFrom").index(index).at("prefix");
                report.add(path, detail);
            }
        }
    }
}

fn source_counts(pod: Pod<'_, '_>, report: &mut Report) {
    for container in pod.containers() {
        if report.is_full() {
            break;
        }
        for (index, variable) in container.spec.env.iter().enumerate() {
            if report.is_full() {
                break;
            }
            if let Some(fault) = variable_sources_fault(&variable.value, &variable.value_from) {
                let path = container.path("env").index(index).at("valueFrom");
                let subject = variable_name(container, &variable.name);
                fault.report(path, &subject, report);
            }
        }
        for (index, from) in container.spec.env_from.iter().enumerate() {
            if report.is_full() {
                break;
            }
            if let Some(fault) = env_sources_fault(from) {
                let path = container.path("envFrom").index(index);
                let subject = format!("an item of envFrom of {container}");
                fault.report(path, &subject, report);
            }
        }
    }
}

/// Reports the faults of the references in a value; the subject is what has them.
fn reference_faults(
    json: &Json<'_>,
    of: &[FieldCheck],
    path: &dyn Fn() -> Path,
    subject: &dyn Fn() -> String,
    report: &mut Report,
) {
    if !json.is_set() {
        return;
    }
    for (source, check) in of {
        each(json, source, &mut |reference, location| {
            if let Some(fault) = check(reference) {
                let subject = match fault.field {
                    "" => format!("{source} of {}", subject()),
                    field => format!("{source}.{field} of {}", subject()),
                };
                fault.report(location.below(path()), &subject, report);
            }
        });
    }
}

fn references(pod: Pod<'_, '_>, report: &mut Report) {
    for container in pod.containers() {
        if report.is_full() {
            break;
        }
        for (index, variable) in container.spec.env.iter().enumerate() {
            if report.is_full() {
                break;
            }
            reference_faults(
                &variable.value_from,
                &VARIABLE_SOURCES,
                &|| container.path("env").index(index).at("valueFrom"),
                &|| variable_name(container, &variable.name),
                report,
            );
        }
        for (index, from) in container.spec.env_from.iter().enumerate() {
            if report.is_full() {
                break;
            }
            reference_faults(
                from,
                &ENV_SOURCES,
                &|| container.path("envFrom").index(index),
                &|| format!("an item of envFrom of {container}"),
                report,
            );
        }
    }
}

const SOURCE: &str = "kubernetes v1.36.3 pkg/apis/core/validation/validation.go:ValidateEnv";

const WHY: &str = "the API server refuses to create the pod";

/// The patch that gives fields to the head's only container.
macro_rules! container {
    ($fields:literal) => {
        concat!(
            r#"{"spec": {"rayClusterSpec": {"headGroupSpec": {"template": {"spec": {
                 "containers": [{"name": "ray-head", "image": "rayproject/ray:2.52.0", "#,
            $fields,
            "}]}}}}}}"
        )
    };
}

pub(super) const FAMILY: Family = Family {
    title: "Pods: environment variables",
    entries: &[
        Entry {
            rule: Rule {
                id: "pod-env-name",
                why: WHY,
                advice: "Use ASCII letters, digits and '_'",
                check: Check::Pod(Part::Env, |pod, _, report| names(pod, report)),
                ..Rule::POD
            },
            doc: RuleDoc {
                what: "The name of an environment variable, or the prefix of `envFrom`, is empty \
                       or has an `=`, a control character, or a character that is not ASCII. \
                       Kubernetes before 1.32 allows only letters, digits, `-`, `_` and `.`.",
                source: SOURCE,
                messages: &[],
                bad: &[
                    Example::job(container!(r#""env": [{"name": "MODE=fast"}]"#)),
                    Example::job(container!(r#""env": [{"name": "", "value": "1"}]"#)),
                    Example::job(container!(
                        r#""envFrom": [{"prefix": "A=", "secretRef": {"name": "keys"}}]"#
                    )),
                ],
                good: &[Example::job(container!(
                    r#""env": [{"name": "MODE", "value": "fast"}, {"name": "my.mode-2"}]"#
                ))],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "pod-env-source",
                why: WHY,
                advice: "Write one source",
                check: Check::Pod(Part::Env, |pod, _, report| source_counts(pod, report)),
                ..Rule::POD
            },
            doc: RuleDoc {
                what: "An environment variable has both `value` and `valueFrom`, or its \
                       `valueFrom` or an item of `envFrom` does not name exactly one source.",
                source: "kubernetes v1.36.3 pkg/apis/core/validation/validation.go:\
                         validateEnvVarValueFrom, ValidateEnvFrom",
                messages: &[],
                bad: &[
                    Example::job(container!(
                        r#""env": [{"name": "TOKEN", "value": "none", "valueFrom":
                             {"secretKeyRef": {"name": "keys", "key": "token"}}}]"#
                    )),
                    Example::job(container!(r#""env": [{"name": "TOKEN", "valueFrom": {}}]"#)),
                    Example::job(container!(
                        r#""env": [{"name": "TOKEN", "valueFrom":
                             {"secretKeyRef": {"name": "keys", "key": "token"},
                              "configMapKeyRef": {"name": "defaults", "key": "token"}}}]"#
                    )),
                    Example::job(container!(r#""envFrom": [{"prefix": "KEY_"}]"#)),
                    Example::job(container!(
                        r#""envFrom": [{"secretRef": {"name": "keys"},
                                        "configMapRef": {"name": "defaults"}}]"#
                    )),
                ],
                good: &[
                    Example::job(container!(
                        r#""env": [{"name": "TOKEN", "value": "", "valueFrom":
                         {"secretKeyRef": {"name": "keys", "key": "token"}}}],
                       "envFrom": [{"secretRef": {"name": "keys"}}]"#
                    )),
                    Example::job(container!(
                        r#""env": [{"name": "MODE", "valueFrom": {"fileKeyRef":
                             {"volumeName": "settings", "path": "env", "key": "MODE"}}}]"#
                    )),
                ],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "pod-env-reference",
                why: WHY,
                advice: "Correct the reference",
                fixes: &[CORRECT_CASE],
                check: Check::Pod(Part::Env, |pod, _, report| references(pod, report)),
                ..Rule::POD
            },
            doc: RuleDoc {
                what: "A source of environment variables cannot exist: the name of a ConfigMap or \
                       Secret is empty or no DNS name, a key is empty or not allowed, or the pod \
                       does not have the field or the resource.",
                source: "kubernetes v1.36.3 pkg/apis/core/validation/validation.go:\
                         validateEnvVarValueFrom, ValidateEnvFrom",
                messages: &[],
                bad: &[
                    Example::job(container!(
                        r#""env": [{"name": "IP", "valueFrom":
                             {"fieldRef": {"fieldPath": "status.podIp"}}}]"#
                    )),
                    Example::job(container!(
                        r#""env": [{"name": "TOKEN", "valueFrom":
                             {"secretKeyRef": {"name": "HF_Token", "key": "token"}}}]"#
                    )),
                    Example::job(container!(
                        r#""env": [{"name": "TOKEN", "valueFrom":
                             {"secretKeyRef": {"name": "keys", "key": "hf token"}}}]"#
                    )),
                    Example::job(container!(
                        r#""env": [{"name": "GPUS", "valueFrom":
                             {"resourceFieldRef": {"resource": "limits.nvidia.com/gpu"}}}]"#
                    )),
                    Example::job(container!(
                        r#""env": [{"name": "CPUS", "valueFrom": {"resourceFieldRef":
                             {"resource": "limits.cpu", "divisor": "1k"}}}]"#
                    )),
                    Example::job(container!(
                        r#""envFrom": [{"secretRef": {"name": "my_keys"}}]"#
                    )),
                ],
                good: &[Example::job(container!(
                    r#""env": [
                         {"name": "IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}},
                         {"name": "APP", "valueFrom":
                           {"fieldRef": {"fieldPath": "metadata.labels['app']"}}},
                         {"name": "CPUS", "valueFrom":
                           {"resourceFieldRef": {"resource": "limits.cpu", "divisor": "1m"}}},
                         {"name": "TOKEN", "valueFrom":
                           {"secretKeyRef": {"name": "hf-token", "key": "HF_TOKEN"}}}]"#
                ))],
            },
            cel: &[],
        },
    ],
};
