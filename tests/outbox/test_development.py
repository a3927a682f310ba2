"""In development messages are kept as files, for nobody else to read."""

import json
from pathlib import Path

import pytest

from portal.outbox.development import Copying, Folder
from portal.outbox.post import Post, TryLater
from portal.outbox.rules import Channel

MAIL = Post(
    "a1" * 16, Channel.EMAIL, "p@voorbeeld.example", "Hoe ging het?", "Dag ë", "<p>Dag ë", {"From": "Proef"}
)
SMS = Post("b2" * 16, Channel.SMS, "+31612345678", text="Dag", segments=2)


def test_messages_are_kept_the_newest_first(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "nieuw")
    assert folder.posts() == []
    folder.hand_over(MAIL)
    folder.hand_over(SMS)
    sms, mail = folder.posts()
    assert (mail.channel, mail.to, mail.subject, mail.text, mail.html, mail.headers) == (
        "email",
        "p@voorbeeld.example",
        "Hoe ging het?",
        "Dag ë",
        "<p>Dag ë",
        {"From": "Proef"},
    )
    assert (sms.channel, sms.segments, sms.reference) == ("sms", 2, "b2" * 16)
    assert sms.at > mail.at
    assert folder.posts(limit=1) == [sms]
    assert folder.post(mail.id) == mail


def test_nobody_else_reads_them(tmp_path: Path) -> None:
    Folder(tmp_path).hand_over(MAIL)
    (kept,) = (tmp_path / "post").iterdir()
    assert kept.stat().st_mode & 0o777 == 0o600
    assert kept.parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    "post_id", ["", "..", "../keys", "20260302T110000000000-0123456x", "x" * 500, "\x00"]
)
def test_no_other_file_can_be_asked_for(tmp_path: Path, post_id: str) -> None:
    folder = Folder(tmp_path)
    folder.hand_over(MAIL)
    kept = (tmp_path / "post" / f"{folder.posts()[0].id}.json").read_text()
    (tmp_path / "keys.json").write_text(kept)
    (tmp_path / "post" / "20260302T110000000000-0123456x.json").write_text(kept)
    assert folder.post(post_id) is None


@pytest.mark.parametrize("broken", ["", "[]", "{}", '{"at": 1}', json.dumps({"at": "gisteren"})])
def test_a_broken_file_is_passed_over(tmp_path: Path, broken: str) -> None:
    folder = Folder(tmp_path)
    folder.hand_over(MAIL)
    (tmp_path / "post" / "29990101T000000000000-01234567.json").write_text(broken)
    (tmp_path / "post" / "2-iets.json").write_text(broken)
    assert [post.reference for post in folder.posts()] == [MAIL.reference]


class Refusing:
    """A channel that says no."""

    def hand_over(self, post: Post) -> None:
        raise TryLater("nee")

    def close(self) -> None:
        """Nothing to close."""


class Taking(Refusing):
    """A channel that says yes."""

    def hand_over(self, post: Post) -> None:
        """Taken."""


def test_only_what_left_is_copied(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    with pytest.raises(TryLater):
        Copying(Refusing(), folder).hand_over(MAIL)
    assert folder.posts() == []
    Copying(Taking(), folder).hand_over(MAIL)
    assert len(folder.posts()) == 1


def test_a_copy_that_cannot_be_kept_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "post").write_text("in the way")
    Copying(Taking(), Folder(tmp_path)).hand_over(MAIL)
