"""A Ray head on loopback, and the two ways in which KubeRay submits a job to it."""

import atexit
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

import command

# A hung head or job ends the tests with an error, not with a verdict about the policy.
PATIENCE = 600

# A program of a job. It notes how it is called, on the head under the ID of the job, and
# succeeds. `has` succeeds if a variable has a value, or a file exists; `flaky`, the second time.
STUB = """#!/bin/sh
id=${RAY_JOB_CONFIG_JSON_ENV_VAR##*job_submission_id\\": \\"}
id=${id%%\\"*}
# One write, because several may run at the same time.
printf '%s\\0' "${0##*/}" "$@" "${A+A=$A}" "$PWD" "$(printf '\\1')" >>"$CALLS/${id:-submitter-$RAY_JOB_SUBMISSION_ID}"
case ${0##*/},$1 in
has,*=*) env | grep -Fqx "$1" ;;
has,*) [ -e "$1" ] ;;
flaky,*) [ -e tried ] || { : >tried && exit 1; } ;;
esac
"""
STUBS = ["python", "python3", "has", "flaky"]

FILES = {
    "head": ["head.csv", "train.py", "run.sh", "src/train.py", "home/data"],
    "submitter": ["submitter.csv", "code/module.py", "code.zip", "environment.yml"],
}


class Outcome:
    """What became of a submission.

    `calls` and `submitter_calls` list the programs of the job that ran on either side;
    `added` lists files that the submitter's shell wrote; `job` is Ray's description of the
    job, or None if Ray has none; `told` is what the submission printed.
    """

    def __init__(self, calls, job=None, submitter_calls=(), added=(), code=0, told=""):
        self.calls, self.job, self.code, self.told = calls, job, code, told
        self.submitter_calls, self.added = list(submitter_calls), list(added)

    def succeeded(self):
        return self.job is not None and self.job["status"] == "SUCCEEDED"

    def __str__(self):
        job = self.job and {key: self.job[key] for key in ("status", "entrypoint", "message")}
        return (
            f"head ran {self.calls}, submitter ran {self.submitter_calls}, wrote {self.added}, "
            f"exit code {self.code}\njob: {job}\n{self.told[-1500:]}"
        )


