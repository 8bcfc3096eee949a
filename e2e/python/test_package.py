"""The wheel by itself: where it can be installed, and its types."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TYPED = """\
from typing import Optional

import rayjob_policy

findings: list[rayjob_policy.Finding] = rayjob_policy.check({"kind": "RayJob"}, kuberay="1.7")
findings = rayjob_policy.check([{"kind": "RayJob"}], {"rules": {"*": "warn"}})
findings = rayjob_policy.check(b"kind: RayJob", "kuberayVersion: 1.7")
lines: list[Optional[int]] = [finding.line for finding in findings]
fixed: str = rayjob_policy.fix("kind: RayJob", rule="interactive-backoff")
"""
MISTYPED = """\
import rayjob_policy

rayjob_policy.check(1)
rayjob_policy.check({}, kuberay=1.7)
rayjob_policy.check({})[0].level = "deny"
rayjob_policy.check({})[0].level == "denied"
"""


def mypy(*arguments, **options):
    command = [sys.executable, "-m", "mypy", "--strict", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    return done.stdout


def pythons():
    """The oldest and the newest interpreter here that the wheel is for."""
    names = [f"python3.{minor}" for minor in range(9, 16)]
    pyenv = Path.home() / ".pyenv/versions"
    paths = [
        path
        for name in names
        for path in (shutil.which(name), *pyenv.glob(f"{name[6:]}.*/bin/python"))
        # pyenv has names for interpreters that are not chosen.
        if path and subprocess.run([path, "--version"], capture_output=True).returncode == 0
    ]
    return sorted({*paths[:1], *paths[-1:]}) or [sys.executable]


@pytest.mark.parametrize("python", pythons(), ids=str)
def test_it_needs_nothing_else(project, wheels, tmp_path, python):
    subprocess.run([python, "-m", "venv", tmp_path], check=True)
    install = ["install", "--quiet", "--no-index", "--find-links", wheels, "rayjob-policy"]
    subprocess.run([tmp_path / "bin/pip", *install], check=True)
    check = ["check", project / "examples/manifests", "--require-rayjob"]
    subprocess.run([tmp_path / "bin/rayjob-policy", *check], check=True, stdout=subprocess.DEVNULL)
    script = "import rayjob_policy; rayjob_policy.check('{apiVersion: ray.io/v1, kind: RayJob}')"
    subprocess.run([tmp_path / "bin/python", "-c", script], check=True)


def test_the_package_is_typed(project):
    sources = project / "hosts/python/rayjob_policy"
    told = mypy(sources, "--python-version", "3.10")
    assert told == "Success: no issues found in 3 source files\n"


def test_the_stub_is_that_of_the_module(tmp_path):
    command = [sys.executable, "-m", "mypy.stubtest", "rayjob_policy"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_what_uses_the_package_is_checked(tmp_path):
    (tmp_path / "typed.py").write_text(TYPED)
    (tmp_path / "mistyped.py").write_text(MISTYPED)
    assert mypy("typed.py", cwd=tmp_path) == "Success: no issues found in 1 source file\n"
    told = mypy("mistyped.py", cwd=tmp_path)
    lines = re.findall(r"^mistyped\.py:(\d+): error: ", told, re.MULTILINE)
    assert lines == ["3", "4", "5", "6"], told
