"""What became of the advice: kept by the team, read by everybody."""

from flask import Blueprint

staff_pages = Blueprint("advices", __name__, url_prefix="/team/talks/adviezen")
public = Blueprint("done", __name__)
