//! The compute resources of the containers.
//!
//! What is written for a whole pod is not judged: Kubernetes 1.31 ignores it.

use super::{Entry, Family};
use crate::example::Example;
use crate::finding::Report;
use crate::fix::{Edit, FixTemplate};
use crate::json::{Json, Quoted};
use crate::pod::{COMPARED, Part, Pod, PodContainer};
use crate::rule::{Check, Level, Rule};
use crate::rule_doc::RuleDoc;
use crate::syntax::labels::check_label_key;
use crate::syntax::quantity::Quantity;
use crate::text;

const SOURCE: &str = "kubernetes v1.36.3 pkg/apis/core/validation/validation.go:\
                      validateResourceRequirements";

/// The resources of a container that every node has.
const STANDARD: [&str; 3] = ["cpu", "memory", "ephemeral-storage"];

/// What is written for such a resource, in lower case.
const MISTAKEN: [(&str, &str); 8] = [
    ("cpu", "cpu"),
    ("cpus", "cpu"),
    ("memory", "memory"),
    ("mem", "memory"),
    ("ram", "memory"),
    ("storage", "ephemeral-storage"),
    ("ephemeralstorage", "ephemeral-storage"),
    ("ephemeral-storage", "ephemeral-storage"),
];

/// The limits or the requests of a container.
struct Amounts<'p> {
    path: &'static str,
    /// What one of them is called.
    word: &'static str,
    list: &'p Json<'p>,
}

/// An amount of a resource.
struct Amount<'p> {
    name: &'p str,
    /// As written.
    text: &'p str,
}

impl<'p> Amounts<'p> {
    fn limits(container: PodContainer<'p, '_>) -> Self {
        Self {
            path: "resources.limits",
            word: "limit",
            list: &container.spec.resources.limits,
        }
    }

    fn requests(container: PodContainer<'p, '_>) -> Self {
        Self {
            path: "resources.requests",
            word: "request",
            list: &container.spec.resources.requests,
        }
    }

    /// The amounts, but for what is neither a text nor a number, which cannot be stored.
    fn iter(&self) -> impl Iterator<Item = Amount<'p>> + use<'p> {
        let entries = match self.list {
            Json::Object(entries) => entries.as_slice(),
            _ => &[],
        };
        entries.iter().filter_map(|(name, value)| {
            let text = match value {
                Json::Text(text) => &**text,
                Json::Number(text) => text,
                _ => return None,
            };
            Some(Amount { name, text })
        })
    }

    fn get(&self, name: &str) -> Option<Amount<'p>> {
        self.iter().find(|amount| amount.name == name)
    }
}

impl Amount<'_> {
    /// In thousandths, to which the API server rounds each amount; `None` if it is no
    /// quantity, which cannot be stored.
    fn thousandths(&self) -> Option<i64> {
        Quantity::parse(self.text).map(|quantity| quantity.milli_value())
    }

    /// The size of a page, if this is an amount of huge pages.
    fn page(&self) -> Option<&str> {
        self.name.strip_prefix("hugepages-")
    }

    /// Whether it is an amount of devices or the like, such as `nvidia.com/gpu`, which
    /// has a domain other than that of Kubernetes.
    fn is_extended(&self) -> bool {
        self.name.contains('/') && !text::has(self.name, "kubernetes.io/")
    }

    /// What is wrong with the name of the resource.
    fn name_fault(&self) -> Option<String> {
        if STANDARD.contains(&self.name) {
            None
        } else if let Err(error) = check_label_key(self.name) {
            Some(format!("has a name that is not valid: {error}"))
        } else if !self.name.contains('/') {
            let is_known = self.page().is_some();
            (!is_known).then(|| "names no resource that Kubernetes has".into())
        } else if !self.is_extended() {
            None
        } else if self.name.starts_with("requests.") {
            Some("begins with \"requests.\"".into())
        } else {
            // A quota has the name with this prefix.
            let error = check_label_key(&format!("requests.{}", self.name)).err()?;
            Some(format!("has a name that is not valid: {error}"))
        }
    }
}

