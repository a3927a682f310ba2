"""What signing up asks and shows: five things to say, and a few more for whoever needs them."""

import secrets

from portal.forms import AnonymousForm, PersonalForm
from portal.talks.forms import Needs, Signer
from portal.talks.models import SignUp

CHANGE, LEAVE = "talk-change", "talk-leave"
"""What the hidden mark of a personal page is for."""


class SignUpForm(Signer, Needs, AnonymousForm):
    """Signing up for an evening."""


class ChangeForm(Needs, PersonalForm):
    """What somebody who signed up needs now, and who comes along."""

    def __init__(self, signup: SignUp) -> None:
        person = signup.person
        self.known_companion = person.companion
        given = vars(person) | {"brings": signup.places > 1}
        super().__init__(public_id=signup.public_id, purpose=CHANGE, data=given)


class LeaveForm(PersonalForm):
    """A button."""

    def __init__(self, signup: SignUp) -> None:
        super().__init__(public_id=signup.public_id, purpose=LEAVE)


def new_request_key() -> str:
    """A name for one opened page: sent twice, it signs up once."""
    return secrets.token_hex(16)
