"""Finds the Chromium that the browser tests drive, and installs it with apt where that is possible."""

import os
import shutil
import subprocess

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")


def find() -> str | None:
    """The path of a Chromium on PATH, or None."""
    return next((path for path in map(shutil.which, NAMES) if path), None)


def ensure() -> None:
    """Install Chromium when it is missing and we may; where it cannot be had, the browser tests skip and say why."""
    if find() or os.geteuid() != 0 or not shutil.which("apt-get"):
        return
    print("Installing Chromium for the browser tests ...", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", "chromium"]):
        subprocess.run(["apt-get", *arguments], env=environment, stdout=subprocess.DEVNULL, check=False)
