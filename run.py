"""The one entry: sets up the environment on first use, then runs a command; standard library only."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
STAMP = VENV / "lock.stamp"
RUNTIME_LOCK = ROOT / "requirements.lock"
# The lock for tests holds everything that the other one does, at the same versions.
TEST_LOCK = ROOT / "requirements-test.lock"
TEST_COMMANDS = {"test", "lint", "bench"}
# Published as source only; built with the setuptools of the lock and not with one fetched on the side.
SOURCE_ONLY = ("flask-principal", "dkimpy")


class SetUpError(Exception):
    """One sentence for the person at the terminal."""


def main(arguments: list[str]) -> None:
    """Set up what the command needs, then become the command."""
    if sys.version_info < (3, 11):  # noqa: UP036 - the sentence is for whoever starts it with an older one
        raise SetUpError(f"This program needs Python 3.11 or newer; this is {sys.version.split()[0]}.")
    command = arguments[0] if arguments else ""
    set_up(for_tests=command in TEST_COMMANDS)
    python = str(VENV / "bin" / "python")
    sys.stdout.flush()
    os.chdir(ROOT)
    os.execv(python, [python, "-m", "campaigns.cli", *arguments])  # noqa: S606


def set_up(for_tests: bool) -> None:
    """Make the environment equal to the lock, unless a stamp says that it already is."""
    wanted = [RUNTIME_LOCK, TEST_LOCK] if for_tests else [RUNTIME_LOCK]
    known = STAMP.read_text("ascii").split() if STAMP.exists() else []
    if all(_digest(lock) in known for lock in wanted):
        return
    print("Setting up (the first start takes a minute or two) ...", file=sys.stderr, flush=True)
    _make_venv()
    lock = TEST_LOCK if for_tests or _digest(TEST_LOCK) in known else RUNTIME_LOCK
    print(f"  installing what {lock.name} names ...", file=sys.stderr, flush=True)
    _install(lock)
    done = [RUNTIME_LOCK, TEST_LOCK] if lock is TEST_LOCK else [RUNTIME_LOCK]
    STAMP.write_text("\n".join(map(_digest, done)) + "\n", "ascii")
    print("  ready.", file=sys.stderr, flush=True)


def _digest(lock: Path) -> str:
    return hashlib.sha256(lock.read_bytes()).hexdigest()


def _make_venv() -> None:
    # One that was cut short while it was made has Python but no pip yet.
    if (VENV / "bin" / "python").exists() and (shutil.which("uv") or (VENV / "bin" / "pip").exists()):
        return
    if not os.access(ROOT, os.W_OK):
        raise SetUpError(f"The folder {ROOT} cannot be written to, and the environment .venv is made there.")
    print("  making the environment .venv ...", file=sys.stderr, flush=True)
    if shutil.which("uv"):
        _run(["uv", "venv", "--quiet", "--clear", "--python", sys.executable, str(VENV)])
        return
    try:
        import ensurepip  # noqa: F401
    except ImportError:
        _install_venv_package()
    _run([sys.executable, "-m", "venv", "--clear", str(VENV)])


def _install_venv_package() -> None:
    packages = ["python3-venv", f"python3.{sys.version_info[1]}-venv"]
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise SetUpError("Python's venv module is missing; install it with: sudo apt-get install python3-venv")
    print("  installing the system package python3-venv ...", file=sys.stderr, flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-qq"], env=environment, check=False)
    for package in packages:
        done = subprocess.run(["apt-get", "install", "-y", "-qq", package], env=environment, check=False)
        if done.returncode == 0:
            return
    raise SetUpError("Python's venv module could not be installed; try: apt-get install python3-venv")


def _install(lock: Path) -> None:
    python = str(VENV / "bin" / "python")
    binary, source = _split(lock)
    if shutil.which("uv"):
        uv = ["uv", "pip", "sync", "--quiet", "--python", python, "--require-hashes", "--no-build-isolation"]
        # The build of a source-only package needs setuptools, so the rest has to be there first.
        _run([*uv, str(binary)])
        _run([*uv, str(lock)])
        return
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "--no-deps"]
    _run([*pip, "--only-binary", ":all:", "-r", str(binary)])
    _run([*pip, "--no-build-isolation", "-r", str(source)])


def _split(lock: Path) -> tuple[Path, Path]:
    """The lock as two files in the environment: what comes as a wheel, and what comes as source only."""
    parts: tuple[list[str], list[str]] = ([], [])
    current = 0
    for line in lock.read_text("utf-8").splitlines():
        if line and not line[0].isspace() and not line.startswith("#"):
            current = int(line.split("==")[0].strip() in SOURCE_ONLY)
        parts[current].append(line)
    binary, source = VENV / "binary.lock", VENV / "source.lock"
    binary.write_text("\n".join(parts[0]) + "\n", "utf-8")
    source.write_text("\n".join(parts[1]) + "\n", "utf-8")
    return binary, source


def _run(command: list[str]) -> None:
    done = subprocess.run(command, check=False)
    if done.returncode != 0:
        raise SetUpError(f"Setting up failed at: {' '.join(command[:5])} ... (see the lines above).")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except SetUpError as error:
        print(error, file=sys.stderr)
        raise SystemExit(2) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None
