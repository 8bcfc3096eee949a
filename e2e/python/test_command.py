"""The command in the wheel is the command: its output, its exit codes, and how it ends."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = [Path(sys.executable).with_name("rayjob-policy")]
MODULE = [sys.executable, "-m", "rayjob_policy"]


def run(command, arguments, **options):
    done = subprocess.run([*command, *arguments], capture_output=True, timeout=60, **options)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(
    ("code", "arguments"),
    [
        (0, ["check", "examples/manifests"]),
        (1, ["check", "docs/cli.in/jobs", "--settings", "deploy/kubewarden/protect.yaml"]),
        (1, ["check", "docs/cli.in/jobs", "--format", "json"]),
        (1, ["--color", "always", "check", "docs/cli.in/jobs"]),
        (1, ["check", "docs/cli.in/jobs", "--diff"]),
        (2, ["check", "missing.yaml"]),
        (2, ["check", b"\xff.yaml"]),
        (2, ["chek"]),
        (2, []),
        (3, ["check", "action.yml", "--require-rayjob"]),
        (0, ["rules"]),
        (0, ["completions", "bash"]),
        (0, ["--version"]),
        (0, ["check", "--help"]),
    ],
)
def test_it_prints_what_the_program_prints(project, native, code, arguments):
    printed = run([native], arguments, cwd=project)
    assert printed[0] == code
    for command in (SCRIPT, MODULE):
        assert run(command, arguments, cwd=project) == printed


def test_it_reads_stdin(native):
    text = b"kind: RayJob\napiVersion: ray.io/v1\n"
    for command in (SCRIPT, MODULE):
        arguments = ["check", "-"]
        assert run(command, arguments, input=text) == run([native], arguments, input=text)


def test_a_reader_that_leaves_early_is_no_error(native):
    for command in ([native], SCRIPT, MODULE):
        reader, writer = os.pipe()
        os.close(reader)
        running = subprocess.Popen([*command, "rules"], stdout=writer, stderr=subprocess.PIPE)
        os.close(writer)
        assert running.communicate(timeout=60)[1] == b"", command
        assert running.returncode == 0, command


def end_at_control_c():
    """What a shell starts in the background ignores it, and so does all that this starts."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_control_c_ends_it(native, tmp_path):
    for number, command in enumerate(([native], SCRIPT, MODULE)):
        pipe = tmp_path / f"{number}.yaml"
        os.mkfifo(pipe)
        running = subprocess.Popen([*command, "check", pipe], stderr=subprocess.PIPE, preexec_fn=end_at_control_c)
        # Opening waits for the command to read.
        with pipe.open("wb"):
            running.send_signal(signal.SIGINT)
            assert running.wait(timeout=60) == -signal.SIGINT, command
        assert running.stderr.read() == b""
        running.stderr.close()


def test_an_ignored_control_c_stays_ignored(tmp_path):
    pipe = tmp_path / "a.yaml"
    os.mkfifo(pipe)
    ignore = f"trap '' INT; exec {SCRIPT[0]} check {pipe}"
    running = subprocess.Popen(["sh", "-c", ignore], stdout=subprocess.DEVNULL)
    with pipe.open("wb") as text:
        running.send_signal(signal.SIGINT)
        text.write(b"a: 1\n")
    assert running.wait(timeout=60) == 0
