"""In development every message can be read on a page."""

from flask import Blueprint

blueprint = Blueprint("post", __name__, url_prefix="/ontwikkel/post")
