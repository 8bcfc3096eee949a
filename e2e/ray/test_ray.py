"""Holds what the policy says of entrypoints and runtime environments against Ray itself.

A denial means that nothing runs as it is written, a warning that something else happens, and
no finding that it arrives unchanged. The releases are those in requirements/: one for each
way in which Ray joins the words of an entrypoint. Runtime environments are submitted to one
of them in each mode, because a submission takes seconds: what eight releases make of them is
recorded under conformance/.
"""

import json
import os
import re
import subprocess
import sys
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import yaml
from head import Head

PROJECT = Path(__file__).resolve().parents[2]
POLICY = PROJECT / "target/debug/rayjob-policy"
REQUIREMENTS = sorted((PROJECT / "e2e/ray/requirements").glob("*.txt"))
OLDEST, NEWEST = (PROJECT / "target/ray" / file.stem for file in REQUIREMENTS)
STAND_INS = PROJECT / "hosts/cli/tests/retry_interactive"

ENTRYPOINTS = [
    "python train.py --lr 0.1",
    "bash run.sh",
    "python train.py --name 'a b' --empty ''",
    """python train.py --json '{"a": 1, "m": "x & y"}'""",
    """python train.py --json '{"a":1,"b":2}'""",
    """python train.py --json {"a":1,"b":2}""",
    "python -c 'print(1)'",
    "python -c 'print( 1 )'",
    "python train.py --url 'http://h/p?a=1&b=2'",
    "python train.py --lr $LR",
    "python train.py --lr '$LR'",
    "python train.py --lr \\$LR",
    "bash -c 'python train.py $OPTIONS'",
    "bash -c 'for i in 1 2; do python train.py $i; done'",
    "bash -c 'python prepare.py && python train.py'",
    "bash -c 'cd src && python train.py > out.txt'",
    "bash -c 'A=\"a b\" python train.py'",
    "python prepare.py && python train.py",
    "cd src\npython train.py",
    "false || python train.py",
    "python train.py > log.txt",
    "python train.py &",
    "python train.py ;",
    "python train.py # the second run",
    "# python train.py",
    "python train.py *.csv",
    "python train.py '*.csv'",
    "python train.py --match '\\d+' --say 'it'\\''s'",
    "'python train.py'",
    "A='a b' python train.py",
    "env 'A=a b' python train.py",
    "! python train.py",
    "python train.py --price '$$LR'",
    "python train.py \\\n  --lr 0.1",
    "python train.py \\ \n  --lr 0.1",
    "python train.py ~/data",
]

# A runtime environment, and a command that succeeds where it is as its author means it.
RUNTIME_ENVS = [
    ("", "python train.py"),
    ("env_vars: {}", "python train.py"),
    ('env_vars: {A: "1"}', "has A=1"),
    ("env_vars: {A: 1}", "has A=1"),
    ("env_vars: {A: yes}", "has A=true"),
    ("env_vars: {A: null}", "has A="),
    ("env_vars: [A=1]", "has A=1"),
    ('envVars: {A: "1"}', "has A=1"),
    ('env: {A: "1"}', "has A=1"),
    ("working_dir: code", "has module.py"),
    ("working_dir: ./code", "has module.py"),
    ("workingDir: ./code", "has module.py"),
    ("working_dir: git://github.com/a/b.zip", "has module.py"),
    ("working_dir: s3://bucket/code", "has module.py"),
    ("working_dir: [code]", "has module.py"),
    ("pip: [torch]\nconda: {dependencies: [numpy]}", "python train.py"),
    ("pip: {package: [torch]}", "python train.py"),
    ("pip: 1", "python train.py"),
    ("py_modules: code", "python train.py"),
    ("excludes: '*.csv'", "python train.py"),
    ('env_vars: {A: "1"}\nexcludes:\n# - data/', "has A=1"),
    ("worker_process_setup_hook: false", "python train.py"),
    ("worker_process_setup_hook: true", "python train.py"),
    ("config: {setup_timeout_seconds: 600}", "python train.py"),
    ('config: {setup_timeout_seconds: "600"}', "python train.py"),
    ("config: {eager_install: 1}", "python train.py"),
    ("image_uri: rayproject/ray:2.53.0\npip: [torch]", "python train.py"),
]

MANIFEST = """
apiVersion: ray.io/v1
kind: RayJob
metadata: {{name: job}}
spec:
  submissionMode: {mode}
  entrypoint: {entrypoint}
  runtimeEnvYAML: {env}
  rayClusterSpec:
    rayVersion: {release}
    headGroupSpec:
      rayStartParams: {{}}
      template: {{spec: {{containers: [{{name: ray-head, image: "rayproject/ray:{release}"}}]}}}}
"""

# What became of the command of an attempt, as KubeRay writes it into the status.
FOLLOW = """#!{python}
import json, sys, urllib.request
attempt, cluster = sys.argv[1:]
opener = urllib.request.build_opener(urllib.request.ProxyHandler({{}}))
job = json.load(opener.open(f"{url}/api/jobs/explore-{{int(attempt):07}}"))["status"]
state = {{"SUCCEEDED": "Complete", "FAILED": "Failed"}}.get(job, "Running")
print(state, job, "AppFailed" if job == "FAILED" else "", cluster, "", sep="|")
"""


def told(*arguments, text=None):
    """What the policy prints."""
    done = subprocess.run([POLICY, *arguments], input=text, capture_output=True, text=True)
    if done.stderr:
        raise RuntimeError(done.stderr)
    return done.stdout


def worst(levels):
    return next((level for level in ("deny", "warn") if level in levels), None)


