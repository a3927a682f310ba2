"""A backup is useless without the keys: in the raw database nothing can be read of what people wrote or who they are."""

import json
from collections.abc import Iterator

import pytest
from cryptography.fernet import Fernet
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import JSON, Column, LargeBinary, String, Table, func, select, text

from portal import rotation
from portal.crypto import SEALED_WITHIN, Keyring, LostKey, keyring
from portal.db import db
from portal.rotation import is_sealed, sealed_tables
from tests.everything import MARKS, fill

# Every other column of text or JSON, by what keeps it harmless. A new column must say which it is.
NUMBERS = "an id, drawn by lot or made of a MAC: says nothing"
KEYED = "a keyed hash: not to be made backwards or tried out without the index key"
LISTED = "one of a fixed list, held by a constraint or by the code"
ACCOUNT = "number of a staff account, or operator, portal, complainant"
PUBLISHED = "shown to everybody on the website"
PLAIN = {
    "attempt": {"kind": LISTED, "source": KEYED},
    "audit_digest": {"content": KEYED, "link": KEYED},
    "audit_event": {
        "actor": ACCOUNT,
        "event": LISTED,
        "details": "numbers and kinds, see audit/operations.py",
        "mac": KEYED,
    },
    "circle_member": {"public_id": NUMBERS, "link_key_id": NUMBERS, "email_index": KEYED, "language": LISTED},
    "complaint_draft": {
        "public_id": NUMBERS,
        "link_key_id": NUMBERS,
        "code_index": KEYED,
        "language": LISTED,
    },
    "evening": dict.fromkeys(
        ("slug", "theme", "about", "place", "route", "access", "cancelled_why", "said"), PUBLISHED
    )
    | {"request_key": NUMBERS},
    "hold": {
        "kind": LISTED,
        "about": "the reference of a complaint, as KL-2026-0001",
        "placed_by": ACCOUNT,
        "ended_by": ACCOUNT,
    },
    "import_file": {"id": NUMBERS, "uploaded_by": ACCOUNT},
    "invitation": {
        **dict.fromkeys(("public_id", "link_key_id", "sent_from"), NUMBERS),
        "code_index": KEYED,
        **dict.fromkeys(("moment", "domain", "perspective", "language", "channel"), LISTED),
        "team": "the name of a team",
    },
    "key_check": {"name": LISTED, "value": KEYED},
    "letterbox_entry": {"id": NUMBERS, "pile": LISTED, "quarter": LISTED},
    "message": {
        **dict.fromkeys(("reference", "claimed_by", "batch"), NUMBERS),
        "request_key": "public ids and kinds, or a keyed hash of them",
        "about": "the public id of what it is about",
        **dict.fromkeys(("topic", "channel", "template", "language", "state"), LISTED),
        "problem": "our own words for what a server answered, see outbox/post.py",
    },
    "no_contact": {
        **dict.fromkeys(("value_index", "group_index", "case_index"), KEYED),
        **dict.fromkeys(("kind", "reason"), LISTED),
        "actor": ACCOUNT,
    },
    "paper_entry": {"request_key": NUMBERS, "moment": LISTED},
    "pause": {"topic": LISTED, "paused_by": ACCOUNT},
    "questionnaire_version": {"moment": LISTED, "source": PUBLISHED},
    "response": {
        "id": NUMBERS,
        **dict.fromkeys(("pile", "quarter", "perspective", "channel", "language"), LISTED),
        "team": "the name of a team, where enough others share it",
    },
    "staff_role": {"name": LISTED},
    "staff_user": {
        "email_index": KEYED,
        "password": "argon2id",
        "fs_uniquifier": NUMBERS,
        "tf_primary_method": LISTED,
    },
    "task": {"kind": LISTED, "request_key": NUMBERS, "done_by": ACCOUNT},
    "advice": {"request_key": NUMBERS, "words": PUBLISHED},
    "complaint": {
        "public_id": NUMBERS,
        "request_key": NUMBERS,
        "code_hash": "argon2id",
        **dict.fromkeys(("email_index", "phone_index"), KEYED),
        **dict.fromkeys(
            ("route", "via", "domain", "procedure", "stage", "on_behalf", "theme", "language"), LISTED
        ),
        **dict.fromkeys(("not_taken_up_reason", "solved"), LISTED),
    },
    "contact": {
        **dict.fromkeys(
            ("identity_index", "details_index", "case_index", "email_index", "phone_index", "post_index"),
            KEYED,
        ),
        "not_asked": LISTED,
    },
    "draft": {"language": LISTED},
    "response_choice": {"response_id": NUMBERS, "key": LISTED, "value": LISTED},
    "response_text": {"response_id": NUMBERS, "key": LISTED},
    "sign_up": {
        **dict.fromkeys(("public_id", "link_key_id", "request_key"), NUMBERS),
        "person_index": KEYED,
        **dict.fromkeys(("state", "who", "language"), LISTED),
    },
    "staff_link": {"public_id": NUMBERS, "link_key_id": NUMBERS},
    "staff_session": {"key_index": KEYED, "device": "kind of browser and of machine, of staff"},
    "advice_step": {"stage": LISTED, "words": PUBLISHED},
    "complaint_session": {"key_index": KEYED},
    "complaint_attachment": {"public_id": NUMBERS, "kind": LISTED},
    "complaint_letter": {
        "request_key": NUMBERS,
        **dict.fromkeys(("kind", "channel", "language"), LISTED),
        "made_by": ACCOUNT,
    },
    "complaint_message": {"request_key": KEYED},
    "complaint_part": {"judgment": LISTED},
    "complaint_step": {"step": LISTED, "actor": ACCOUNT},
    "measure": {"request_key": NUMBERS, "theme": LISTED, "done_by": ACCOUNT},
    "objection": {"request_key": NUMBERS, **dict.fromkeys(("kind", "subject", "outcome"), LISTED)},
    "person_concerned": {"public_id": NUMBERS, "link_key_id": NUMBERS, "email_index": KEYED},
}


