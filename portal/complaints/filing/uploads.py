"""The step of filing that takes files."""

from flask import Blueprint

blueprint = Blueprint("filing_files", __name__, url_prefix="/klacht/invullen/<token>/bijlagen")
