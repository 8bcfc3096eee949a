"""Runs Ray's own command in forks of one process: importing Ray takes longer than submitting a job.

`CLIENT` is a program that hands its arguments, environment, folder and streams to `serve`,
and ends as the command does there.
"""

import json
import os
import signal
import socket
import sys

CLIENT = """#!{python} -IS
import json, os, socket, sys
# KubeRay's script also asks for the status, which fails before the first submission, and
# follows the logs. Both take a second and say nothing about a text.
if sys.argv[2] != "submit":
    sys.exit(sys.argv[2] == "status")
with socket.socket(socket.AF_UNIX) as command:
    command.connect({path!r})
    socket.send_fds(command, [b" "], [0, 1, 2])
    command.sendall(json.dumps([sys.argv, dict(os.environ), os.getcwd()]).encode() + b"\\n")
    sys.exit((command.recv(1) or b"\\1")[0])
"""


def serve(listener):
    from ray.scripts.scripts import main

    # The system reaps the forks.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        client, _ = listener.accept()
        with client:
            if os.fork() == 0:
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                client.sendall(bytes([run(main, client)]))
                os._exit(0)


def run(main, client):
    """Returns the exit code."""
    _, streams, _, _ = socket.recv_fds(client, 1, 3)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
    sys.argv, environment, folder = json.loads(client.makefile().readline())
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    try:
        sys.exit(main())
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
