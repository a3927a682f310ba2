"""What a person concerned sees: the copy, the hearing, a place to reply."""

from flask import Blueprint

blueprint = Blueprint("concerned", __name__, url_prefix="/klacht/betrokkene/<token>")
