"""The function answers the vectors as every other host does."""

import json
import subprocess

import pytest

import rayjob_policy

pytestmark = pytest.mark.filterwarnings("error")


@pytest.fixture(scope="module")
def vectors(project):
    lines = subprocess.check_output([project / "target/debug/vectors"], text=True).splitlines()
    return [json.loads(line) for line in lines]


def answer(question, settings=None, cluster=None):
    """What the function says, in the form of a vector."""
    try:
        findings = rayjob_policy.check(question, settings, cluster=cluster)
    except rayjob_policy.NothingToCheckError:
        findings = []
    # A request that cannot be read has a finding, but no rule.
    rules = [it for it in findings if it.rule not in ("unreadable-request", "invalid-settings")]
    return {
        "allowed": all(finding.level != "deny" for finding in findings),
        "findings": [{"rule": it.rule, "path": it.path, "level": it.level} for it in rules],
    }


def expected(vector):
    return {key: vector["expect"][key] for key in ("allowed", "findings")}


def question(vector):
    return vector["request"] if "request" in vector else vector["review"]


def cluster(vector):
    return vector.get("cluster") or None


def test_vectors_with_the_settings_in_a_kubewarden_request(vectors):
    assert len(vectors) > 500
    for vector in vectors:
        request = question(vector).get("request", question(vector))
        asked = {"request": request}
        if "settings" in vector:
            asked["settings"] = vector["settings"]
        assert answer(asked, cluster=cluster(vector)) == expected(vector), vector["name"]


def test_vectors_with_the_settings_as_an_argument(vectors):
    for vector in vectors:
        settings = json.dumps(vector["settings"]) if "settings" in vector else None
        try:
            given = answer(question(vector), settings, cluster(vector))
        except rayjob_policy.SettingsError:
            # At admission there is an answer, but no finding, or the release is not known.
            is_unknown = "unavailable" in vector["expect"]
            assert is_unknown or expected(vector)["findings"] == [], vector["name"]
            continue
        assert given == expected(vector), vector["name"]