class Head:
    """A head of the Ray release installed in a virtual environment, started for its tests."""

    def __init__(self, venv):
        self.ray = venv / "bin/ray"
        # Ray's sockets below it must have short names.
        self.folder = Path(tempfile.mkdtemp(prefix="ray-", dir="/tmp"))
        self.lock, self.number = threading.Lock(), 0
        self.stubs = self.programs("stubs", dict.fromkeys(STUBS, STUB))
        path = f"{self.folder}/command"
        client = command.CLIENT.format(python=sys.executable, path=path)
        self.submitter = self.programs("submitter-ray", {"ray": client})
        (self.folder / "calls").mkdir()
        self.root = self.side("head", self.folder / "head")
        self.port, *other = free_ports(3)
        self.url = f"http://127.0.0.1:{self.port}"
        address = "127.0.0.2" if sys.platform == "linux" else "127.0.0.1"
        options = f"""--head --block --disable-usage-stats --include-log-monitor false
            --node-ip-address {address} --port 0 --dashboard-host 127.0.0.1 --dashboard-port {self.port}
            --dashboard-agent-listen-port {other[0]} --ray-client-server-port {other[1]}
            --min-worker-port 0 --max-worker-port 0 --num-cpus 1 --object-store-memory 100000000
            --temp-dir {self.folder}/ray"""
        self.log = open(self.folder / "log", "w+")
        self.command = None
        common = {
            "cwd": self.root,
            "env": self.environment("head", self.root),
            "stdin": subprocess.DEVNULL,
            "stdout": self.log,
            "stderr": subprocess.STDOUT,
        }
        # Its processes form one group, which ends with it.
        self.process = subprocess.Popen([self.ray, "start", *options.split()], start_new_session=True, **common)
        # After Ctrl-C, which the group does not get.
        atexit.register(self.stop)
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(path)
            listener.listen()
            serve = [venv / "bin/python", command.__file__, str(listener.fileno())]
            self.command = subprocess.Popen(serve, pass_fds=[listener.fileno()], **common)

    def programs(self, name, texts):
        folder = self.folder / name
        folder.mkdir()
        for program, text in texts.items():
            path = folder / program
            path.write_text(text)
            path.chmod(0o755)
        return folder

    def side(self, name, root):
        """Writes the files of the head or of a submitter."""
        for file in FILES[name]:
            path = root / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("#!/bin/sh\npython from-run.sh\n" if path.name == "run.sh" else "")
        return root

    def environment(self, name, root):
        """The environment of the head or of a submitter."""
        environment = {
            key: value
            for key, value in os.environ.items()
            if not key.startswith(("RAY_", "PYTHON")) and not key.lower().endswith("_proxy")
        }
        folders = [self.stubs] if name == "head" else [self.stubs, self.submitter]
        return environment | {
            "PATH": ":".join(map(str, [*folders, environment["PATH"]])),
            "HOME": f"{root}/home",
            "LR": f"{name}-lr",
            "OPTIONS": f"--name '{name} 1'",
            "CALLS": f"{self.folder}/calls",
            "RAY_DASHBOARD_SUBPROCESS_MODULE_WAIT_READY_TIMEOUT": "240",
            "RAY_USAGE_STATS_ENABLED": "0",
            # Otherwise macOS looks for proxies, which can crash a fork.
            "no_proxy": "*",
        }

    def wait(self):
        """Waits until the head runs jobs."""
        for _ in self.patiently("runs jobs"):
            outcome = self.http("python ready")
            if outcome.succeeded():
                return self
            self.told = outcome.told

    def patiently(self, what):
        """Repeats until the caller returns, or the head is gone."""
        end = time.monotonic() + PATIENCE
        while self.process.poll() is None and time.monotonic() < end:
            yield
            time.sleep(0.5)
        self.log.seek(0)
        raise RuntimeError(f"the head never {what}: {getattr(self, 'told', '')}\n{self.log.read()[-4000:]}")

    def stop(self):
        """Ends the processes of the head, and no others. Workers end when they lose it."""
        if self.command:
            self.command.kill()
            self.command.wait()
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass  # It has ended by itself.
        self.process.wait()
        atexit.unregister(self.stop)
        self.log.close()
        # What has not ended yet may write into it.
        for _ in range(100):
            shutil.rmtree(self.folder, ignore_errors=True)
            if not self.folder.exists():
                break
            time.sleep(0.1)

    def new_id(self):
        with self.lock:
            self.number += 1
            return f"job-{self.number}"

    def rest(self, path, body=None):
        """Asks the REST API; returns the status code and the text of the answer."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, {"Content-Type": "application/json"})
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=60) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError as error:
            return 0, str(error)

    def job(self, name):
        """A job that has ended, or None if Ray knows none of this name."""
        for _ in self.patiently(f"ends {name}"):
            code, text = self.rest(f"/api/jobs/{name}")
            if code == 404:
                return None
            if code == 200 and json.loads(text)["status"] in ("SUCCEEDED", "FAILED", "STOPPED"):
                return json.loads(text)

    def http(self, entrypoint, env=None):
        """Submits as KubeRay does in HTTPMode."""
        name = self.new_id()
        body = {"entrypoint": entrypoint, "submission_id": name, "runtime_env": env or {}}
        code, told = self.rest("/api/jobs/", body)
        job = self.job(name) if code == 200 else None
        return Outcome(self.calls(name), job, code=code, told=told)

    def bash(self, entrypoint, env=None):
        """Submits as KubeRay does in K8sJobMode: bash in the submitter runs its script."""
        name = self.new_id()
        root = self.side("submitter", self.folder / f"submitter-{name}")
        before = sorted(root.rglob("*"))
        variables = {"RAY_DASHBOARD_ADDRESS": self.url, "RAY_JOB_SUBMISSION_ID": name, "PYTHONUNBUFFERED": "1"}
        # Go's strconv.Quote writes the quotes around JSON.
        option = "" if env is None else f"--runtime-env-json {json.dumps(json.dumps(env))} "
        script = (
            f"if ! ray job status --address {self.url} {name} >/dev/null 2>&1 ; then "
            f"ray job submit --address {self.url} --no-wait {option}--submission-id {name} -- "
            f"{kubelet(entrypoint.strip(), variables)} ; fi ; ray job logs --address {self.url} --follow {name}"
        )
        done = subprocess.run(
            ["bash", "-ce", "--", script],
            cwd=root,
            env=self.environment("submitter", root) | variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        added = sorted(str(path.relative_to(root)) for path in {*root.rglob("*")} - {*before})
        job = self.job(name)
        beside = self.calls(f"submitter-{name}")
        return Outcome(self.calls(name), job, beside, added, done.returncode, done.stdout)

    def meant(self, entrypoint):
        """What the text means: /bin/sh in the environment of the head runs it once."""
        name = self.new_id()
        root = self.side("head", self.folder / f"meant-{name}")
        config = json.dumps({"metadata": {"job_submission_id": name}})
        environment = self.environment("head", root) | {"RAY_JOB_CONFIG_JSON_ENV_VAR": config}
        done = subprocess.run(
            ["/bin/sh", "-c", entrypoint.strip()], cwd=root, env=environment, stdin=subprocess.DEVNULL, capture_output=True
        )
        return Outcome(self.calls(name), code=done.returncode)

    def calls(self, name):
        """The calls that the programs of a job have noted."""
        path = self.folder / "calls" / name
        text = path.read_text() if path.exists() else ""
        # What /bin/sh alone runs has a folder like the head's.
        text = re.sub(rf"{self.folder}/(head|meant-job-\d+)", "HEAD", text)
        return [call.split("\0")[:-1] for call in text.split("\1\0")[:-1]]


def kubelet(text, variables):
    """What the kubelet makes of a container's command."""
    return re.sub(
        r"\$\$|\$\(([^)]*)\)", lambda match: "$" if match[0] == "$$" else variables.get(match[1], match[0]), text
    )


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports
