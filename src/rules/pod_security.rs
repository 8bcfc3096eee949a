//! The security contexts of pods and containers.

use std::fmt;

use super::pod_env::EnvFault;
use super::{Entry, Family, head_spec, ray_container};
use crate::example::Example;
use crate::fix::{Edit, FixTemplate};
use crate::json::{Json, Path, Quoted};
use crate::pod::{COMPARED, Part, Pod};
use crate::rule::{Check, Rule};
use crate::rule_doc::RuleDoc;

const REFUSED: &str = "the API server refuses to create the pod";

/// A capability that lets a process gain privileges. Kubernetes knows only this spelling.
const SYS_ADMIN: &str = "CAP_SYS_ADMIN";

/// The values of `seccompProfile.type` and of `appArmorProfile.type`.
const PROFILES: [&str; 3] = ["RuntimeDefault", "Localhost", "Unconfined"];

/// The values of `fsGroupChangePolicy`.
const CHANGE_POLICIES: [&str; 2] = ["OnRootMismatch", "Always"];

/// What the security contexts of a pod are handed to: each with its path and its owner.
type Visit<'v> = dyn FnMut(&Json<'_>, &dyn Fn() -> Path, &dyn fmt::Display) + 'v;

/// Visits `securityContext` of a pod and of its containers, where it is written.
fn security_contexts(pod: Pod<'_, '_>, visit: &mut Visit<'_>) {
    let context = &pod.spec().security_context;
    if context.is_set() {
        visit(context, &|| pod.path("spec.securityContext"), &pod);
    }
    for container in pod.containers() {
        let context = &container.spec.security_context;
        if context.is_set() {
            let path = || container.path("securityContext");
            visit(context, &path, &format_args!("{container}"));
        }
    }
}

/// Whether a number is a user or a group: not negative, and at most 31 bits.
fn is_id(number: i64) -> bool {
    u32::try_from(number).is_ok_and(|id| id <= i32::MAX.cast_unsigned())
}

/// What is wrong with `localhostProfile` of a profile that is on the node.
fn localhost_problem(kind: &str, profile: &str) -> Option<&'static str> {
    if kind == "seccompProfile" {
        if profile.starts_with('/') {
            return Some("begins with '/'");
        }
        return profile
            .split('/')
            .any(|part| part == "..")
            .then_some("has '..'");
    }
    if profile.is_empty() {
        return Some("is empty");
    }
    (profile.trim() != profile).then_some("has white space at an end")
}

/// Whether a text is the name of a kernel parameter: words joined by dots or slashes.
fn is_sysctl(name: &str) -> bool {
    let alphanumeric = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    name.len() <= 253
        && name.split(['.', '/']).map(str::as_bytes).all(|word| {
            word.first().is_some_and(alphanumeric)
                && word.last().is_some_and(alphanumeric)
                && word
                    .iter()
                    .all(|byte| alphanumeric(byte) || matches!(byte, b'-' | b'_'))
        })
}

