"""The yearly figures about complaints, for the team and for everyone."""

from flask import Blueprint

blueprint = Blueprint("complaint_figures", __name__)
