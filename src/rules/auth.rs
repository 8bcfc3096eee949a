//! Authentication.

use super::version::{self, VersionProblem};
use super::{Entry, Family, cluster};
use crate::cel::Cel;
use crate::cluster::Cluster;
use crate::context::Context;
use crate::example::Example;
use crate::finding::Report;
use crate::fix::{At, Edit, FixTemplate};
use crate::json::Quoted;
use crate::kind::{Kind, Kinds};
use crate::raycluster::AuthOptions;
use crate::release::Release::{V1_5, V1_6};
use crate::rule::{Check, Position, Releases, Rule};
use crate::rule_doc::RuleDoc;

fn version(cluster: Cluster<'_>, wanted: VersionProblem, report: &mut Report) {
    let Some(options) = &cluster.auth_options else {
        return;
    };
    if options.is_token() && version::problem(&cluster, 2, 52) == Some(wanted) {
        let version = wanted.describe(&cluster);
        report.add(
            cluster.path(version::PATH),
            format!("authOptions.mode is token, but {version}"),
        );
    }
}

const VERSION: Rule = Rule {
    releases: Releases::since(V1_5),
    why: "Ray supports token authentication since 2.52.0, and KubeRay reads the version only from \
          rayVersion",
    advice: "Set rayVersion to the Ray version in the image, which must be 2.52.0 or newer",
    fixes: &[
        FixTemplate {
            title: "set rayVersion to 2.52.0",
            safe: false,
            edits: &[Edit::Set(At::Finding, "\"2.52.0\"")],
        },
        FixTemplate {
            title: "set authOptions.mode to disabled: Ray does not check tokens",
            safe: false,
            edits: &[Edit::Set(At::Cluster("authOptions.mode"), "\"disabled\"")],
        },
    ],
    ..Rule::OPERATOR
};

/// The options of a RayCluster that checks tokens with Kubernetes.
fn k8s_token<'s>(cluster: Cluster<'s>) -> Option<&'s AuthOptions<'s>> {
    let options = cluster.spec.auth_options.as_ref();
    options.filter(|options| options.enable_k8s_token_auth)
}

/// Reports that the RayCluster of a job or a service checks tokens with Kubernetes.
pub(super) fn unsupported_k8s_token(cluster: Cluster<'_>, _: &Context<'_>, report: &mut Report) {
    if k8s_token(cluster).is_some() {
        report.add(
            cluster.path("authOptions.enableK8sTokenAuth"),
            "enableK8sTokenAuth is true",
        );
    }
}

/// [`unsupported_k8s_token`] in CEL.
pub(super) const UNSUPPORTED_K8S_TOKEN: &[Cel] = &[Cel {
    when: "cluster.?authOptions.?enableK8sTokenAuth.orValue(false)",
    path: "{cluster}.authOptions.enableK8sTokenAuth",
    detail: "enableK8sTokenAuth is true",
    ..Cel::NEVER
}];

/// The patch of a RayCluster that checks tokens with Kubernetes, with more `authOptions`.
macro_rules! k8s_token {
    ($more:literal) => {
        concat!(
            r#"{"spec": {"rayVersion": "2.55.0", "headGroupSpec": {"template": {"spec": {
                  "containers": [{"name": "ray-head", "image": "example.com/ray:1"}]}}},
                "authOptions": {"mode": "token", "enableK8sTokenAuth": true"#,
            $more,
            "}}}"
        )
    };
}

const SOURCE: &str = "kuberay v1.7.0 \
                      ray-operator/controllers/ray/utils/validation.go:ValidateRayClusterSpec";

