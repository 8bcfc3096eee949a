"""Judges KubeRay's RayJobs, RayCronJobs, RayClusters and RayServices as the operator would.

>>> import rayjob_policy
>>> for finding in rayjob_policy.check(job):
...     print(finding)

Documentation: https://github.com/rayjob-policy/rayjob-policy/blob/main/docs/python.md
"""

from __future__ import annotations

import datetime
import json
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, Union

from rayjob_policy import _native

__all__ = [
    "Finding",
    "Fix",
    "Manifest",
    "NothingToCheckError",
    "ObjectRef",
    "Problem",
    "Settings",
    "SettingsError",
    "UnreadableError",
    "check",
    "fix",
]


class HasToDict(Protocol):
    """An object with ``to_dict()``, such as those of Kubernetes clients."""

    def to_dict(self) -> Any: ...


Object = Union[Mapping[str, Any], HasToDict]
"""An object: a dict, or what has ``to_dict()``."""

Manifest = Union[str, bytes, Object, Sequence[Object]]
"""What :func:`check` takes: a text, an object, or several objects that are applied together."""

Settings = Union[str, Mapping[str, Any]]
"""The settings of the policy: a dict, or the text of a settings file in YAML or JSON."""


@dataclass(frozen=True)
class ObjectRef:
    """The object that a finding is about."""

    kind: str
    """Its kind; empty for a request that cannot be read."""
    namespace: str
    """``metadata.namespace``, or empty."""
    name: str
    """``metadata.name`` or ``metadata.generateName``, or empty."""

    def __str__(self) -> str:
        name = "/".join(part for part in (self.namespace, self.name) if part)
        return " ".join(part for part in (self.kind or "a request", name) if part)


@dataclass(frozen=True)
class Fix:
    """A possible fix."""

    title: str
    """What it does: a short imperative sentence."""
    safe: bool
    """Whether it can be applied without asking, as ``fix(text)`` does."""


@dataclass(frozen=True, repr=False)
class Finding:
    """A place in an object that breaks a rule."""

    rule: str
    """The ID of the rule."""
    level: Literal["deny", "warn"]
    """What the policy does with the object at admission."""
    path: str
    """The field, such as ``spec.backoffLimit``."""
    detail: str
    """What was written."""
    why: str
    """What would happen, or empty."""
    advice: str
    """What to write instead, or empty."""
    message: str
    """The finding in full, on one line: ``path: detail; why. advice. [rule]``."""
    fixes: tuple[Fix, ...]
    """The possible fixes, the most likely first."""
    url: str
    """The documentation of the rule."""
    object: ObjectRef
    """The object."""
    stored: bool
    """Whether the stored object of a request had it already, so that it is not denied."""
    line: int | None
    """The line in the text, from 1; None if no text was given."""
    column: int | None
    """The column in characters, from 1; None if no text was given."""

    def __str__(self) -> str:
        return f"{_at(self.line, self.column)}{self.level}: {self.message}"

    def __repr__(self) -> str:
        return f"<Finding in {self.object}: {self}>"


@dataclass(frozen=True)
class Problem:
    """A part of a text that cannot be read."""

    line: int | None
    """The line, from 1; None if no text was given."""
    column: int | None
    """The column in characters, from 1; None if no text was given."""
    message: str
    """Why it cannot be read."""

    def __str__(self) -> str:
        return f"{_at(self.line, self.column)}cannot be read: {self.message}"


