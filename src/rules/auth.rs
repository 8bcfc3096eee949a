//! Authentication.

use super::version::{self, VersionProblem};
use super::{cluster, family};
use crate::cel::Cel;
use crate::context::Context;
use crate::example::Example;
use crate::finding::Report;
use crate::fix::{At, Edit, FixTemplate};
use crate::raycluster::{AuthOptions, RayClusterSpec};
use crate::release::Release::{V1_5, V1_6};
use crate::rule::{Position, Releases, Rule};
use crate::rule_doc::RuleDoc;

/// Returns `authOptions`, if set, and their RayCluster.
fn options<'s>(context: &Context<'s>) -> Option<(&'s RayClusterSpec<'s>, &'s AuthOptions<'s>)> {
    let cluster = context.cluster()?;
    Some((cluster, cluster.auth_options.as_ref()?))
}

fn version(context: &Context<'_>, wanted: VersionProblem, report: &mut Report) {
    let Some((cluster, options)) = options(context) else {
        return;
    };
    if options.mode.as_deref() == Some("token") && version::problem(cluster, 2, 52) == Some(wanted)
    {
        let version = wanted.describe(cluster);
        report.add(
            context.cluster_path(version::PATH),
            format!("authOptions.mode is token, but {version}"),
        );
    }
}

const VERSION: Rule = Rule {
    releases: Releases::since(V1_5),
    why: "Ray supports token authentication since 2.52.0, and KubeRay reads the version only from rayVersion",
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
            edits: &[Edit::Set(
                At::Job("rayClusterSpec.authOptions.mode"),
                "\"disabled\"",
            )],
        },
    ],
    ..Rule::OPERATOR
};

const SOURCE: &str =
    "kuberay v1.7.0 ray-operator/controllers/ray/utils/validation.go:ValidateRayClusterSpec";

family!(
    "Authentication",
    [
        (
            Rule {
                id: "auth-k8s-token-rayjob",
                position: Position::job(19),
                releases: Releases::since(V1_6),
                why: "KubeRay does not support Kubernetes tokens for RayJobs",
                advice: "Remove enableK8sTokenAuth; with mode token, KubeRay generates its own token",
                fixes: &[FixTemplate {
                    title: "remove enableK8sTokenAuth",
                    safe: false,
                    edits: &[Edit::Remove(At::Finding)],
                }],
                check: |context, report| {
                    if options(context).is_some_and(|(_, options)| options.enable_k8s_token_auth) {
                        report.add(
                            context.cluster_path("authOptions.enableK8sTokenAuth"),
                            "enableK8sTokenAuth is true",
                        );
                    }
                },
                ..Rule::OPERATOR
            },
            RuleDoc {
                what: "`authOptions.enableK8sTokenAuth` is true.",
                source: "kuberay v1.7.0 ray-operator/controllers/ray/utils/validation.go:ValidateRayJobSpec",
                bad: &[Example::job(cluster!(
                    r#""rayVersion": "2.55.0", "authOptions": {"mode": "token", "enableK8sTokenAuth": true}"#
                ))],
                good: &[Example::job(cluster!(
                    r#""rayVersion": "2.55.0", "authOptions": {"mode": "token", "enableK8sTokenAuth": false}"#
                ))],
            },
            &[Cel {
                when: "cluster.?authOptions.?enableK8sTokenAuth.orValue(false)",
                path: "{job}.rayClusterSpec.authOptions.enableK8sTokenAuth",
                detail: "enableK8sTokenAuth is true",
                ..Cel::NEVER
            },],
        ),
        (
            Rule {
                id: "auth-version-missing",
                position: Position::cluster(23).step(1),
                check: |context, report| version(context, VersionProblem::Missing, report),
                ..VERSION
            },
            RuleDoc {
                what: "`authOptions.mode` is `token` and `rayVersion` is empty.",
                source: SOURCE,
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
            &[Cel {
                when: "cluster.?authOptions.?mode.orValue('') == 'token' && rayVersion == ''",
                path: "{job}.rayClusterSpec.rayVersion",
                detail: "authOptions.mode is token, but rayVersion is not set",
                ..Cel::NEVER
            },],
        ),
        (
            Rule {
                id: "auth-version-invalid",
                position: Position::cluster(23).step(2),
                check: |context, report| version(context, VersionProblem::Invalid, report),
                ..VERSION
            },
            RuleDoc {
                what: "`authOptions.mode` is `token` and `rayVersion` is not a version number: KubeRay requires at least two \
                   numbers joined by a dot and ignores anything after them.",
                source: SOURCE,
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
                        r#""rayVersion": "3.0.0.dev0", "authOptions": {"mode": "token"}"#
                    )),
                ],
            },
            &[Cel {
                when: "cluster.?authOptions.?mode.orValue('') == 'token' && rayVersion != '' && !rayVersionIsValid",
                path: "{job}.rayClusterSpec.rayVersion",
                detail: "authOptions.mode is token, but rayVersion {quoted(rayVersion)} is not a version number",
                ..Cel::NEVER
            },],
        ),
        (
            Rule {
                id: "auth-version-old",
                position: Position::cluster(23).step(3),
                check: |context, report| version(context, VersionProblem::Old, report),
                ..VERSION
            },
            RuleDoc {
                what: "`authOptions.mode` is `token` and `rayVersion` is older than 2.52.0; a suffix such as `rc1` is ignored.",
                source: SOURCE,
                bad: &[Example::job(cluster!(
                    r#""rayVersion": "2.51.1", "authOptions": {"mode": "token"}"#
                ))],
                good: &[Example::job(cluster!(
                    r#""rayVersion": "2.52.0rc1", "authOptions": {"mode": "token"}"#
                ))],
            },
            &[Cel {
                when: r"cluster.?authOptions.?mode.orValue('') == 'token' && rayVersionIsValid && !rayVersion.matches(r'^[ \t\n\f\r]*v?([3-9]\.|[1-9][0-9]+\.|2\.0*(5[2-9]|[6-9][0-9]|[1-9][0-9]{2}))')",
                path: "{job}.rayClusterSpec.rayVersion",
                detail: "authOptions.mode is token, but rayVersion is {quoted(rayVersion)}",
                ..Cel::NEVER
            },],
        ),
    ]
);
