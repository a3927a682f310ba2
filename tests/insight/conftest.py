"""Pages of staff are asked as in a server: no context is held open."""

import pytest
from flask import Flask

from tests.conftest import _clean


@pytest.fixture
def app(whole_app: Flask) -> Flask:
    """A clean portal."""
    _clean(whole_app)
    return whole_app
