"""Stub until the real pages are in."""

from flask import Blueprint

from portal.identity.access import staff as may_enter

staff = Blueprint("team", __name__, url_prefix="/team")


@staff.get("")
@may_enter("today.see")
def today() -> str:
    return "vandaag"


@staff.get("/respons")
@may_enter("response.see")
def response() -> str:
    return "respons"


@staff.get("/resultaten")
@may_enter("results.see")
def results() -> str:
    return "resultaten"
