//! What pods use of their namespace, by name.

use std::fmt;

use super::{Entry, Family, head_spec};
use crate::context::Context;
use crate::example::Example;
use crate::finding::Report;
use crate::json::{Json, Path, Quoted};
use crate::live::{Resource, Topic};
use crate::pod::{Part, Pod, PodVolume};
use crate::rule::{Check, Rule};
use crate::rule_doc::RuleDoc;

/// A use of an object of the namespace.
struct Use<'p> {
    name: &'p str,
    path: Path,
    by: String,
}

/// The ConfigMaps that a pod needs.
fn config_maps<'p>(pod: Pod<'p, '_>) -> Vec<Use<'p>> {
    let mut uses = Vec::new();
    let mut add = |reference: &'p Json<'p>, by: &dyn fmt::Display, path: Path| {
        if reference.is_set() && !matches!(reference.get("optional"), Json::Boolean(true)) {
            uses.push(Use {
                name: reference.get("name").text(),
                path: path.at("name"),
                by: by.to_string(),
            });
        }
    };
    for volume in pod.volumes() {
        let path = volume.path();
        add(
            volume.spec.get("configMap"),
            &volume,
            path.clone().at("configMap"),
        );
        let sources = volume.spec.get("projected").get("sources").items();
        for (index, source) in sources.iter().enumerate() {
            let path = path.clone().at("projected.sources").index(index);
            add(source.get("configMap"), &volume, path.at("configMap"));
        }
    }
    for container in pod.containers() {
        for (index, variable) in container.spec.env.iter().enumerate() {
            let path = container.path("env").index(index);
            let reference = variable.value_from.get("configMapKeyRef");
            add(reference, &container, path.at("valueFrom.configMapKeyRef"));
        }
        for (index, source) in container.spec.env_from.iter().enumerate() {
            let path = container.path("envFrom").index(index);
            add(
                source.get("configMapRef"),
                &container,
                path.at("configMapRef"),
            );
        }
    }
    uses
}

/// The PersistentVolumeClaims that a pod needs.
fn claims<'p>(pod: Pod<'p, '_>) -> Vec<Use<'p>> {
    let claim = |volume: PodVolume<'p, '_>| {
        let name = volume
            .spec
            .get("persistentVolumeClaim")
            .get("claimName")
            .text();
        Use {
            name,
            path: volume.path().at("persistentVolumeClaim.claimName"),
            by: volume.to_string(),
        }
    };
    pod.volumes().map(claim).collect()
}

/// The ServiceAccount that a pod needs.
fn service_account<'p>(pod: Pod<'p, '_>) -> Vec<Use<'p>> {
    vec![Use {
        name: &pod.spec().service_account_name,
        path: pod.path("spec.serviceAccountName"),
        by: pod.to_string(),
    }]
}

/// Reports what the namespace does not have.
fn check(resource: Resource, uses: Vec<Use<'_>>, context: &Context<'_>, report: &mut Report) {
    let is_missing = |name| {
        context
            .live
            .as_ref()?
            .find(resource, name)
            .map(|found| found.is_none())
    };
    for Use { name, path, by } in uses {
        if !name.is_empty() && is_missing(name) == Some(true) {
            let kind = resource.kind();
            let detail = format!("the namespace has no {kind} {} for {by}", Quoted(name));
            report.add(path, detail);
        }
    }
}

/// The defaults of these rules.
const RULE: Rule = Rule {
    asks: Some(Topic::Mounts),
    why: "the pods are not started until it exists",
    ..Rule::LIVE
};

/// A job whose head's pod has these fields, in a namespace with one object.
macro_rules! example {
    ($fields:literal, $kind:literal, $name:literal) => {
        Example::job(head_spec!(
            r#""containers": [{"name": "ray-head", "image": "rayproject/ray:2.52.0"}], "#,
            $fields
        ))
        .live(concat!(
            r#"[{"apiVersion": "v1", "kind": ""#,
            $kind,
            r#"", "metadata": {"namespace": "default", "name": ""#,
            $name,
            r#""}}]"#
        ))
    };
}