def holds_words(column: Column[object]) -> bool:
    """Whether a text of any kind fits in it; dates, numbers and ticks do not count."""
    try:
        kind: object = column.type.python_type
    except NotImplementedError:
        kind = str
    return isinstance(column.type, (JSON, String, LargeBinary)) or kind in {str, dict, list, bytes}


def columns() -> Iterator[tuple[Table, Column[object]]]:
    for table in db.metadata.sorted_tables:
        for column in table.columns:
            yield table, column


def test_every_column_is_sealed_or_says_why_not() -> None:
    plain = {
        (table.name, column.name)
        for table, column in columns()
        if holds_words(column) and not is_sealed(column)
    }
    said = {(table, name) for table, names in PLAIN.items() for name in names}
    assert plain - said == set(), "seal it, or say here what keeps it harmless"
    assert said - plain == set(), "no such column any more"


def test_what_is_bytes_is_sealed() -> None:
    """So that a column of bytes that is added is rotated too, whoever adds it."""
    for _table, column in columns():
        assert is_sealed(column) or not isinstance(column.type, LargeBinary)
    assert sum(len(one.columns) for one in sealed_tables()) >= 35


@pytest.fixture
def filled(app: Flask, client: FlaskClient) -> Flask:
    fill(client)
    db.session.rollback()
    return app


def raw_values() -> Iterator[tuple[str, bytes]]:
    """Every value of every column, as the database keeps it."""
    is_postgres = db.engine.dialect.name == "postgresql"
    with db.engine.connect() as connection:
        for table, column in columns():
            name = f'"{column.name}"'
            # What PostgreSQL shows of bytes is hexadecimal: nobody would find a word in that.
            told = f"encode({name}, 'escape')" if is_postgres and rotation.is_bytes(column) else name
            as_text = f"CAST({told} AS TEXT)" if is_postgres else name
            for (value,) in connection.execute(text(f'SELECT {as_text} FROM "{table.name}"')):
                if value is not None:
                    yield (
                        f"{table.name}.{column.name}",
                        value if isinstance(value, bytes) else str(value).encode(),
                    )


def test_nothing_can_be_read_without_the_keys(filled: Flask) -> None:
    seen = 0
    for where, value in raw_values():
        seen += 1
        found = [mark for mark in MARKS if mark in value.decode(errors="replace").lower()]
        assert not found, f"{where} holds {found}"
    assert seen > 300
    if db.engine.dialect.name == "sqlite":
        whole = b"".join(
            path.read_bytes() for path in filled.extensions["settings"].instance.glob("portal.db*")
        )
        assert b"tf_totp_secret" in whole, "this is the database"
        assert not [mark for mark in MARKS if mark.encode() in whole.lower()]


def test_everything_that_can_be_sealed_was_tried(filled: Flask) -> None:
    """Or the test above says nothing about a column that was added since."""
    with db.engine.connect() as connection:
        empty = [
            f"{one.name}.{name}"
            for one in sealed_tables()
            for name in one.columns
            if not connection.scalar(select(func.count(one.table.c[name])).select_from(one.table))
        ]
    assert empty == [], "put words in it in tests/everything.py"


def test_with_the_keys_the_words_are_there(filled: Flask) -> None:
    """Every sealed value holds something that somebody wrote: the words were given, and the keys bring them back."""
    told = {}
    with db.engine.connect() as connection:
        for one in sealed_tables():
            for row in connection.execute(select(one.table)).mappings():
                for name in one.columns:
                    if row[name] is not None:
                        told.setdefault(f"{one.name}.{name}", []).append(opened(row[name]).lower())
    unmarked = {
        where for where, texts in told.items() if not any(mark in one for one in texts for mark in MARKS)
    }
    assert unmarked == set(), "the words given to it never came there"


def opened(value: bytes | str) -> str:
    if isinstance(value, bytes):
        return keyring().decrypt_bytes(value).decode(errors="replace")
    return json.dumps([keyring().decrypt(one.encode()) for one in SEALED_WITHIN.findall(value)])


def test_with_other_keys_nothing_opens(filled: Flask) -> None:
    settings = filled.extensions["settings"]
    stranger = Keyring(
        data_keys=[Fernet.generate_key().decode()], link_keys=settings.link_keys, index_key=settings.index_key
    )
    for where, value in raw_values():
        table, name = where.split(".")
        if rotation.is_bytes(db.metadata.tables[table].c[name]):
            with pytest.raises(LostKey):
                stranger.decrypt_bytes(value)


def test_no_plain_column_holds_a_sealed_value(filled: Flask) -> None:
    """A sealed value in a column that is not walked would be lost with its key."""
    for where, value in raw_values():
        table, name = where.split(".")
        if not is_sealed(db.metadata.tables[table].c[name]):
            assert not SEALED_WITHIN.search(value.decode(errors="replace")), where