pub(super) const FAMILY: Family = Family {
    title: "Authentication",
    entries: &[
        Entry {
            rule: Rule {
                id: "auth-k8s-token-rayjob",
                position: Position::job(190),
                releases: Releases::since(V1_6),
                kinds: Kinds::JOBS,
                why: "KubeRay does not support Kubernetes tokens for RayJobs",
                advice: "Remove enableK8sTokenAuth; with mode token, KubeRay generates its own \
                         token",
                fixes: &[FixTemplate {
                    title: "remove enableK8sTokenAuth",
                    safe: false,
                    edits: &[Edit::Remove(At::Finding)],
                }],
                check: Check::Cluster(unsupported_k8s_token),
                ..Rule::OPERATOR
            },
            doc: RuleDoc {
                what: "`authOptions.enableK8sTokenAuth` is true.",
                source: "kuberay v1.7.0 \
                         ray-operator/controllers/ray/utils/validation.go:ValidateRayJobSpec",
                messages: &["K8s token auth mode is currently not supported for RayJob"],
                bad: &[Example::job(cluster!(
                    r#""rayVersion": "2.55.0",
                       "headGroupSpec": {"template": {"spec": {"containers": [
                         {"name": "ray-head", "image": "example.com/train:1"}]}}},
                       "authOptions": {"mode": "token", "enableK8sTokenAuth": true}"#
                ))],
                good: &[Example::job(cluster!(
                    r#""rayVersion": "2.55.0",
                       "headGroupSpec": {"template": {"spec": {"containers": [
                         {"name": "ray-head", "image": "example.com/train:1"}]}}},
                       "authOptions": {"mode": "token", "enableK8sTokenAuth": false}"#
                ))],
            },
            cel: UNSUPPORTED_K8S_TOKEN,
        },
        Entry {
            rule: Rule {
                id: "auth-k8s-token-mode",
                position: Position::cluster(230).step(4),
                releases: Releases::since(V1_6),
                kinds: Kinds::only(Kind::RayCluster),
                why: "Kubernetes tokens are a way to check the tokens of this mode",
                advice: "Set authOptions.mode to token, or remove enableK8sTokenAuth",
                fixes: &[FixTemplate {
                    title: "set authOptions.mode to token",
                    safe: false,
                    edits: &[Edit::Set(At::Cluster("authOptions.mode"), "\"token\"")],
                }],
                check: Check::Cluster(|cluster, _, report| {
                    if k8s_token(cluster).is_some_and(|options| !options.is_token()) {
                        report.add(
                            cluster.path("authOptions.enableK8sTokenAuth"),
                            "enableK8sTokenAuth is true, and authOptions.mode is not token",
                        );
                    }
                }),
                ..Rule::OPERATOR
            },
            doc: RuleDoc {
                what: "`authOptions.enableK8sTokenAuth` of a RayCluster is true, and \
                       `authOptions.mode` is not `token`.",
                source: SOURCE,
                messages: &["authOptions.enableK8sTokenAuth is enabled but authOptions.mode not"],
                bad: &[Example::cluster(
                    r#"{"spec": {"authOptions": {"mode": "disabled",
                                                 "enableK8sTokenAuth": true}}}"#,
                )],
                good: &[Example::cluster(k8s_token!(""))],
            },
            cel: &[Cel {
                when: "cluster.?authOptions.?enableK8sTokenAuth.orValue(false) && \
                       cluster.?authOptions.?mode.orValue('') != 'token'",
                path: "{cluster}.authOptions.enableK8sTokenAuth",
                detail: "enableK8sTokenAuth is true, and authOptions.mode is not token",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "auth-k8s-token-version",
                position: Position::cluster(230).step(4),
                releases: Releases::since(V1_6),
                kinds: Kinds::only(Kind::RayCluster),
                why: "Ray checks tokens with Kubernetes since 2.55.0",
                advice: "Set rayVersion to the Ray version in the image, which must be 2.55.0 or \
                         newer, or remove enableK8sTokenAuth",
                fixes: &[FixTemplate {
                    title: "remove enableK8sTokenAuth",
                    safe: false,
                    edits: &[Edit::Remove(At::Cluster("authOptions.enableK8sTokenAuth"))],
                }],
                check: Check::Cluster(|cluster, _, report| {
                    let is_token = k8s_token(cluster).is_some_and(AuthOptions::is_token);
                    // Before 2.52, auth-version-old reports this.
                    if is_token
                        && version::problem(&cluster, 2, 52).is_none()
                        && version::problem(&cluster, 2, 55).is_some()
                    {
                        let version = Quoted(&cluster.ray_version);
                        report.add(
                            cluster.path(version::PATH),
                            format!("enableK8sTokenAuth is true, but rayVersion is {version}"),
                        );
                    }
                }),
                ..Rule::OPERATOR
            },
            doc: RuleDoc {
                what: "`authOptions.enableK8sTokenAuth` of a RayCluster is true, and `rayVersion` \
                       is from 2.52.0 to 2.54.",
                source: SOURCE,
                messages: &["authOptions.enableK8sTokenAuth is enabled but minimum Ray version"],
                bad: &[Example::cluster(
                    r#"{"spec": {"rayVersion": "2.54.0", "headGroupSpec": {"template": {"spec": {
                          "containers": [{"name": "ray-head", "image": "example.com/ray:1"}]}}},
                        "authOptions": {"mode": "token", "enableK8sTokenAuth": true}}}"#,
                )],
                good: &[Example::cluster(k8s_token!(""))],
            },
            cel: &[Cel {
                when: concat!(
                    "cluster.?authOptions.?enableK8sTokenAuth.orValue(false) && ",
                    "cluster.?authOptions.?mode.orValue('') == 'token' && rayVersionIsValid && ",
                    r"rayVersion.matches(r'^[ \t\n\f\r]*v?2\.0*5[2-4]([^0-9]|$)')",
                ),
                path: "{cluster}.rayVersion",
                detail: "enableK8sTokenAuth is true, but rayVersion is {quoted(rayVersion)}",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "auth-k8s-token-secret",
                position: Position::cluster(230).step(5),
                releases: Releases::since(V1_6),
                kinds: Kinds::only(Kind::RayCluster),
                why: "with Kubernetes tokens there is no Secret with the token of the RayCluster",
                advice: "Remove secretName or enableK8sTokenAuth",
                fixes: &[FixTemplate {
                    title: "remove secretName",
                    safe: false,
                    edits: &[Edit::Remove(At::Finding)],
                }],
                check: Check::Cluster(|cluster, _, report| {
                    let options = k8s_token(cluster).filter(|options| options.is_token());
                    if options.is_some_and(|options| !options.secret_name.is_empty()) {
                        report.add(
                            cluster.path("authOptions.secretName"),
                            "enableK8sTokenAuth is true, and secretName is set too",
                        );
                    }
                }),
                ..Rule::OPERATOR
            },
            doc: RuleDoc {
                what: "`authOptions` of a RayCluster have both `enableK8sTokenAuth` and \
                       `secretName`.",
                source: SOURCE,
                messages: &["authOptions.enableK8sTokenAuth is enabled and authOptions.secretName"],
                bad: &[Example::cluster(k8s_token!(
                    r#", "secretName": "ray-token""#
                ))],
                good: &[Example::cluster(k8s_token!(""))],
            },
            cel: &[Cel {
                when: "cluster.?authOptions.?enableK8sTokenAuth.orValue(false) && \
                       cluster.?authOptions.?mode.orValue('') == 'token' && \
                       cluster.?authOptions.?secretName.orValue('') != ''",
                path: "{cluster}.authOptions.secretName",
                detail: "enableK8sTokenAuth is true, and secretName is set too",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "auth-version-missing",
                position: Position::cluster(230).step(1),
                check: Check::Cluster(|cluster, _, report| {
                    version(cluster, VersionProblem::Missing, report);
                }),
                ..VERSION
            },
            doc: RuleDoc {
                what: "`authOptions.mode` is `token` and `rayVersion` is empty.",
                source: SOURCE,
                messages: &["authOptions.mode is 'token' but RayVersion was not"],
                bad: &[
                    Example::job(cluster!(
                        r#""rayVersion": "", "authOptions": {"mode": "token"}"#
                    )),
                    Example::job(cluster!(
                        r#""rayVersion": null, "authOptions": {"mode": "token"}"#
                    )),
                ],
                good: &[
                    Example::job(cluster!(
                        r#""rayVersion": "2.52.0", "authOptions": {"mode": "token"}"#
                    )),
                    Example::job(cluster!(
                        r#""rayVersion": "", "authOptions": {"mode": "disabled"}"#
                    )),
                ],
            },
            cel: &[Cel {
                when: "cluster.?authOptions.?mode.orValue('') == 'token' && rayVersion == ''",
                path: "{cluster}.rayVersion",
                detail: "authOptions.mode is token, but rayVersion is not set",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "auth-version-invalid",
                position: Position::cluster(230).step(2),
                check: Check::Cluster(|cluster, _, report| {
                    version(cluster, VersionProblem::Invalid, report);
                }),
                ..VERSION
            },
            doc: RuleDoc {
                what: "`authOptions.mode` is `token` and `rayVersion` is not a version number: \
                       KubeRay requires at least two numbers joined by a dot and ignores anything \
                       after them.",
                source: SOURCE,
                messages: &["authOptions.mode is 'token' but RayVersion format"],
                bad: &[
                    Example::job(cluster!(
                        r#""rayVersion": "nightly", "authOptions": {"mode": "token"}"#
                    )),
                    Example::job(cluster!(
                        r#""rayVersion": "3", "authOptions": {"mode": "token"}"#
                    )),
                ],
                good: &[
                    Example::job(cluster!(
                        r#""rayVersion": "2.52", "authOptions": {"mode": "token"}"#
                    )),
                    Example::job(cluster!(
                        r#""rayVersion": "3.0.0.dev0", "authOptions": {"mode": "token"},
                       "headGroupSpec": {"template": {"spec": {"containers": [
                         {"name": "ray-head", "image": "example.com/train:1"}]}}}"#
                    )),
                ],
            },
            cel: &[Cel {
                when: "cluster.?authOptions.?mode.orValue('') == 'token' && rayVersion != '' && \
                       !rayVersionIsValid",
                path: "{cluster}.rayVersion",
                detail: "authOptions.mode is token, but rayVersion {quoted(rayVersion)} is not a \
                         version number",
                ..Cel::NEVER
            }],
        },
        Entry {
            rule: Rule {
                id: "auth-version-old",
                position: Position::cluster(230).step(3),
                check: Check::Cluster(|cluster, _, report| {
                    version(cluster, VersionProblem::Old, report);
                }),
                ..VERSION
            },
            doc: RuleDoc {
                what: "`authOptions.mode` is `token` and `rayVersion` is older than 2.52.0; a \
                       suffix such as `rc1` is ignored.",
                source: SOURCE,
                messages: &["authOptions.mode is 'token' but minimum"],
                bad: &[Example::job(cluster!(
                    r#""rayVersion": "2.51.1", "authOptions": {"mode": "token"},
                       "headGroupSpec": {"template": {"spec": {"containers": [
                         {"name": "ray-head", "image": "example.com/train:1"}]}}}"#
                ))],
                good: &[Example::job(cluster!(
                    r#""rayVersion": "2.52.0rc1", "authOptions": {"mode": "token"}"#
                ))],
            },
            cel: &[Cel {
                when: concat!(
                    "cluster.?authOptions.?mode.orValue('') == 'token' && rayVersionIsValid",
                    r" && !rayVersion.matches(r'^[ \t\n\f\r]*v?([3-9]\.|[1-9][0-9]+\.",
                    r"|2\.0*(5[2-9]|[6-9][0-9]|[1-9][0-9]{2}))')",
                ),
                path: "{cluster}.rayVersion",
                detail: "authOptions.mode is token, but rayVersion is {quoted(rayVersion)}",
                ..Cel::NEVER
            }],
        },
    ],
};