class Against:
    """Comparisons with the head of a release."""

    venv: Path

    @classmethod
    def setUpClass(cls):
        version = subprocess.run([cls.venv / "bin/ray", "--version"], capture_output=True, text=True, check=True)
        cls.release = version.stdout.split()[-1]
        cls.head = Head(cls.venv)
        cls.addClassCleanup(cls.head.stop)
        cls.head.wait()

    def each(self, rows, run, compare):
        """Runs the rows beside each other, and compares each."""
        with ThreadPoolExecutor(2 * (os.cpu_count() or 1)) as pool:
            outcomes = pool.map(run, rows)
            for row, outcome in zip(rows, outcomes):
                with self.subTest(row):
                    compare(row, outcome)

    def entrypoints(self, mode, submit, texts=ENTRYPOINTS):
        def compare(text, outcome):
            explained = told("explain", "--entrypoint", text, "--ray", self.release, "--mode", mode)
            level = worst(re.findall(r"^(deny|warn): ", explained, re.MULTILINE))
            meant = self.head.meant(text)
            about = f"{explained}\nmeant: {meant}\nseen: {outcome}"
            # The submitter's shell does nothing but submit, and the head does what is meant.
            is_unchanged = (
                (outcome.submitter_calls, outcome.added) == ([], [])
                and outcome.calls == meant.calls
                and outcome.succeeded() == (meant.code == 0)
            )
            if level == "deny":
                self.assertFalse([call for call in meant.calls if call in outcome.calls], about)
            elif level == "warn":
                self.assertFalse(is_unchanged, about)
            else:
                self.assertIn("arrives as it is written", explained)
                self.assertTrue(is_unchanged, about)
            submitted = re.search(r"^Ray .* makes of them:\n((?:    .*\n)+)", explained, re.MULTILINE)
            if submitted and outcome.job and level is None:
                self.assertEqual(outcome.job["entrypoint"], submitted[1].replace("\n    ", "\n").strip(), about)

        self.each(texts, submit, compare)

    def runtime_envs(self, mode, submit):
        def compare(row, outcome):
            text, entrypoint = row
            manifest = MANIFEST.format(
                mode=mode, entrypoint=json.dumps(entrypoint), env=json.dumps(text), release=self.release
            )
            report = json.loads(told("check", "--format", "json", "-", text=manifest))
            documents = [document for file in report["files"] for document in file["documents"]]
            findings = [
                finding
                for document in documents
                for finding in document["findings"]
                if finding["path"] == "spec.runtimeEnvYAML"
            ]
            level = worst([each["level"] for each in findings])
            about = f"{[each['message'] for each in findings]}\nseen: {outcome}"
            if level == "deny":
                self.assertFalse(outcome.calls, about)
            else:
                self.assertEqual(outcome.succeeded(), level is None, about)

        self.each(RUNTIME_ENVS, lambda row: submit(row[1], yaml.safe_load(row[0])), compare)


class AgainstOldest(Against, unittest.TestCase):
    venv = OLDEST

    def test_entrypoints_in_http_mode(self):
        self.entrypoints("HTTPMode", self.head.http)

    def test_entrypoints_in_k8s_job_mode(self):
        self.entrypoints("K8sJobMode", self.head.bash)

    def test_runtime_envs_in_http_mode(self):
        self.runtime_envs("HTTPMode", self.head.http)

    def test_the_retry_script_retries_until_the_command_succeeds(self):
        fake = self.head.folder / "kubectl"
        programs = self.head.programs(
            "retry", {"sleep": "#!/bin/sh\nexec /bin/sleep 0.2\n", "kubectl": f"#!/bin/sh\nexec {STAND_INS}/kubectl \"$@\"\n"}
        )
        follow = FOLLOW.format(python=sys.executable, url=self.head.url)
        self.head.programs("kubectl", {"follow": follow})
        files = {"outcomes": "follows\n", "read": "RayJob|InteractiveMode||", "port": f"{self.head.port}\n"}
        for name in ("outcomes", "read", "port", "attempts", "calls", "looks", "submitted"):
            (fake / name).write_text(files.get(name, ""))
        os.mkfifo(fake / "never")
        environment = self.head.environment("submitter", self.head.folder)
        environment |= {"FAKE": str(fake), "PATH": f"{programs}:{self.head.ray.parent}:{os.environ['PATH']}"}
        ways_out = PROJECT / "examples/ways-out"
        done = subprocess.run(
            [
                ways_out / "retry-interactive.sh",
                *["-n", "3", ways_out / "interactive-with-retry-script.yaml", "--", "flaky", "explore.py"],
            ],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        about = done.stdout + (fake / "calls").read_text()
        self.assertEqual(done.returncode, 0, about)
        jobs = [self.head.job(f"explore-000000{attempt}") for attempt in (1, 2, 3)]
        self.assertEqual([job and job["status"] for job in jobs], ["FAILED", "SUCCEEDED", None], about)
        for attempt in (1, 2):
            self.assertEqual(len(self.head.calls(f"explore-000000{attempt}")), 1, about)
            self.assertIn(f'{{"spec":{{"jobId":"explore-000000{attempt}"}}}}', about)


class AgainstNewest(Against, unittest.TestCase):
    venv = NEWEST

    def test_quoted_entrypoints_in_k8s_job_mode(self):
        # The joins of both releases differ only in the words that they quote.
        quoted = [text for text in ENTRYPOINTS if set(text) & set("'\"\\!")]
        self.entrypoints("K8sJobMode", self.head.bash, quoted)

    def test_runtime_envs_in_k8s_job_mode(self):
        self.runtime_envs("K8sJobMode", self.head.bash)


if __name__ == "__main__":
    unittest.main(verbosity=2)
