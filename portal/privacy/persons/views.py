"""Everything about one person: found, given, thrown away."""

from flask import Blueprint

blueprint = Blueprint("persons", __name__, url_prefix="/team/personen")
