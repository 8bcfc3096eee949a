"""The command ``rayjob-policy``."""

import signal
import sys

from rayjob_policy import _native


def main() -> int:
    """Runs the command with the arguments of the process and returns its exit code."""
    # Python's handler would only run once the command has ended.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    return _native.run(["rayjob-policy", *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
