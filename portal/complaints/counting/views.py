"""What is learned: measures until they are done, objections and appeals."""

from flask import Blueprint

blueprint = Blueprint("learning", __name__, url_prefix="/team/klachten")