class UnreadableError(ValueError):
    """A part of what was given cannot be read, so nothing is known about it."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        """The parts that cannot be read, in the order of the text."""
        super().__init__(self.problems)

    def __str__(self) -> str:
        return "\n".join(map(str, self.problems))


class NothingToCheckError(ValueError):
    """There is no RayJob, RayCronJob, RayCluster or RayService."""


class SettingsError(ValueError):
    """The settings, the KubeRay release, the cluster or the rule of a fix cannot be used."""


def check(
    manifest: Manifest,
    settings: Settings | None = None,
    *,
    kuberay: str | None = None,
    cluster: Manifest | None = None,
) -> list[Finding]:
    """Returns the findings, in the order in which KubeRay would report them.

    ``manifest`` is text or UTF-8 in YAML or JSON, as the command reads it: objects, streams,
    Lists, AdmissionReviews. Or an object as a dict, or several in a list, as the Kubernetes
    client sends them. ``kuberay`` is the release of the operator, such as ``"1.6"``. It
    overrides the release in ``settings``; without both, the newest is assumed.

    ``cluster`` has objects of the cluster, as ``kubectl get -o json`` prints them or a client
    returns them: what the manifest needs there is looked up in them. Then the release
    defaults to that of the operator among them.

    Findings that a comment in the text silences are left out. Notes, such as one about a
    placeholder that is not filled in, are warnings.

    Raises UnreadableError if a part cannot be read, NothingToCheckError if there is no object
    to check, SettingsError if the settings, the release or the cluster cannot be used, and
    TypeError if a value of a dict is not JSON.
    """
    text, is_text = _text(manifest)
    known = None if cluster is None else _text(cluster)[0]
    answer = json.loads(_native.check(text, *_judge(settings, kuberay), known))
    _raise(answer, is_text)
    for note in answer["notes"]:
        warnings.warn(_at(*_place(note, is_text)) + note["message"], stacklevel=2)
    if not answer["documents"]:
        raise NothingToCheckError(_nothing(manifest))
    return [
        _finding(document, finding, answer["pages"], is_text)
        for document in answer["documents"]
        for finding in document["findings"]
        if "ignored" not in finding
    ]


def fix(
    text: str,
    settings: Settings | None = None,
    *,
    kuberay: str | None = None,
    rule: str | None = None,
) -> str:
    """Returns the text after its safe fixes, or after the first fix of ``rule`` instead.

    Comments and layout stay. A finding stays too if the text does not allow its fix.

    Raises UnreadableError and SettingsError, as :func:`check` does.
    """
    answer = json.loads(_native.fix(text, rule, *_judge(settings, kuberay)))
    _raise(answer, True)
    fixed: str = answer["text"]
    return fixed


def _text(manifest: Manifest) -> tuple[str, bool]:
    """The manifest as a text, and whether it was one."""
    if isinstance(manifest, str):
        return manifest, True
    if isinstance(manifest, bytes):
        try:
            return manifest.decode(), True
        except UnicodeDecodeError as error:
            problem = Problem(None, None, f"invalid UTF-8 at byte {error.start}")
            raise UnreadableError([problem]) from error
    objects = manifest if isinstance(manifest, Sequence) else [manifest]
    for item in objects:
        if not isinstance(item, Mapping) and not hasattr(item, "to_dict"):
            raise TypeError(f"expected text, or objects as dicts, not {type(item).__name__}")
    return "\n".join(_json(item) for item in objects), False


def _judge(settings: Settings | None, kuberay: str | None) -> tuple[str | None, str | None]:
    """The settings as a text, and the release."""
    if kuberay is not None and not isinstance(kuberay, str):
        raise TypeError(f'write the release of KubeRay in quotes: kuberay="{kuberay}"')
    if settings is None or isinstance(settings, str):
        return settings, kuberay
    return _json(settings), kuberay


def _json(value: object) -> str:
    return json.dumps(value, default=_sent, allow_nan=False)


def _sent(value: Any) -> Any:
    """What a Kubernetes client sends for an object of its own."""
    names = getattr(value, "attribute_map", None)
    if isinstance(names, Mapping):
        # A model of PyPI's kubernetes, whose to_dict() has the names of Python's attributes.
        fields = {name: getattr(value, attribute) for attribute, name in names.items()}
        return {name: field for name, field in fields.items() if field is not None}
    if isinstance(value, Mapping):
        return dict(value)
    if hasattr(value, "to_dict"):
        return value.to_dict()
    if isinstance(value, datetime.date):
        return value.isoformat()
    raise TypeError(f"a value of the type {type(value).__name__} is not JSON")


def _nothing(manifest: Manifest) -> str:
    message = "no RayJob, RayCronJob, RayCluster or RayService of ray.io"
    is_name = isinstance(manifest, str) and manifest.endswith((".yaml", ".yml", ".json"))
    return message + ("; give the content of the file, not its name" if is_name else "")


def _raise(answer: Mapping[str, Any], is_text: bool) -> None:
    if "settings" in answer:
        raise SettingsError("\n".join(answer["settings"]))
    if answer["problems"]:
        raise UnreadableError(_problem(problem, is_text) for problem in answer["problems"])


def _problem(problem: Mapping[str, Any], is_text: bool) -> Problem:
    return Problem(*_place(problem, is_text), message=problem["message"])


def _at(line: int | None, column: int | None) -> str:
    return "" if line is None else f"{line}:{column}: "


def _place(it: Mapping[str, Any], is_text: bool) -> tuple[int | None, int | None]:
    start = it["span"]["start"]
    return (start["line"], start["column"]) if is_text else (None, None)


def _finding(
    document: Mapping[str, Any],
    finding: Mapping[str, Any],
    pages: Mapping[str, str],
    is_text: bool,
) -> Finding:
    line, column = _place(finding, is_text)
    return Finding(
        rule=finding["rule"],
        level=finding["level"],
        path=finding["path"],
        detail=finding["detail"],
        why=finding["why"],
        advice=finding["advice"],
        message=finding["message"],
        fixes=tuple(Fix(fix["title"], fix["safe"]) for fix in finding["fixes"]),
        url=pages[finding["rule"]],
        object=ObjectRef(document["kind"], document["namespace"], document["name"]),
        stored=finding["stored"],
        line=line,
        column=column,
    )
