"""For the coordinator of the talks: evenings, who comes, and what is told to them."""

from flask import Blueprint

blueprint = Blueprint("evenings", __name__, url_prefix="/team/talks")
