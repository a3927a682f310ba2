"""Files with a complaint: judged by what is in them, stripped, scanned, sealed, and only ever downloaded.

A file is a PDF, a JPG or a PNG by its content, whatever it is called. A picture is made anew from its pixels,
so that the place where a photo was taken, its preview and whatever was hung behind it stay away. A PDF is
kept as it is. It is *not* searched for scripts or files inside: their names can be packed or spelled in
numbers, so not finding them proves nothing, and ordinary forms of authorities hold them too, so finding them
proves nothing either. What protects who opens it: it is never shown by us, only downloaded (see `download`),
and where the organisation has a scanner, that has seen it (PORTAL_SCAN_COMMAND).
"""

import os
import re
import signal
import subprocess
import threading
import unicodedata
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import structlog
from flask import Response, current_app
from flask_babel import gettext as _
from sqlalchemy import delete, func, select
from werkzeug.datastructures import Headers

from portal.complaints import pictures
from portal.complaints.models import Attachment, Complaint, ComplaintDraft
from portal.crypto import keyring, new_public_id
from portal.db import db
from portal.forms import tidy

LIMIT = 10 * 1024 * 1024
"""How many bytes a file may have."""
MOST = 5
"""How many files may come with one complaint."""
MOST_KEPT = 2 * 1024**3
"""How many bytes the files of all drafts together may have: strangers put them there, and nobody reads them."""
LONGEST_NAME = 100
LONGEST_NAME_BYTES = 240
"""What file systems take, with room for the "(1)" that a browser adds."""
SCAN_SECONDS = 30
PDF_TAIL = 2048
"""Within how many bytes of its end a PDF says that it ends; readers allow for some rubbish after it."""
TYPES = {"pdf": "application/pdf", "jpg": "image/jpeg", "png": "image/png"}

log = structlog.get_logger("portal")
# PostgreSQL refuses some signs that an address can hold.
_ID = re.compile("[0-9a-f]{1,16}")
# Ten megabytes take some forty while they are sealed or opened: not sixteen times at once.
_sealing = threading.BoundedSemaphore(2)


class NotTaken(Exception):
    """This file is not taken; the message is for who gave it, and says what one can do."""


class NoRoom(NotTaken):
    """The files of all drafts together are as much as we keep."""


class Full(NotTaken):
    """There are as many files as there may be."""


@dataclass(frozen=True)
class Judged:
    """A file as it may be kept."""

    kind: str
    name: str
    data: bytes
    smaller: bool = False
    """Whether it is a picture that has fewer pixels than it came with."""


def judge(data: bytes, name: str) -> Judged:
    """The file as it may be kept, with a name that can do no harm. Raises NotTaken."""
    if not data:
        raise NotTaken(_("Dit bestand is leeg. Kijk of het nog opengaat en kies het dan opnieuw."))
    if len(data) > LIMIT:
        raise NotTaken(too_large())
    kind = _kind(data)
    if kind == "pdf":
        return Judged(kind, safe_name(name, kind), data)
    try:
        made = pictures.made_anew(data, kind)
    except pictures.Unreadable as error:
        raise NotTaken(
            _(
                "Deze foto is stuk of niet helemaal overgekomen. Kijk of hij nog opengaat en kies hem dan opnieuw."
            )
        ) from error
    except pictures.TooLarge as error:
        raise NotTaken(
            _("Deze foto heeft te veel beeldpunten. Maak er een schermafdruk van, of een kleinere foto.")
        ) from error
    except pictures.Busy as error:
        raise NotTaken(_busy()) from error
    return Judged(kind, safe_name(name, kind), made.data, made.smaller)


def _kind(data: bytes) -> str:
    """Which of the three it is, by its first bytes: what begins with anything else is something else too."""
    if data.startswith(b"\xff\xd8\xff"):
        return "jpg"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if data.startswith(b"%PDF-"):
        if b"%%EOF" in data[-PDF_TAIL:]:
            return "pdf"
        raise NotTaken(
            _(
                "Deze pdf is stuk of niet helemaal overgekomen. Kijk of hij nog opengaat en kies hem dan opnieuw."
            )
        )
    if data[4:12] in {b"ftypheic", b"ftypheix", b"ftypmif1", b"ftypheif", b"ftypavif"}:
        raise NotTaken(
            _(
                "Deze foto is van een soort die niet iedereen kan openen (HEIC). Bewaar hem als JPG en kies hem opnieuw."
            )
        )
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"{\\rtf")):
        raise NotTaken(
            _(
                "Dit soort bestand kunnen we niet aannemen. Is het een document, bijvoorbeeld van Word? Bewaar het als pdf en kies het opnieuw."
            )
        )
    raise NotTaken(
        _(
            "Dit is geen pdf, JPG of PNG, ook al heet het misschien zo. Maak er een foto of een schermafdruk van, of bewaar het als pdf."
        )
    )


def too_large() -> str:
    """What is said of a file that is larger than LIMIT."""
    return _(
        "Dit bestand is groter dan %(limit)s MB. Het is niet toegevoegd. Kies een kleiner bestand, of maak een foto van de bladzijde waar het om gaat.",
        limit=LIMIT // 1024 // 1024,
    )


def _busy() -> str:
    return _(
        "We konden dit bestand nu niet nakijken. Het is niet toegevoegd. Probeer het later nog een keer."
    )


_ENDINGS = re.compile(r"(\.(pdf|jpe?g|jpe|jfif|png))+$", re.IGNORECASE)
_NOT_IN_NAMES = re.compile(r'[<>:"|?*]')
# Names that Windows keeps for machines of long ago, whatever comes after the point.
_MACHINES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)


