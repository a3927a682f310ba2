"""Following a complaint with the reference and the receipt code."""

from flask import Blueprint

blueprint = Blueprint("following", __name__, url_prefix="/klacht/volgen")