pub(super) const FAMILY: Family = Family {
    title: "The cluster: what pods use",
    entries: &[
        Entry {
            rule: Rule {
                id: "live-config-map-missing",
                advice: "Create the ConfigMap, correct its name, or add optional: true",
                check: Check::Pod(Part::Containers, |pod, context, report| {
                    check(Resource::ConfigMap, config_maps(pod), context, report);
                }),
                ..RULE
            },
            doc: RuleDoc {
                what: "A pod needs a ConfigMap that does not exist in the namespace: in a volume, \
                       in `valueFrom` or in `envFrom`, without `optional: true`. Only names of \
                       ConfigMaps are read, and Secrets not at all.",
                source: "kubernetes v1.36.3 pkg/kubelet/kubelet_pods.go:\
                         makeEnvironmentVariables, pkg/volume/configmap/configmap.go:SetUpAt",
                messages: &[],
                bad: &[
                    example!(
                        r#""volumes": [{"name": "code", "configMap": {"name": "train-code"}}]"#,
                        "ConfigMap",
                        "kube-root-ca.crt"
                    ),
                    example!(
                        r#""volumes": [{"name": "code", "projected": {"sources": [
                             {"configMap": {"name": "train-code"}}]}}]"#,
                        "ConfigMap",
                        "kube-root-ca.crt"
                    ),
                    Example::job(head_spec!(
                        r#""containers": [{"name": "ray-head", "image": "rayproject/ray:2.52.0",
                             "envFrom": [{"configMapRef": {"name": "defaults"}}],
                             "env": [{"name": "MODE", "valueFrom": {
                               "configMapKeyRef": {"name": "modes", "key": "mode"}}}]}]"#
                    ))
                    .live(
                        r#"[{"apiVersion": "v1", "kind": "ConfigMap",
                             "metadata": {"namespace": "default", "name": "kube-root-ca.crt"}}]"#,
                    ),
                ],
                good: &[
                    example!(
                        r#""volumes": [{"name": "code", "configMap": {"name": "train-code"}}]"#,
                        "ConfigMap",
                        "train-code"
                    ),
                    example!(
                        r#""volumes": [{"name": "code", "configMap": {"name": "train-code",
                             "optional": true}}]"#,
                        "ConfigMap",
                        "kube-root-ca.crt"
                    ),
                ],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "live-volume-claim-missing",
                why: "the pods are not scheduled until it exists",
                advice: "Create the PersistentVolumeClaim, or correct its name",
                check: Check::Pod(Part::Volumes, |pod, context, report| {
                    check(
                        Resource::PersistentVolumeClaim,
                        claims(pod),
                        context,
                        report,
                    );
                }),
                ..RULE
            },
            doc: RuleDoc {
                what: "A volume of a pod names a PersistentVolumeClaim that does not exist in the \
                       namespace.",
                source: "kubernetes v1.36.3 \
                         pkg/scheduler/framework/plugins/volumebinding/volume_binding.go:PreFilter",
                messages: &[],
                bad: &[example!(
                    r#""volumes": [{"name": "data",
                         "persistentVolumeClaim": {"claimName": "datasets"}}]"#,
                    "PersistentVolumeClaim",
                    "models"
                )],
                good: &[example!(
                    r#""volumes": [{"name": "data",
                         "persistentVolumeClaim": {"claimName": "models"}}]"#,
                    "PersistentVolumeClaim",
                    "models"
                )],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "live-service-account-missing",
                why: "the API server refuses the pods until it exists",
                advice: "Create the ServiceAccount, or correct its name",
                check: Check::Pod(Part::Other, |pod, context, report| {
                    check(
                        Resource::ServiceAccount,
                        service_account(pod),
                        context,
                        report,
                    );
                }),
                ..RULE
            },
            doc: RuleDoc {
                what: "`serviceAccountName` of a pod names a ServiceAccount that does not exist in \
                       the namespace.",
                source: "kubernetes v1.36.3 plugin/pkg/admission/serviceaccount/admission.go:Admit",
                messages: &[],
                bad: &[example!(
                    r#""serviceAccountName": "trainer""#,
                    "ServiceAccount",
                    "default"
                )],
                good: &[example!(
                    r#""serviceAccountName": "trainer""#,
                    "ServiceAccount",
                    "trainer"
                )],
            },
            cel: &[],
        },
    ],
};