def safe_name(name: str, kind: str) -> str:
    """The name without where it came from, without signs that cannot be seen, with the ending of its kind."""
    last = re.split(r"[/\\]", name)[-1]
    seen = "".join(sign for sign in unicodedata.normalize("NFC", tidy(last)) if _is_seen(sign))
    bare = _ENDINGS.sub("", _NOT_IN_NAMES.sub("-", " ".join(seen.split()))).strip(". ")
    bare = bare[: LONGEST_NAME - len(kind) - 1]
    while len(bare.encode()) > LONGEST_NAME_BYTES:
        bare = bare[:-1]
    bare = bare.strip(". ")
    if not bare or _MACHINES.match(bare):
        bare = _("bijlage")
    return f"{bare}.{kind}"


def _is_seen(sign: str) -> bool:
    """Neither control nor what turns the direction of the letters, so that nothing reads as another name."""
    return sign.isspace() or unicodedata.category(sign) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def scan(data: bytes) -> None:
    """Let the organisation's scanner look, where it has one. Raises NotTaken.

    PORTAL_SCAN_COMMAND gets the file on its standard input and answers by its exit code: 0 clean, 1 refused,
    anything else, or half a minute of silence, not looked at. No shell, and none of our settings.
    """
    command = current_app.extensions["settings"].scanner
    if not command:
        return
    code = _answer(command, data)
    if code == 0:
        return
    log.warning("file refused by the scanner" if code == 1 else "the scanner did not answer", code=code)
    if code == 1:
        raise NotTaken(
            _(
                "Dit bestand is niet aangenomen: onze virusscanner vond er iets in. Kies een ander bestand, of maak er een foto van."
            )
        )
    raise NotTaken(_busy())


def _answer(command: list[str], data: bytes) -> int | None:
    """The exit code of the scanner; None when it could not be started or did not end in time."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}
    quiet = subprocess.DEVNULL
    try:
        # In a group of its own, so that what it starts ends with it.
        scanner = subprocess.Popen(  # noqa: S603 - the operator's own command
            command,
            stdin=subprocess.PIPE,
            stdout=quiet,
            stderr=quiet,
            env=environment,
            start_new_session=True,
        )
    except (OSError, ValueError):
        return None
    with scanner:
        try:
            scanner.communicate(data, timeout=SCAN_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(scanner.pid, signal.SIGKILL)
            return None
    return scanner.returncode


def check_room(size: int) -> None:
    """Raises NoRoom when so many bytes more do not go with what all drafts hold."""
    lies = select(func.coalesce(func.sum(Attachment.size), 0)).where(Attachment.draft_id.is_not(None))
    if db.session.scalars(lies).one() + size > MOST_KEPT:
        raise NoRoom(
            _(
                "Wij kunnen nu even geen bestanden meer aannemen. Probeer het later nog een keer. Alles wat er al stond, is er nog. Versturen kan ook zonder dit bestand."
            )
        )


def seal(judged: Judged) -> bytes:
    """The file as it is kept: under our own key, without a time. Before the transaction: it takes a while."""
    with _sealing:
        return keyring().encrypt_bytes(judged.data)


def keep(draft: ComplaintDraft, judged: Judged, sealed: bytes) -> Attachment:
    """Put the file with the draft, which is locked, in the running transaction. Raises Full.

    The same file under the same name is there once: a double click, or a post that was sent again.
    """
    for known in draft.attachments:
        if (known.name, known.size) == (judged.name, len(judged.data)) and opened(known) == judged.data:
            return known
    if len(draft.attachments) >= MOST:
        raise Full(full())
    attachment = Attachment(
        public_id=new_public_id(),
        draft_id=draft.id,
        name=judged.name,
        kind=judged.kind,
        size=len(judged.data),
        sealed=sealed,
    )
    db.session.add(attachment)
    db.session.flush()
    return attachment


def full() -> str:
    """What is said when there are as many files as there may be."""
    return _(
        "Er staan al %(most)s bestanden bij. Haal er eerst een weg als dit bestand belangrijker is.",
        most=MOST,
    )


def remove(draft: ComplaintDraft, file_id: str) -> None:
    """Take a file away from the draft, in the running transaction; what is gone already stays gone."""
    if not _ID.fullmatch(file_id):
        return
    db.session.execute(
        delete(Attachment).where(Attachment.draft_id == draft.id, Attachment.public_id == file_id)
    )


def find(complaint: Complaint, file_id: str) -> Attachment | None:
    """The file of this complaint; None for one of another, whatever its number."""
    if not _ID.fullmatch(file_id):
        return None
    return db.session.scalar(
        select(Attachment).where(Attachment.complaint_id == complaint.id, Attachment.public_id == file_id)
    )


def opened(attachment: Attachment) -> bytes:
    """The file itself. Raises LostKey when none of the keys fits."""
    with _sealing:
        return keyring().decrypt_bytes(attachment.sealed)


class _Download(Response):
    """A file that a browser may put away and nothing else; its own policy stands, whatever the site's is."""

    def get_wsgi_headers(self, environ: Any) -> Headers:
        headers = super().get_wsgi_headers(environ)
        headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
        headers["X-Content-Type-Options"] = "nosniff"
        headers["Cache-Control"] = "no-store"
        return headers


def download(attachment: Attachment) -> Response:
    """The file, to put away. Who may have it is for the caller to know."""
    response = _Download(opened(attachment), mimetype=TYPES[attachment.kind])
    plain = unicodedata.normalize("NFKD", attachment.name).encode("ascii", "ignore").decode()
    plain = re.sub(r'["\\%;]', "-", plain)
    if plain.startswith("."):
        plain = f"bijlage{plain}"
    response.headers["Content-Disposition"] = (
        f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(attachment.name, safe='')}"
    )
    return response
