"""What the functions take, return and raise."""

import copy
import datetime
import pickle

import pytest
from kubernetes import client

import rayjob_policy

pytestmark = pytest.mark.filterwarnings("error")

JOB = {
    "apiVersion": "ray.io/v1",
    "kind": "RayJob",
    "metadata": {"name": "train", "namespace": "research"},
    "spec": {
        "submissionMode": "InteractiveMode",
        "backoffLimit": 2,
        "rayClusterSpec": {
            "headGroupSpec": {
                "rayStartParams": {},
                "template": {"spec": {"containers": [{"name": "head", "image": "ray"}]}},
            },
        },
    },
}
SELECTED = """\
apiVersion: ray.io/v1
kind: RayJob
metadata: {name: evaluate}
spec:
  entrypoint: python evaluate.py
  clusterSelector: {ray.io/cluster: shared}
  backoffLimit: 1
"""


def with_spec(**fields):
    job = copy.deepcopy(JOB)
    job["spec"].update(fields)
    return job


def rules(*arguments, **options):
    return [finding.rule for finding in rayjob_policy.check(*arguments, **options)]


def test_a_finding_about_a_dict():
    [finding] = rayjob_policy.check(JOB)
    assert (finding.rule, finding.level) == ("interactive-backoff", "deny")
    assert finding.path == "spec.backoffLimit"
    assert finding.object == rayjob_policy.ObjectRef("RayJob", "research", "train")
    assert (finding.line, finding.column, finding.stored) == (None, None, False)
    assert [fix.safe for fix in finding.fixes] == [False, False]
    assert finding.url.endswith("/docs/rules/mode-and-retries.md#interactive-backoff")
    assert str(finding) == f"deny: {finding.message}"
    assert repr(finding) == f"<Finding in RayJob research/train: deny: {finding.message}>"


def test_a_finding_in_a_text_has_a_place():
    [finding] = rayjob_policy.check(SELECTED)
    assert (finding.rule, finding.line, finding.column) == ("selector-backoff", 7, 3)
    assert str(finding) == f"7:3: deny: {finding.message}"
    assert rayjob_policy.check(SELECTED.encode()) == [finding]


def test_findings_are_values():
    [finding] = rayjob_policy.check(JOB)
    assert pickle.loads(pickle.dumps(finding)) == finding
    assert {finding, *rayjob_policy.check(JOB)} == {finding}
    with pytest.raises(AttributeError):
        finding.level = "warn"


def test_objects_of_a_list_are_applied_together():
    job = with_spec(backoffLimit=0)
    cluster = {**JOB, "kind": "RayCluster", "spec": job["spec"]["rayClusterSpec"]}
    assert rules([job]) == rules([cluster]) == []
    [finding] = rayjob_policy.check([job, cluster])
    assert finding.rule == "trap-service-collision"
    # One object a line.
    assert "(line 2)" in finding.message


def test_objects_of_kubernetes_are_checked_as_they_are_sent():
    quantity = client.V1ResourceRequirements(limits={"cpu": "1"}, requests={"cpu": "2"})
    head = client.V1Container(name="head", image="ray", resources=quantity)
    template = client.V1PodTemplateSpec(
        metadata=client.V1ObjectMeta(creation_timestamp=datetime.datetime(2026, 1, 31)),
        spec=client.V1PodSpec(containers=[head], restart_policy="Always"),
    )
    job = with_spec(backoffLimit=0)
    job["spec"]["rayClusterSpec"]["headGroupSpec"]["template"] = template
    found = rayjob_policy.check(job)
    assert found == rayjob_policy.check(client.ApiClient().sanitize_for_serialization(job))
    assert "pod-resources" in [finding.rule for finding in found]


def test_an_object_that_has_to_dict():
    class Wrapped:
        def to_dict(self):
            return JOB

    assert rules(Wrapped()) == rules([Wrapped()]) == rules(JOB) == ["interactive-backoff"]


def test_settings_and_the_release():
    assert rules(JOB, {"kuberayVersion": "1.3"}) == ["trap-interactive-retry"]
    assert rules(JOB, "kuberayVersion: 1.3") == ["trap-interactive-retry"]
    assert rules(JOB, {"kuberayVersion": "1.7"}, kuberay="1.3") == ["trap-interactive-retry"]
    assert rules(JOB, {"rules": {"interactive-backoff": "off"}}) == []


