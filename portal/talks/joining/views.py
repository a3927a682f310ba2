"""For parents and young people: the evenings, signing up, and one's own sign-up."""

from flask import Blueprint

from portal.talks import models as _models  # noqa: F401 - known to the database from the start

blueprint = Blueprint("talks", __name__, url_prefix="/talks")
