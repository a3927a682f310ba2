"""Who can sign in: the administrator's pages, and the page on which somebody chooses a password."""

from flask import Blueprint

blueprint = Blueprint("people", __name__)
