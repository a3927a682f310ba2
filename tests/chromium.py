"""The browser of the browser tests: the system's, else the system's package, else a download.

`make test` runs this before pytest. It says in one sentence what it did, and fails with one
sentence when there is no Chromium to be had.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

# The one without windows first: the same pages for two thirds of the work.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Without a font every letter is a box, and a box has no width to check.
FONTS = "fonts-dejavu-core"
PACKAGES = ("chromium-headless-shell", "chromium")
MINUTES = 15


class NoBrowser(Exception):
    """There is no Chromium, and none could be installed; the message says what was tried."""


def path() -> str:
    """Where Chromium is. Raises NoBrowser."""
    found = _installed() or _downloaded()
    if found is None:
        raise NoBrowser("Er is geen Chromium. Draai 'make test', of installeer het pakket chromium.")
    return found


def ensure() -> str:
    """Install Chromium where it is missing, and say what was done. Raises NoBrowser."""
    found = _installed() or _downloaded()
    if found:
        return f"Chromium is er al: {found}."
    tried = []
    if _is_root() and shutil.which("apt-get"):
        if any(map(_from_package, PACKAGES)) and (found := _installed()):
            return f"Chromium is geïnstalleerd met apt-get: {found}."
        tried.append("apt-get")
    if _run(sys.executable, "-m", "playwright", "install", "chromium") and (found := _downloaded()):
        return f"Chromium is gedownload door Playwright: {found}."
    tried.append("de download van Playwright")
    raise NoBrowser(f"Er is geen Chromium en installeren lukte niet met {' en '.join(tried)}.")


def _installed() -> str | None:
    return next((found for name in NAMES if (found := shutil.which(name))), None)


def _downloaded() -> str | None:
    with sync_playwright() as playwright:
        found = playwright.chromium.executable_path
    return found if found and Path(found).exists() else None


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def _from_package(name: str) -> bool:
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    return _run("apt-get", "update", env=quiet) and _run(
        "apt-get", "install", "-y", "--no-install-recommends", name, FONTS, env=quiet
    )


def _run(*command: str, env: dict[str, str] | None = None) -> bool:
    """Whether a command worked; what it printed is shown only when it did not."""
    try:
        done = subprocess.run(
            command,
            env=env,
            timeout=60 * MINUTES,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        print(f"{command[0]}: {type(error).__name__}", file=sys.stderr)
        return False
    if done.returncode:
        sys.stderr.write(done.stdout.decode(errors="replace")[-400:])
    return done.returncode == 0


if __name__ == "__main__":
    try:
        print(ensure())
    except NoBrowser as error:
        sys.exit(str(error))
