"""What is kept how long, what goes when, and what may not go yet."""

from flask import Blueprint

import portal.privacy.models  # noqa: F401

blueprint = Blueprint("retention", __name__, url_prefix="/team/bewaren")