/// Looks at each amount that a container of a pod has written.
fn each<'p, 's>(
    pod: Pod<'p, 's>,
    report: &mut Report,
    look: &mut dyn FnMut(PodContainer<'p, 's>, &Amounts<'p>, Amount<'p>, &mut Report),
) {
    for container in pod.containers() {
        for amounts in [Amounts::limits(container), Amounts::requests(container)] {
            for amount in amounts.iter() {
                if report.is_full() {
                    break;
                }
                look(container, &amounts, amount, report);
            }
        }
    }
}

/// Reports amounts by what is wrong with them: advice, if anything is.
fn amounts(pod: Pod<'_, '_>, report: &mut Report, fault: fn(&Amount<'_>) -> Option<&'static str>) {
    each(pod, report, &mut |container, amounts, amount, report| {
        if let Some(advice) = fault(&amount) {
            let detail = format!(
                "{} {} of {container} is {}",
                amounts.word,
                Quoted(amount.name),
                Quoted(amount.text)
            );
            let path = container.path(amounts.path).key(amount.name.to_owned());
            report.add(path, detail).advise(advice);
        }
    });
}

/// Reports requests by what is wrong with them beside their limits: advice, if
/// anything is.
fn requests(
    pod: Pod<'_, '_>,
    report: &mut Report,
    fault: fn(&Amount<'_>, Option<&Amount<'_>>) -> Option<&'static str>,
) {
    for container in pod.containers() {
        if report.is_full() {
            break;
        }
        let limits = Amounts::limits(container);
        let requests = Amounts::requests(container);
        for request in requests.iter().take(COMPARED) {
            if report.is_full() {
                break;
            }
            let limit = limits.get(request.name);
            let Some(advice) = fault(&request, limit.as_ref()) else {
                continue;
            };
            let mut detail = format!(
                "request {} of {container} is {}, ",
                Quoted(request.name),
                Quoted(request.text)
            );
            match limit {
                None => detail.push_str("and has no limit"),
                Some(limit) => detail.push_str(&format!("its limit {}", Quoted(limit.text))),
            }
            let path = container.path(requests.path).key(request.name.to_owned());
            report.add(path, detail).advise(advice);
        }
    }
}

/// Whether two amounts differ.
fn differ(request: &Amount<'_>, limit: &Amount<'_>) -> bool {
    request.thousandths() != limit.thousandths()
}

/// Whether an amount of huge pages is not a number of whole pages.
fn is_no_number_of_pages(amount: &Amount<'_>) -> bool {
    amount.page().is_some_and(|page| {
        let size = Quantity::parse(page).map_or(0, |page| page.value());
        let amount = Quantity::parse(amount.text).map(|amount| amount.value());
        size <= 0 || amount.is_some_and(|amount| amount.checked_rem(size) != Some(0))
    })
}

/// The patch that gives resources to the head's Ray container.
macro_rules! resources {
    ($resources:literal) => {
        concat!(
            r#"{"spec": {"rayClusterSpec": {"headGroupSpec": {"template": {"spec": {
                 "containers": [{"name": "ray-head", "image": "rayproject/ray:2.52.0",
                   "resources": "#,
            $resources,
            "}]}}}}}}"
        )
    };
}

const WHY: &str = "the API server refuses to create the pod";

pub(super) const FAMILY: Family = Family {
    title: "Pods: resources",
    entries: &[
        Entry {
            rule: Rule {
                id: "pod-resource-name",
                why: WHY,
                advice: "Write cpu, memory, ephemeral-storage, or the full name of a device, such \
                         as nvidia.com/gpu",
                fixes: &[FixTemplate {
                    title: "use the name that Kubernetes has for the resource",
                    safe: false,
                    edits: &[Edit::RenameProposed],
                }],
                check: Check::Pod(Part::Resources, |pod, _, report| {
                    each(pod, report, &mut |container, amounts, amount, report| {
                        let Some(fault) = amount.name_fault() else {
                            return;
                        };
                        let detail = format!(
                            "{} {} of {container} {fault}",
                            amounts.word,
                            Quoted(amount.name)
                        );
                        let path = container.path(amounts.path).key(amount.name.to_owned());
                        let lower = amount.name.to_ascii_lowercase();
                        let meant = MISTAKEN.iter().find(|(mistaken, _)| *mistaken == lower);
                        let meant = meant.map(|(_, meant)| *meant);
                        let is_free = |name: &&str| amounts.get(name).is_none();
                        report.add(path, detail).propose_name(meant.filter(is_free));
                    });
                }),
                ..Rule::POD
            },
            doc: RuleDoc {
                what: "A container limits or requests a resource whose name Kubernetes does not \
                       accept: one without a domain that is not `cpu`, `memory`, \
                       `ephemeral-storage` or `hugepages-SIZE`, or one that is not \
                       `domain/name`. The domain is lower case.",
                source: "kubernetes v1.36.3 pkg/apis/core/validation/validation.go:\
                         validateContainerResourceName",
                messages: &[],
                bad: &[
                    Example::job(resources!(r#"{"limits": {"gpu": 1}}"#)),
                    Example::job(resources!(r#"{"requests": {"CPU": 4, "memory": "8Gi"}}"#)),
                    Example::job(resources!(r#"{"limits": {"Nvidia.com/gpu": 1}}"#)),
                    Example::job(resources!(r#"{"limits": {"requests.nvidia.com/gpu": 1}}"#)),
                ],
                good: &[
                    Example::job(resources!(
                        r#"{"limits": {"cpu": 4, "memory": "8Gi",
                           "ephemeral-storage": "20Gi", "nvidia.com/gpu": 1}}"#
                    )),
                    Example::job(resources!(r#"{"limits": {"nvidia.com/mig-1g.5gb": 1}}"#)),
                ],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "pod-resources",
                why: WHY,
                advice: "Set requests to the limit or less",
                check: Check::Pod(Part::Resources, |pod, _, report| {
                    amounts(pod, report, |amount| {
                        let is_negative = amount.text.starts_with('-') && amount.thousandths()? < 0;
                        is_negative.then_some("Write an amount that is not negative")
                    });
                    requests(pod, report, |request, limit| {
                        let can_differ = !request.is_extended() && request.page().is_none();
                        let can_be_over = can_differ && request.text != limit?.text;
                        (can_be_over && request.thousandths()? > limit?.thousandths()?)
                            .then_some("Set the request to the limit or less")
                    });
                }),
                ..Rule::POD
            },
            doc: RuleDoc {
                what: "A container requests more of a resource than it is limited to, or has a \
                       negative amount. `autoscalerOptions.resources` is that of a container too.",
                source: SOURCE,
                messages: &[],
                bad: &[
                    Example::job(resources!(
                        r#"{"requests": {"memory": "8Gi"},
                           "limits": {"memory": "8G"}}"#
                    )),
                    Example::job(resources!(
                        r#"{"requests": {"cpu": "500m"}, "limits": {"cpu": 0}}"#
                    )),
                    Example::job(resources!(r#"{"limits": {"cpu": "-1"}}"#)),
                ],
                good: &[
                    Example::job(resources!(
                        r#"{"requests": {"cpu": "1000m", "memory": "4Gi"},
                           "limits": {"cpu": 1, "memory": "8Gi"}}"#
                    )),
                    Example::job(resources!(r#"{"requests": {"cpu": 4}}"#)),
                ],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "pod-extended-resource",
                why: "pods cannot share a device, and the API server refuses to create the pod",
                advice: "Write the same whole number for limit and request, or only the limit",
                check: Check::Pod(Part::Resources, |pod, _, report| {
                    amounts(pod, report, |amount| {
                        let is_part = || {
                            amount
                                .thousandths()
                                .is_some_and(|amount| amount % 1000 != 0)
                        };
                        (amount.is_extended() && is_part()).then_some("Write a whole number")
                    });
                    requests(pod, report, |request, limit| {
                        (request.is_extended() && differ(request, limit?))
                            .then_some("Write the same number for both, or only the limit")
                    });
                }),
                ..Rule::POD
            },
            doc: RuleDoc {
                what: "The amount of an extended resource, such as `nvidia.com/gpu`, is a \
                       fraction, or its request differs from its limit.",
                source: SOURCE,
                messages: &[],
                bad: &[
                    Example::job(resources!(r#"{"limits": {"nvidia.com/gpu": "0.5"}}"#)),
                    Example::job(resources!(
                        r#"{"requests": {"nvidia.com/gpu": 1},
                           "limits": {"nvidia.com/gpu": 2}}"#
                    )),
                ],
                good: &[
                    Example::job(resources!(r#"{"limits": {"nvidia.com/gpu": "2.0"}}"#)),
                    Example::job(resources!(
                        r#"{"requests": {"nvidia.com/gpu": "1"},
                           "limits": {"nvidia.com/gpu": 1}}"#
                    )),
                ],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "pod-extended-resource-no-limit",
                // A webhook may set the limit.
                level: Level::Warn,
                level_in_files: Some(Level::Deny),
                why: WHY,
                advice: "Write it below limits; the request defaults to the limit",
                check: Check::Pod(Part::Resources, |pod, _, report| {
                    requests(pod, report, |request, limit| {
                        (request.is_extended() && limit.is_none())
                            .then_some("Write it below limits; the request defaults to the limit")
                    });
                }),
                ..Rule::POD
            },
            doc: RuleDoc {
                what: "A container requests an extended resource, such as `nvidia.com/gpu`, \
                       without a limit.",
                source: SOURCE,
                messages: &[],
                bad: &[Example::job(resources!(
                    r#"{"requests": {"nvidia.com/gpu": 1}}"#
                ))],
                good: &[Example::job(resources!(
                    r#"{"limits": {"nvidia.com/gpu": 1}}"#
                ))],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "pod-hugepages",
                why: WHY,
                advice: "Limit memory or cpu too",
                check: Check::Pod(Part::Resources, |pod, _, report| {
                    amounts(pod, report, |amount| {
                        is_no_number_of_pages(amount).then_some("Write a multiple of the page size")
                    });
                    requests(pod, report, |request, limit| {
                        let is_same = || limit.is_some_and(|limit| !differ(request, limit));
                        (request.page().is_some() && !is_same())
                            .then_some("Write the same amount for both, or only the limit")
                    });
                    for container in pod.containers() {
                        if report.is_full() {
                            break;
                        }
                        let written = || {
                            let limits = Amounts::limits(container);
                            limits.iter().chain(Amounts::requests(container).iter())
                        };
                        if written().any(|amount| amount.page().is_some())
                            && !written().any(|amount| matches!(amount.name, "cpu" | "memory"))
                        {
                            let detail =
                                format!("{container} has huge pages, but neither memory nor cpu");
                            report.add(container.path("resources"), detail);
                        }
                    }
                }),
                ..Rule::POD
            },
            doc: RuleDoc {
                what: "The amount of huge pages, such as `hugepages-2Mi`, is not a multiple of \
                       the page size, or the request differs from the limit, or the \
                       container has an amount of neither `memory` nor `cpu`.",
                source: SOURCE,
                messages: &[],
                bad: &[
                    Example::job(resources!(
                        r#"{"limits": {"memory": "8Gi", "hugepages-2Mi": "3Mi"}}"#
                    )),
                    Example::job(resources!(
                        r#"{"requests": {"memory": "8Gi", "hugepages-2Mi": "4Mi"}}"#
                    )),
                    Example::job(resources!(r#"{"limits": {"hugepages-1Gi": "2Gi"}}"#)),
                ],
                good: &[Example::job(resources!(
                    r#"{"limits": {"memory": "8Gi", "hugepages-2Mi": "4Mi"}}"#
                ))],
            },
            cel: &[],
        },
    ],
};