pub(super) const FAMILY: Family = Family {
    title: "Pods: security",
    entries: &[
        Entry {
            rule: Rule {
                id: "pod-run-as",
                why: REFUSED,
                advice: "Write a number from 0 to 2147483647",
                check: Check::Pod(Part::Security, |pod, _, report| {
                    security_contexts(pod, &mut |context, path, owner| {
                        for field in ["runAsUser", "runAsGroup", "fsGroup"] {
                            let id = context.get(field).integer();
                            if let Some(id) = id.filter(|&id| !is_id(id)) {
                                let detail = format!("{field} of {owner} is {id}");
                                report.add(path().at(field), detail);
                            }
                        }
                        let groups = context.get("supplementalGroups").items();
                        for (index, group) in groups.iter().enumerate() {
                            if report.is_full() {
                                break;
                            }
                            if let Some(id) = group.integer().filter(|&id| !is_id(id)) {
                                let detail = format!("supplementalGroups of {owner} has {id}");
                                let path = path().at("supplementalGroups").index(index);
                                report.add(path, detail);
                            }
                        }
                    });
                }),
                ..Rule::POD
            },
            doc: RuleDoc {
                what: "`runAsUser`, `runAsGroup`, `fsGroup` or an item of `supplementalGroups` is \
                       negative or above 2147483647.",
                source: "kubernetes v1.36.3 \
                         pkg/apis/core/validation/validation.go:ValidateSecurityContext",
                messages: &[],
                bad: &[
                    Example::job(ray_container!(r#""securityContext": {"runAsUser": -1}"#)),
                    Example::job(head_spec!(
                        r#""securityContext": {
                           "fsGroup": 2147483648, "supplementalGroups": [0, -5]}"#
                    )),
                ],
                good: &[Example::job(ray_container!(
                    r#""securityContext": {"runAsUser": 0, "runAsGroup": 2147483647}"#
                ))],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "pod-security-profile",
                why: REFUSED,
                advice: "Write RuntimeDefault, Localhost or Unconfined",
                fixes: &[FixTemplate {
                    title: "write the type as Kubernetes spells it",
                    safe: true,
                    edits: &[Edit::SetProposed],
                }],
                check: Check::Pod(Part::Security, |pod, _, report| {
                    security_contexts(pod, &mut |context, path, owner| {
                        for kind in ["seccompProfile", "appArmorProfile"] {
                            let profile = context.get(kind);
                            let (written, file) =
                                (profile.get("type").text(), profile.get("localhostProfile"));
                            let is_local = written == "Localhost";
                            let (field, problem, advice) = if !profile.is_set() {
                                continue;
                            } else if !PROFILES.contains(&written) {
                                let problem = format!("type {}", Quoted(written));
                                (
                                    "type",
                                    problem,
                                    "Write RuntimeDefault, Localhost or Unconfined",
                                )
                            } else if !is_local && file.is_set() {
                                let problem = format!("localhostProfile, but type {written}");
                                let advice = "Remove localhostProfile, or set type to Localhost";
                                ("localhostProfile", problem, advice)
                            } else if is_local && !file.is_set() {
                                let problem = "type Localhost, but no localhostProfile".into();
                                let advice = "Set localhostProfile to the profile on the node";
                                ("localhostProfile", problem, advice)
                            } else if let Some(problem) = localhost_problem(kind, file.text())
                                && is_local
                            {
                                let file = Quoted(file.text());
                                let problem = format!("localhostProfile {file}, which {problem}");
                                let advice = "Write the profile below the directory of profiles \
                                              on the node, without '..' and white space";
                                ("localhostProfile", problem, advice)
                            } else {
                                continue;
                            };
                            let mut known = PROFILES.into_iter();
                            let meant = known.find(|known| known.eq_ignore_ascii_case(written));
                            // With the right type, localhostProfile may be the next fault.
                            let fits = |kind: &&str| match file.is_set() {
                                true => *kind == "Localhost",
                                false => *kind != "Localhost",
                            };
                            let meant = meant.filter(|_| field == "type").filter(fits);
                            let has_fault = || localhost_problem(kind, file.text()).is_some();
                            let meant = meant.filter(|_| !file.is_set() || !has_fault());
                            let fault = EnvFault {
                                field,
                                proposal: meant,
                                ..EnvFault::new(format!("has {problem}"), advice)
                            };
                            fault.report(path().at(kind), &format!("{kind} of {owner}"), report);
                        }
                    });
                }),
                ..Rule::POD
            },
            doc: RuleDoc {
                what: "In `seccompProfile` or `appArmorProfile`, `type` is none of \
                       `RuntimeDefault`, `Localhost` and `Unconfined`, or `localhostProfile` is \
                       missing for `Localhost` or set for another type. For a seccomp profile it \
                       is also an absolute path or has `..`, for an AppArmor profile it is empty \
                       or has white space at an end.",
                source: "kubernetes v1.36.3 \
                         pkg/apis/core/validation/validation.go:validateSeccompProfileField",
                messages: &[],
                bad: &[
                    Example::job(ray_container!(
                        r#""securityContext": {"seccompProfile": {"type": "runtimeDefault"}}"#
                    )),
                    Example::job(head_spec!(
                        r#""securityContext": {
                           "seccompProfile": {"type": "Localhost"}}"#
                    )),
                    Example::job(ray_container!(
                        r#""securityContext": {"appArmorProfile": {
                               "type": "RuntimeDefault", "localhostProfile": "ray"}}"#
                    )),
                    Example::job(ray_container!(
                        r#""securityContext": {"seccompProfile": {
                               "type": "Localhost", "localhostProfile": "../ray.json"}}"#
                    )),
                ],
                good: &[
                    Example::job(ray_container!(
                        r#""securityContext": {"seccompProfile": {
                               "type": "Localhost", "localhostProfile": "profiles/ray.json"}}"#
                    )),
                    Example::job(head_spec!(
                        r#""securityContext": {
                           "seccompProfile": {"type": "RuntimeDefault"}}"#
                    )),
                ],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "pod-privilege",
                why: "the two contradict each other, and the API server refuses to create the pod",
                advice: "Remove one of them",
                check: Check::Pod(Part::Security, |pod, _, report| {
                    security_contexts(pod, &mut |context, path, owner| {
                        let flag = |field| match context.get(field) {
                            Json::Boolean(flag) => Some(*flag),
                            _ => None,
                        };
                        let added = context.get("capabilities").get("add").items();
                        let has = if flag("allowPrivilegeEscalation") != Some(false) {
                            return;
                        } else if flag("privileged") == Some(true) {
                            "privileged: true"
                        } else if added
                            .iter()
                            .any(|capability| capability.text() == SYS_ADMIN)
                        {
                            "the capability CAP_SYS_ADMIN"
                        } else {
                            return;
                        };
                        let detail =
                            format!("{owner} has {has} and allowPrivilegeEscalation: false");
                        report.add(path().at("allowPrivilegeEscalation"), detail);
                    });
                    if pod.spec().host_pid && pod.spec().share_process_namespace {
                        let detail = format!("{pod} has hostPID and shareProcessNamespace");
                        report.add(pod.path("spec.shareProcessNamespace"), detail);
                    }
                }),
                ..Rule::POD
            },
            doc: RuleDoc {
                what: "A container has `allowPrivilegeEscalation: false` and is `privileged` or \
                       adds the capability `CAP_SYS_ADMIN`; or a pod has both `hostPID` and \
                       `shareProcessNamespace`.",
                source: "kubernetes v1.36.3 \
                         pkg/apis/core/validation/validation.go:ValidateSecurityContext",
                messages: &[],
                bad: &[
                    Example::job(ray_container!(
                        r#""securityContext": {"privileged": true,
                                               "allowPrivilegeEscalation": false}"#
                    )),
                    Example::job(ray_container!(
                        r#""securityContext": {"allowPrivilegeEscalation": false,
                                               "capabilities": {"add": ["CAP_SYS_ADMIN"]}}"#
                    )),
                    Example::job(head_spec!(
                        r#""hostPID": true, "shareProcessNamespace": true"#
                    )),
                ],
                good: &[Example::job(ray_container!(
                    r#""securityContext": {"allowPrivilegeEscalation": false,
                                           "capabilities": {"add": ["SYS_ADMIN"]}}"#
                ))],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "pod-fs-group-change-policy",
                why: REFUSED,
                advice: "Write OnRootMismatch or Always",
                fixes: &[FixTemplate {
                    title: "write the value as Kubernetes spells it",
                    safe: true,
                    edits: &[Edit::SetProposed],
                }],
                check: Check::Pod(Part::Security, |pod, _, report| {
                    let policy = pod.spec().security_context.get("fsGroupChangePolicy");
                    if policy.is_set() && !CHANGE_POLICIES.contains(&policy.text()) {
                        let policy = policy.text();
                        let mut known = CHANGE_POLICIES.into_iter();
                        let meant = known.find(|known| known.eq_ignore_ascii_case(policy));
                        let path = pod.path("spec.securityContext.fsGroupChangePolicy");
                        let detail = format!("fsGroupChangePolicy of {pod} is {}", Quoted(policy));
                        report.add(path, detail).propose(meant);
                    }
                }),
                ..Rule::POD
            },
            doc: RuleDoc {
                what: "`fsGroupChangePolicy` in `securityContext` of a pod is neither \
                       `OnRootMismatch` nor `Always`.",
                source: "kubernetes v1.36.3 \
                         pkg/apis/core/validation/validation.go:validateFSGroupChangePolicy",
                messages: &[],
                bad: &[
                    Example::job(head_spec!(
                        r#""securityContext": {"fsGroupChangePolicy": "onRootMismatch"}"#
                    )),
                    Example::job(head_spec!(
                        r#""securityContext": {"fsGroupChangePolicy": "Never"}"#
                    )),
                ],
                good: &[Example::job(head_spec!(
                    r#""securityContext": {"fsGroup": 100,
                                           "fsGroupChangePolicy": "OnRootMismatch"}"#
                ))],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "pod-sysctl",
                why: REFUSED,
                advice: "Write the name of a kernel parameter, such as net.core.somaxconn, once",
                check: Check::Pod(Part::Security, |pod, _, report| {
                    let sysctls = pod.spec().security_context.get("sysctls").items();
                    let mut names = Vec::new();
                    for (index, sysctl) in sysctls.iter().enumerate() {
                        if report.is_full() {
                            break;
                        }
                        let name = sysctl.get("name").text();
                        let problem = if names.contains(&name) {
                            " twice"
                        } else if is_sysctl(name) {
                            ""
                        } else {
                            ", which is no name of a kernel parameter"
                        };
                        if names.len() < COMPARED {
                            names.push(name);
                        }
                        if !problem.is_empty() {
                            let detail = format!("sysctls of {pod} has {}{problem}", Quoted(name));
                            let path = pod.path("spec.securityContext.sysctls");
                            report.add(path.index(index).at("name"), detail);
                        }
                    }
                }),
                ..Rule::POD
            },
            doc: RuleDoc {
                what: "A name in `securityContext.sysctls` is not made of lowercase letters, \
                       digits, `-` and `_`, joined by `.` or `/`, or is there twice.",
                source: "kubernetes v1.36.3 pkg/apis/core/validation/validation.go:validateSysctls",
                messages: &[],
                bad: &[
                    Example::job(head_spec!(
                        r#""securityContext": {"sysctls": [
                           {"name": "net.core.SoMaxConn", "value": "1024"}]}"#
                    )),
                    Example::job(head_spec!(
                        r#""securityContext": {"sysctls": [
                           {"name": "net.core.somaxconn", "value": "1024"},
                           {"name": "net.core.somaxconn", "value": "4096"}]}"#
                    )),
                ],
                good: &[Example::job(head_spec!(
                    r#""securityContext": {"sysctls": [
                       {"name": "net.core.somaxconn", "value": "1024"},
                       {"name": "kernel/shm_rmid_forced", "value": "1"}]}"#
                ))],
            },
            cel: &[],
        },
    ],
};
