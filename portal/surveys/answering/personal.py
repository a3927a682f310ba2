"""What every page under a personal link needs: its state, its language, and whom it speaks to."""

from flask import request
from flask.typing import ResponseReturnValue

from portal import clock, i18n
from portal.profile import profile
from portal.surveys.models import Invitation
from portal.surveys.rules import LinkState, Perspective, link_state
from portal.web import page


def state_of(invitation: Invitation) -> LinkState:
    """What the link opens today."""
    return link_state(completed=invitation.completed, closes_on=invitation.closes_on, today=clock.today())


def speak(invitation: Invitation) -> None:
    """From here on the page is in the language of this link."""
    i18n.use_own(invitation.draft.language if invitation.draft else None, invitation.language)


def is_young(invitation: Invitation) -> bool:
    """Whether the page says "je"."""
    return invitation.perspective == Perspective.YOUNG_PERSON


def may_ask_others(invitation: Invitation) -> bool:
    """Whether links for others in the family can be made from this one: after sending one's own answers."""
    return invitation.first_person and invitation.completed and profile().inviting.family_links > 0


def switched_language() -> bool:
    """A form page's language button: show the same page, with what was typed, in that language."""
    verb, _colon, value = request.form.get("action", "").partition(":")
    if verb != "language" or value not in profile().languages:
        return False
    i18n.use(value)
    return True


def unknown_link() -> ResponseReturnValue:
    """The friendly page for a link that we do not know."""
    return page("surveys/unknown.html", status=404)
