//! Authentication.

use super::version::{self, VersionProblem};
use super::{Entry, Family, cluster};
use crate::cel::Cel;
use crate::cluster::Cluster;
use crate::example::Example;
use crate::finding::Report;
use crate::fix::{At, Edit, FixTemplate};
use crate::kind::Kinds;
use crate::release::Release::{V1_5, V1_6};
use crate::rule::{Check, Position, Releases, Rule};
use crate::rule_doc::RuleDoc;

fn version(cluster: Cluster<'_>, wanted: VersionProblem, report: &mut Report) {
    let Some(options) = &cluster.auth_options else {
        return;
    };
    if options.mode.as_deref() == Some("token") && version::problem(&cluster, 2, 52) == Some(wanted)
    {
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
                check: Check::Cluster(|cluster, _, report| {
                    let options = cluster.auth_options.as_ref();
                    if options.is_some_and(|options| options.enable_k8s_token_auth) {
                        report.add(
                            cluster.path("authOptions.enableK8sTokenAuth"),
                            "enableK8sTokenAuth is true",
                        );
                    }
                }),
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
            cel: &[Cel {
                when: "cluster.?authOptions.?enableK8sTokenAuth.orValue(false)",
                path: "{cluster}.authOptions.enableK8sTokenAuth",
                detail: "enableK8sTokenAuth is true",
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
