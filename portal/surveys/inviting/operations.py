"""Publishing questionnaires and making invitations."""

from datetime import date

from sqlalchemy import select

from portal import clock
from portal.audit.operations import record
from portal.crypto import keyring, new_public_id
from portal.db import db
from portal.outbox import models as _m  # noqa: F401
from portal.profile import profile
from portal.surveys.inviting import models as _models  # noqa: F401
from portal.surveys.models import Invitation, QuestionnaireVersion
from portal.surveys.questionnaire_file import parse
from portal.surveys.rules import Domain, Moment, Perspective, closing_date


class VersionPublished(Exception):
    """A questionnaire with this moment and number was published before, with other words."""


def publish(source: str, actor: str) -> QuestionnaireVersion:
    """Publish a questionnaire. The same text again changes nothing.

    Raises QuestionnaireError when the text is broken, VersionPublished when the number is taken.
    """
    questionnaire = parse(source)
    known = db.session.scalar(
        select(QuestionnaireVersion).where(
            QuestionnaireVersion.moment == questionnaire.moment,
            QuestionnaireVersion.version == questionnaire.version,
        )
    )
    if known is not None:
        if known.source != source:
            raise VersionPublished(
                f"Versie {questionnaire.version} van '{questionnaire.moment}' is al gepubliceerd en "
                "verandert niet meer. Geef het bestand een hoger nummer bij 'version'."
            )
        return known
    version = QuestionnaireVersion(
        moment=questionnaire.moment,
        version=questionnaire.version,
        source=source,
        published_at=clock.now(),
    )
    db.session.add(version)
    record("questionnaire.published", actor, moment=questionnaire.moment, version=str(questionnaire.version))
    db.session.flush()
    return version


def new_invitation(
    moment: Moment,
    *,
    domain: Domain = Domain.UNKNOWN,
    perspective: Perspective | None = None,
    language: str = "nl",
    team: str = "",
    channel: str = "",
    parenting_help: bool = False,
    first_person: bool = True,
    name: str | None = None,
    invited_on: date | None = None,
    closes_on: date | None = None,
    delivered: bool = False,
    is_demo: bool = False,
) -> Invitation:
    """One invitation with a link and a letter code of its own, in the running transaction."""
    keys = keyring()
    public_id = new_public_id()
    code = keys.code(public_id, keys.link_key_id)
    invitation = Invitation(
        public_id=public_id,
        link_key_id=keys.link_key_id,
        code_index=keys.index("code", code),
        moment=moment,
        domain=domain,
        perspective=perspective,
        language=language,
        team=team,
        channel=channel,
        parenting_help=parenting_help,
        first_person=first_person,
        name=name,
        invited_on=invited_on,
        closes_on=closes_on or closing_date(invited_on or clock.today(), profile().surveys.open_days),
        delivered=delivered,
        is_demo=is_demo,
    )
    db.session.add(invitation)
    return invitation
