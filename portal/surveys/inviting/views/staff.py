"""The team's pages about invitations."""

from flask import Blueprint

blueprint = Blueprint("invitations", __name__, url_prefix="/team/uitnodigingen")
