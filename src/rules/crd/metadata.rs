//! The metadata of the object itself, of which the API server demands the same
//! in all kinds.

use super::{REFUSED, family};
use crate::crd::claim::Claim::Demand;
use crate::crd::claim::Demand::{Presence, Value};
use crate::example::Example;
use crate::rule::Rule;
use crate::rule_doc::RuleDoc;

const SOURCE: &str =
    "k8s.io/apimachinery v0.35.0 pkg/api/validation/objectmeta.go:ValidateObjectMetaAccessor";

family!(
    "API server: metadata",
    [
        (
            Rule {
                id: "crd-metadata-name",
                advice: "Write lower-case letters, digits and -, a letter first and no - last",
                ..REFUSED
            },
            RuleDoc {
                what: "The `name`, `generateName` or `namespace` of the object is not one that the API server takes, or there \
                   is neither a `name` nor a `generateName`. Names are lower-case letters, digits, `-` and `.`, a letter or \
                   digit at each end and beside each `.`, at most 253 of them; the name of a namespace has no `.` and at \
                   most 63. KubeRay takes fewer names.",
                source: SOURCE,
                bad: &[
                    Example::job(r#"{"metadata": {"name": "train_1"}}"#),
                    Example::job(r#"{"metadata": {"name": null}}"#),
                    Example::job(r#"{"metadata": {"name": null, "generateName": "Train-"}}"#),
                    Example::job(r#"{"metadata": {"namespace": "ml.prod"}}"#),
                ],
                good: &[
                    Example::job(r#"{"metadata": {"name": "train-1", "namespace": "ml"}}"#),
                    Example::job(r#"{"metadata": {"name": null, "generateName": "train-"}}"#),
                ],
            },
            [
                Demand(Presence, "metadata.name"),
                Demand(Value, "metadata.name"),
                Demand(Value, "metadata.generateName"),
                Demand(Value, "metadata.namespace"),
            ],
        ),
        (
            Rule {
                id: "crd-metadata-labels",
                advice: "Write at most 63 letters, digits, -, _ and ., or make it an annotation, which takes any text",
                ..REFUSED
            },
            RuleDoc {
                what: "A label of the object is not one. Its value is empty or made of letters, digits, `-`, `_` and `.`, a \
                   letter or digit at each end, at most 63 of them; its key is the same, not empty, and may have a DNS name \
                   and a `/` before it.",
                source: SOURCE,
                bad: &[
                    Example::job(r#"{"metadata": {"labels": {"team": "a b"}}}"#),
                    Example::job(r#"{"metadata": {"labels": {"team/": "a"}}}"#),
                    Example::job(r#"{"metadata": {"labels": {"Example.com/team": "a"}}}"#),
                ],
                good: &[Example::job(
                    r#"{"metadata": {"labels": {"example.com/team": "a_b", "none": ""}}}"#
                )],
            },
            [Demand(Value, "metadata.labels*")],
        ),
        (
            Rule {
                id: "crd-metadata-annotations",
                advice: "Write a name such as team, or one with a DNS name before it such as example.com/team",
                ..REFUSED
            },
            RuleDoc {
                what: "The key of an annotation of the object is not one, or all annotations together have more than 256 KiB. \
                   Keys are those of labels, but the DNS name may have capitals; a value may be any text.",
                source: SOURCE,
                bad: &[Example::job(
                    r#"{"metadata": {"annotations": {"owned by": "ml"}}}"#
                )],
                good: &[Example::job(
                    r#"{"metadata": {"annotations": {"Example.com/owner": "the ML team"}}}"#
                )],
            },
            [Demand(Value, "metadata.annotations*")],
        ),
        (
            Rule {
                id: "crd-metadata-finalizers",
                advice: "Write a name such as team, or one with a DNS name before it such as example.com/team",
                ..REFUSED
            },
            RuleDoc {
                what: "A finalizer of the object is not written like the key of a label, or there are both `orphan` and \
                   `foregroundDeletion`.",
                source: SOURCE,
                bad: &[
                    Example::job(r#"{"metadata": {"finalizers": ["clean up"]}}"#),
                    Example::job(
                        r#"{"metadata": {"finalizers": ["orphan", "foregroundDeletion"]}}"#
                    ),
                ],
                good: &[Example::job(
                    r#"{"metadata": {"finalizers": ["example.com/clean-up"]}}"#
                )],
            },
            [Demand(Value, "metadata.finalizers*")],
        ),
        (
            Rule {
                id: "crd-metadata-owners",
                advice: "Write the apiVersion, kind, name and uid of the owner",
                ..REFUSED
            },
            RuleDoc {
                what: "An item of `ownerReferences` lacks `apiVersion`, `kind`, `name` or `uid`, or two of them are \
                   controllers.",
                source: SOURCE,
                bad: &[
                    Example::job(
                        r#"{"metadata": {"ownerReferences": [{"kind": "Workflow", "name": "a", "uid": "b"}]}}"#
                    ),
                    Example::job(
                        r#"{"metadata": {"ownerReferences": [
                           {"apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow", "name": "a", "uid": "b", "controller": true},
                           {"apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow", "name": "c", "uid": "d", "controller": true}]}}"#
                    ),
                ],
                good: &[Example::job(
                    r#"{"metadata": {"ownerReferences": [
                       {"apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow", "name": "a", "uid": "b", "controller": true}]}}"#
                )],
            },
            [Demand(Value, "metadata.ownerReferences*")],
        ),
    ]
);
