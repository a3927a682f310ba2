"""The register: every complaint with what is due, one complaint, and who handles it."""

from flask import Blueprint

blueprint = Blueprint("complaints", __name__, url_prefix="/team/klachten")
