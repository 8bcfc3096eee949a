"""The repository for pre-commit runs the wheel, and checks what is committed."""

import os
import shutil
import subprocess
import sys

import pytest

BAD = """\
apiVersion: ray.io/v1
kind: RayJob
metadata: {name: evaluate}
spec:
  entrypoint: python evaluate.py
  clusterSelector: {ray.io/cluster: shared}
  backoffLimit: 1
"""
TEMPLATE = "kind: RayJob # ray.io\nmetadata: {{ .Values.metadata }}\n- a\n"
CONFIG = """\
repos:
  - repo: {mirror}
    rev: v1
    hooks:
      - id: rayjob-policy
        args: [--kuberay, "1.7"]
"""


def git(folder, *arguments):
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


def commit(folder):
    git(folder, "init")
    git(folder, "add", "--all")
    git(folder, "commit", "--message", "all")


@pytest.fixture
def environment(wheels, tmp_path):
    """Without the network: what pip installs is in a folder."""
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
        "PRE_COMMIT_HOME": str(tmp_path / "home"),
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(wheels),
    }


def test_the_hook_checks_what_is_committed(project, environment, tmp_path):
    mirror, repository = tmp_path / "mirror", tmp_path / "repository"
    shutil.copytree(project / "deploy/pre-commit", mirror)
    commit(mirror)
    git(mirror, "tag", "v1")
    repository.mkdir()
    (repository / ".pre-commit-config.yaml").write_text(CONFIG.format(mirror=mirror))
    (repository / "bad.yaml").write_text(BAD)
    (repository / "template.yaml").write_text(TEMPLATE)
    commit(repository)
    done = subprocess.run(
        [sys.executable, "-m", "pre_commit", "run", "--all-files"],
        cwd=repository, env=environment, capture_output=True, text=True, check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "- exit code: 1" in done.stdout
    assert "--> bad.yaml:7:3" in done.stdout, done.stdout
    assert "skipped 1 file" in done.stdout
