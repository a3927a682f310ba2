"""The circle: be told of new evenings. Confirmed before anything is sent, left with one click."""

from flask import Blueprint

blueprint = Blueprint("circle", __name__, url_prefix="/talks/kring")
