"""Answers what becomes of an entrypoint: bash in the submitter, Ray's join, /bin/sh on the head.

Each line on stdin is {"entrypoint", "mode", "real"}, and each on stdout what was run. The
shells are real, and see a closed PATH of stubs that note how they are called; with "real",
bash, sh and env on the head are real too. Nothing else is run, and nothing outside a
temporary folder is written.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time

ADDRESS = "http://cluster-head-svc.default.svc.cluster.local:8265"
# The scripts of KubeRay 1.6, without the loop that waits for the dashboard. The releases
# differ in that loop alone.
SCRIPTS = {
    "K8sJobMode": (
        f"if ! ray job status --address {ADDRESS} job-x >/dev/null 2>&1 ; "
        f"then ray job submit --address {ADDRESS} --no-wait --submission-id job-x -- ",
        f" ; fi ; ray job logs --address {ADDRESS} --follow job-x",
    ),
    "SidecarMode": (f"ray job submit --address {ADDRESS} --submission-id job-x -- ", " ;"),
}
# /bin/sh in Ray's images.
SH = shutil.which("dash")
VARIABLES = {"RAY_DASHBOARD_ADDRESS": ADDRESS, "RAY_JOB_SUBMISSION_ID": "job-x", "PYTHONUNBUFFERED": "1"}
STUBS = """accelerate aws bash cat cp date deepspeed env git grep head hostname ls mkdir nohup nproc
pip python python3 ray serve sh sleep tee torchrun uv wc whoami""".split()
STUB = """#!/bin/sh
name=${{0##*/}}
# One write, because several may run at the same time.
printf '%s\\0' "$PWD" "$name" "$@" "$(printf '\\1')" >>{events}
case "$name $1 $2" in
  "ray job status") exit 1 ;;
  date* | hostname* | nproc* | whoami* | cat*) read -r side <{side}; echo "$side" ;;
esac
exit 0
"""
FILES = {
    "S": ["a.csv", "run.sh", "conf.txt"],
    "H": ["a.csv", "b.csv", "run.sh", "train.py", "data/x.csv", "src/main.py", "conf.txt", "home/data"]
    + ["data.csv", "env.sh", "out/old.txt"],
}
ENVIRONMENT = {
    "S": {"LR": "s1", "DATA_DIR": "/s data", "USER": "s", **VARIABLES},
    "H": {"LR": "h1", "DATA_DIR": "/h data", "USER": "h", "EPOCHS": "3", "RAY_ADDRESS": "auto"},
}


class Shells:
    def __init__(self, folder):
        self.folder = folder
        self.events = f"{folder}/events"
        self.side = f"{folder}/side"
        self.stub = f"{folder}/stub"
        self.heads = {}
        with open(self.stub, "w") as file:
            file.write(STUB.format(events=self.events, side=self.side))
        os.chmod(self.stub, 0o755)
        for kind in ("stubs", "real"):
            os.mkdir(f"{folder}/{kind}")
            for name in STUBS:
                is_real = kind == "real" and name in ("bash", "sh", "env")
                real = SH if name == "sh" else shutil.which(name)
                os.symlink(real if is_real else self.stub, f"{folder}/{kind}/{name}")
        for side in FILES:
            self.fill(side)

    def added(self, side):
        """The files of a side that a shell has added, or None if it has changed none."""
        root = f"{self.folder}/{side}"
        names = [
            os.path.relpath(f"{where}/{name}", root) for where, _, files in os.walk(root) for name in files
        ]
        return None if sorted(names) == sorted(FILES[side]) else sorted(set(names) - set(FILES[side]))

    def fill(self, side):
        """Writes the files of a side."""
        root = f"{self.folder}/{side}"
        shutil.rmtree(root, ignore_errors=True)
        for name in FILES[side]:
            os.makedirs(os.path.dirname(f"{root}/{name}"), exist_ok=True)
            if name.endswith((".sh", ".py")) and name != "env.sh":
                os.symlink(self.stub, f"{root}/{name}")
            else:
                open(f"{root}/{name}", "w").close()
        os.makedirs(f"{root}/home", exist_ok=True)
        with open(f"{self.folder}/side-{side}", "w") as file:
            file.write(f"{side}\n")

    def head(self, text, path):
        """What /bin/sh on the head does with a text."""
        if (text, path) not in self.heads:
            self.heads[text, path] = self.run("H", [SH, "-c", text], path)
        return self.heads[text, path]

    def run(self, side, command, path):
        open(self.events, "w").close()
        shutil.copyfile(f"{self.folder}/side-{side}", self.side)
        root = f"{self.folder}/{side}"
        environment = {"PATH": f"{self.folder}/{path}", "HOME": f"{root}/home", **ENVIRONMENT[side]}
        done = subprocess.run(
            command, cwd=root, env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=60
        )
        if "&" in command[-1]:
            # What runs in the background may have no output that would be waited for.
            time.sleep(0.05)
        with open(self.events, errors="surrogateescape", newline="") as file:
            calls = file.read().split("\1\0")[:-1]
        calls = [call.split("\0")[:-1] for call in calls]
        calls = [[os.path.relpath(call[0], root), *call[1:]] for call in calls]
        calls = [[word.replace(root, f"/{side}") for word in call] for call in calls]
        files = self.added(side)
        if files is not None:
            self.fill(side)
        # The order of what runs at the same time is not known.
        return {"calls": sorted(calls), "rc": done.returncode, "files": files or []}

    def answer(self, row):
        text = row["entrypoint"]
        path = "real" if row.get("real") else "stubs"
        answer = {"meant": self.head(text, path)}
        if row["mode"] not in SCRIPTS:
            return answer
        before, after = SCRIPTS[row["mode"]]
        script = before + expand(text.strip()) + after
        bash = self.run("S", [shutil.which("bash"), "-ce", "--", script], "stubs")
        submits = [call for call in bash["calls"] if call[1:4] == ["ray", "job", "submit"]]
        others = [call for call in bash["calls"] if call[1:3] != ["ray", "job"]]
        answer |= {"rc": bash["rc"], "submits": len(submits), "others": others, "files": bash["files"]}
        if len(submits) == 1:
            words = submits[0][submits[0].index("--") + 1 :]
            answer["words"] = words
            for name, join in [("list2cmdline", subprocess.list2cmdline), ("shlex", shlex.join)]:
                submitted = join(words)
                answer[name] = {"submitted": submitted, "head": self.head(submitted, path)}
        return answer


def expand(text):
    """What the kubelet makes of a command."""

    def value(match):
        return "$" if match[0] == "$$" else VARIABLES.get(match[1], match[0])

    return re.sub(r"\$\$|\$\(([^)]*)\)", value, text)


def main():
    with tempfile.TemporaryDirectory() as folder:
        shells = Shells(folder)
        for line in sys.stdin:
            print(json.dumps(shells.answer(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
