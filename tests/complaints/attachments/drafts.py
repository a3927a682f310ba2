"""Drafts to put files with, and giving a file as a browser does."""

import re
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from portal.complaints.filing import operations, queries
from portal.complaints.filing.rules import Filling
from portal.complaints.models import Attachment
from portal.db import db, transaction

BOUNDARY = b"grens"


def begun(language: str = "nl", **given: Any) -> str:
    """Somebody began; the token of the link."""
    with transaction():
        return queries.token_of(operations.begin(Filling(**given), language))


def home(token: str) -> str:
    """The address of the step that takes files."""
    return f"/klacht/invullen/{token}/bijlagen"


def mark_of(client: FlaskClient, token: str) -> str:
    """The mark of the page."""
    found = re.search(r'name="mark"[^>]*value="([^"]+)"', client.get(home(token)).text)
    assert found
    return found[1]


def body_of(mark: str, data: bytes, name: str, **fields: str) -> bytes:
    """What a browser sends. Put together by hand: the library's client uses the disk, and mends names."""
    texts = {"mark": mark, **fields}
    parts = [(f'name="{key}"', value.encode()) for key, value in texts.items()]
    parts.append((f'name="file"; filename="{name}"\r\nContent-Type: application/octet-stream', data))
    whole = b"".join(
        b"--"
        + BOUNDARY
        + b"\r\nContent-Disposition: form-data; "
        + head.encode()
        + b"\r\n\r\n"
        + value
        + b"\r\n"
        for head, value in parts
    )
    return whole + b"--" + BOUNDARY + b"--\r\n"


def give(
    client: FlaskClient, token: str, data: bytes, name: str = "brief.pdf", *, mark: str = "", **fields: str
) -> TestResponse:
    """Choose a file and press the button."""
    body = body_of(mark or mark_of(client, token), data, name, **fields)
    kind = f"multipart/form-data; boundary={BOUNDARY.decode()}"
    return client.post(home(token), data=body, content_type=kind)


def kept() -> list[Attachment]:
    """All files there are."""
    db.session.rollback()
    return list(db.session.scalars(select(Attachment).order_by(Attachment.id)))
