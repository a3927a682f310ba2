"""Where do I go, and filing in a few steps that can be left and continued."""

from flask import Blueprint

blueprint = Blueprint("filing", __name__, url_prefix="/klacht")