@pytest.mark.parametrize(
    ("settings", "kuberay", "message"),
    [
        ({"kuberay": "1.7", "rules": []}, None, "unknown setting.*\nrules: expected an object"),
        ("", None, "there are no settings"),
        ({"kuberayVersion": "auto", "cluster": ["operator"]}, None, "name a release"),
        (None, "1.2", '"1.2"; use one from 1.3 to 1.7'),
        (None, "auto", "use one from"),
    ],
)
def test_settings_that_cannot_be_used(settings, kuberay, message):
    with pytest.raises(rayjob_policy.SettingsError, match=message):
        rayjob_policy.check(JOB, settings, kuberay=kuberay)


def test_a_cluster_that_cannot_be_read():
    with pytest.raises(rayjob_policy.SettingsError, match="cluster: "):
        rayjob_policy.check(JOB, cluster="a: [")


def test_the_release_of_the_operator_in_the_cluster():
    operator = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "kuberay-operator", "namespace": "kuberay"},
        "spec": {
            "template": {
                "metadata": {"labels": {"app.kubernetes.io/component": "kuberay-operator"}},
                "spec": {"containers": [{"image": "quay.io/kuberay/operator:v1.3.2"}]},
            }
        },
    }
    for settings in (None, {"kuberayVersion": "auto", "cluster": ["operator"]}):
        [finding] = rayjob_policy.check(JOB, settings, cluster=operator)
        assert finding.rule == "trap-interactive-retry"


def test_a_release_without_quotes():
    with pytest.raises(TypeError, match='kuberay="1.7"'):
        rayjob_policy.check(JOB, kuberay=1.7)


def test_text_that_cannot_be_read():
    with pytest.raises(rayjob_policy.UnreadableError, match="^8:5: cannot be read: ") as caught:
        rayjob_policy.check(SELECTED + "a: [")
    [problem] = caught.value.problems
    assert (problem.line, problem.column) == (8, 5)
    assert pickle.loads(pickle.dumps(caught.value)).problems == (problem,)
    with pytest.raises(rayjob_policy.UnreadableError, match="invalid UTF-8 at byte 3"):
        rayjob_policy.check(b"a: \xff")


@pytest.mark.parametrize("manifest", ["", "kind: RayJob", {"kind": "Pod"}, [], "a.yaml"])
def test_nothing_to_check(manifest):
    with pytest.raises(rayjob_policy.NothingToCheckError) as caught:
        rayjob_policy.check(manifest)
    assert ("not its name" in str(caught.value)) == (manifest == "a.yaml")


@pytest.mark.parametrize(
    ("manifest", "error"),
    [
        (None, TypeError),
        (["kind: RayJob"], TypeError),
        (with_spec(entrypoint={"a set"}), TypeError),
        (with_spec(entrypoint=float("nan")), ValueError),
    ],
)
def test_what_is_not_json(manifest, error):
    with pytest.raises(error):
        rayjob_policy.check(manifest)


def test_a_comment_silences_a_finding():
    comment = "  # rayjob-policy: ignore[selector-backoff] for a test"
    assert rules(SELECTED.rstrip() + comment) == []


@pytest.mark.filterwarnings("always")
def test_notes_are_warnings_at_the_call():
    comment = "  # rayjob-policy: ignore[selector-backof] for a test"
    with pytest.warns(UserWarning, match="^7:20: .*did you mean selector-backoff") as told:
        assert rules(SELECTED.rstrip() + comment) == ["selector-backoff"]
    assert told[0].filename == __file__


def test_fixes():
    fixed = SELECTED.replace("backoffLimit: 1", "backoffLimit: 0")
    assert rayjob_policy.fix(SELECTED) == SELECTED
    assert rayjob_policy.fix(SELECTED, rule="selector-backoff") == fixed
    assert rayjob_policy.fix(fixed + "  suspend: no\n") == fixed + "  suspend: false\n"
    with pytest.raises(rayjob_policy.SettingsError, match="did you mean selector-backoff"):
        rayjob_policy.fix(SELECTED, rule="selector-backof")
    with pytest.raises(rayjob_policy.UnreadableError):
        rayjob_policy.fix("a: [")
