"""Static files with hashed names, compressed beforehand and cached for ever.

The name changes with the content, so a browser never asks twice and never shows an old page.
The prepared copies live in the instance folder and are made when the portal starts.
"""

import gzip
import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

import brotli
from flask import Flask
from whitenoise import WhiteNoise

from portal.config import ROOT, ConfigError

STATIC = ROOT / "static"
PREFIX = "/static/"
COMPRESSED = {".css", ".js", ".svg"}
VENDORED = ("button", "link", "skip-link", "textbox", "textarea", "alert", "table", "badge-status")
# One stylesheet a page: tokens first, then the components, then the house's own.
BUNDLES: dict[str, tuple[str, ...]] = {
    "site.css": (
        "tokens.css",
        *(f"vendor/utrecht/{name}.css" for name in VENDORED),
        "base.css",
        "components.css",
        "survey.css",
        "pages.css",
    ),
    "team.css": ("team.css", "chart.css", "complaints-team.css", "talks-team.css"),
    "complaints.css": ("complaints.css",),
    "talks.css": ("talks.css",),
    "print.css": ("tokens.css", "print.css"),
    "post.css": ("post.css",),
    "letter.css": ("print.css", "letter.css"),
    "complaint-letter.css": ("complaint-letter.css",),
    "portal.js": ("portal.js",),
    "htmx.js": ("vendor/htmx/htmx-2.0.11.min.js",),
    "mark.svg": ("mark.svg",),
}


def init_app(app: Flask, instance: Path) -> None:
    """Prepare the files, serve them with WhiteNoise, and give templates `asset(name)`. Raises ConfigError where
    nothing can be written."""
    folder = instance / "static"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        names = {name: _prepare(name, parts, folder) for name, parts in BUNDLES.items()}
    except OSError as error:
        raise ConfigError(f"PORTAL_INSTANCE: in de map {instance} is niet te schrijven.") from error

    app.wsgi_app = WhiteNoise(  # type: ignore[method-assign]
        app.wsgi_app,
        root=str(folder),
        prefix=PREFIX,
        immutable_file_test=lambda _path, _url: True,
        allow_all_origins=False,
    )
    app.jinja_env.globals["asset"] = lambda name: PREFIX + names[name]


def _prepare(name: str, parts: Iterable[str], folder: Path) -> str:
    content = b"\n".join((STATIC / part).read_bytes() for part in parts)
    stem, suffix = Path(name).stem, Path(name).suffix
    hashed = f"{stem}.{hashlib.sha256(content).hexdigest()[:12]}{suffix}"
    _write(folder / hashed, content)
    if suffix in COMPRESSED:
        _write(folder / f"{hashed}.gz", gzip.compress(content, mtime=0))
        if not (folder / f"{hashed}.br").exists():
            _write(folder / f"{hashed}.br", brotli.compress(content))
    return hashed


def _write(path: Path, content: bytes) -> None:
    """Put a file in place at once: another process may be serving it."""
    if path.exists():
        return
    aside = path.parent.with_name(f"{path.name}.{os.getpid()}")
    aside.write_bytes(content)
    aside.replace(path)
