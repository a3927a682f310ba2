"""Under a personal link: no more messages, and links for others in the family."""

from flask import Blueprint

blueprint = Blueprint("inviting", __name__)
