"""Answers what Ray makes of a runtime environment; run it with the Python of a Ray installation.

Each line on stdin is {"env", "mode"}, and each on stdout {"refused", "ignored", "files"}: why Ray
refuses the runtime environment, or null; the keys that it does not know; and whether it refuses
it because the submitter or the head lacks a file. Ray's own code decides, as far as a job would start: that of
`ray job submit` in the submitter (K8sJobMode), and then that of the head. No head runs, and nothing
is uploaded. {} is answered with the release of Ray.
"""

import inspect
import json
import logging
import os
import sys
import tempfile

import ray
from ray._private.utils import get_runtime_env_info, parse_runtime_env_for_task_or_actor
from ray.dashboard.modules.job.common import JobSubmitRequest
from ray.dashboard.modules.job.job_manager import JobManager
from ray.dashboard.modules.job.sdk import JobSubmissionClient
from ray.runtime_env import RuntimeEnv


class Client(JobSubmissionClient):
    """A client whose head says yes."""

    def __init__(self):
        self._default_metadata = {}

    def _upload_package_if_needed(self, *_, **__):
        pass

    def _do_request(self, method, path, *, json_data=None, **_):
        self.sent = json_data
        return Yes


class Yes:
    status_code = 200

    @staticmethod
    def json():
        return {"job_id": "x", "submission_id": "x"}


def submit(env):
    """What `ray job submit` sends to the head."""
    client = Client()
    client.submit_job(entrypoint="x", submission_id="x", runtime_env=env)
    return client.sent.get("runtime_env")


def receive(env):
    """What the head does until it starts the job's supervisor."""
    request = JobSubmitRequest(entrypoint="x", submission_id="x", runtime_env=env)
    env = JobManager._get_supervisor_runtime_env(None, request.runtime_env, "x", False)
    env = parse_runtime_env_for_task_or_actor(env)
    get_runtime_env_info(env, is_job_runtime_env=False, serialize=True)


KNOWN = {*RuntimeEnv.known_fields, *inspect.signature(RuntimeEnv.__init__).parameters}
# What Ray says of a file that is not there.
FILES = ("is not a valid file", "Can't find conda", "must be an existing directory", "py_modules entry must be")


def answer(question):
    env, refused = question["env"], None
    try:
        receive(submit(env) if question["mode"] == "K8sJobMode" else env)
    except Exception as error:
        refused = f"{type(error).__name__}: {error}"
    ignored = sorted(key for key in env if env[key] is not None and key not in KNOWN)
    files = any(text in (refused or "") for text in FILES)
    return {"refused": refused, "ignored": ignored, "files": files}


def main():
    logging.disable()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        os.mkdir("code")
        open("code/train.py", "w").close()
        for line in sys.stdin:
            question = json.loads(line)
            print(json.dumps(answer(question) if question else ray.__version__), flush=True)


if __name__ == "__main__":
    main()
