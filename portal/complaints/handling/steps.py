"""The steps of the procedure, each a short page, and the letters."""

from flask import Blueprint

blueprint = Blueprint("complaint_steps", __name__, url_prefix="/team/klachten/<reference>")
