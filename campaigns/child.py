"""Becomes a child of the supervisor: asks to be ended with its parent, then turns into the given command."""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> None:
    """`python -m campaigns.child PARENT COMMAND...`: PARENT is the supervisor's process id."""
    parent, command = int(arguments[0]), arguments[1:]
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)
    # The parent may have gone between our start and the request.
    if os.getppid() != parent:
        raise SystemExit(1)
    os.execv(command[0], command)  # noqa: S606


if __name__ == "__main__":
    main(sys.argv[1:])
