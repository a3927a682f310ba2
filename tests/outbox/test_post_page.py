"""In development what was sent can be read; in production there is no such page."""

import json
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.outbox.development import Folder
from portal.outbox.post import Post
from portal.outbox.rules import Channel
from tests.pages import check, read

PAGE = "/ontwikkel/post"
LINK = "http://127.0.0.1:8000/v/AbCdEfGhIjKl-nOp_rStUv0x"
HTML = (
    '<!doctype html>\n<html lang="nl">\n<head>\n  <title>Hoe doen wij het?</title>\n</head>\n<body>'
    f'<h1 style="color:#0B5E57">Hoe was het?</h1><p><a href="{LINK}">Naar de vragen</a></p></body></html>'
)
MAIL = Post(
    "0123456789abcdef",
    Channel.EMAIL,
    "proefpersoon@voorbeeld.example",
    subject="Hoe doen wij het?",
    text=f"Beste <Proef> & persoon,\n\nNaar de vragen:\n{LINK}\n",
    html=HTML,
    headers={"List-Unsubscribe": f"<{LINK}/afmelden>", "Content-Language": "nl"},
)
SMS = Post("fedcba9876543210", Channel.SMS, "+31612345678", text=f"Hoe was het? {LINK}\nSKT", segments=2)


@pytest.fixture
def folder(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folder:
    """Where this test's messages are kept."""
    settings = app.extensions["settings"].model_copy(update={"instance": tmp_path})
    monkeypatch.setitem(app.extensions, "settings", settings)
    return Folder(tmp_path)


@pytest.fixture
def mail_reader(app: Flask) -> FlaskClient:
    """Opens a mail, which unlike a page of the portal has its styles in its elements."""
    return FlaskClient(app, app.response_class)


def _keep(folder: Folder, *posts: Post) -> list[str]:
    """The ids under which they are kept."""
    ids = []
    for post in posts:
        folder.hand_over(post)
        ids.append(folder.posts(1)[0].id)
    return ids


def test_before_the_first_message(folder: Folder, client: FlaskClient) -> None:
    answer = client.get(PAGE)
    assert answer.status_code == 200
    assert "Er is nog geen bericht verstuurd." in answer.text


def test_the_last_message_comes_first(folder: Folder, client: FlaskClient) -> None:
    first, second = _keep(folder, MAIL, SMS)
    page = client.get(PAGE).text
    assert 0 < page.index(second) < page.index(first)
    assert "Hoe doen wij het?" in page and "proefpersoon@voorbeeld.example" in page
    assert "2 delen" in page and "Er is nog geen bericht" not in page


def test_the_list_ends(folder: Folder, client: FlaskClient, tmp_path: Path) -> None:
    (kept,) = _keep(folder, SMS)
    source = tmp_path / "post" / f"{kept}.json"
    words = json.loads(source.read_text())
    for number in range(120):
        other = f"{kept[:-8]}{number:08x}"
        (source.parent / f"{other}.json").write_text(json.dumps(words | {"id": other}))
    page = client.get(PAGE).text
    assert len([link for link in read(page).iter("a") if f"{PAGE}/2" in link.get("href", "")]) == 100
    assert "nieuwste 100 berichten" in page


def test_one_mail(folder: Folder, client: FlaskClient) -> None:
    (kept,) = _keep(folder, MAIL)
    answer = client.get(f"{PAGE}/{kept}")
    tree = check(answer.text)
    assert next(tree.iter("iframe")).get("src") == f"{PAGE}/{kept}/html"
    text = "".join(next(p for p in tree.iter("p") if p.get("class") == "post-text").itertext())
    assert text == MAIL.text.strip(), "the text as it left, no tag and no entity more"
    assert LINK in [link.get("href") for link in tree.iter("a")], "its links can be followed"
    assert "List-Unsubscribe" in answer.text and f"&lt;{LINK}/afmelden&gt;" in answer.text
    policy = answer.headers["Content-Security-Policy"]
    assert "frame-src 'self'" in policy and "unsafe" not in policy


def test_one_text_message(folder: Folder, client: FlaskClient) -> None:
    (kept,) = _keep(folder, SMS)
    page = client.get(f"{PAGE}/{kept}").text
    assert "<iframe" not in page and "Kopregels" not in page
    assert "+31612345678" in page and f'href="{LINK}"' in page
    assert client.get(f"{PAGE}/{kept}/html").status_code == 404


def test_the_mail_itself(folder: Folder, mail_reader: FlaskClient) -> None:
    (kept,) = _keep(folder, MAIL)
    answer = mail_reader.get(f"{PAGE}/{kept}/html")
    assert answer.text.replace('\n  <base target="_top">', "", 1) == HTML
    read(answer.text)
    policy = answer.headers["Content-Security-Policy"]
    assert "style-src 'self' 'unsafe-inline'" in policy and "default-src 'none'" in policy
    assert "script-src 'none'" in policy and "frame-ancestors 'self'" in policy
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"


@pytest.mark.parametrize("path", ["", "/{id}", "/{id}/html"])
def test_pages_are_not_kept_and_not_found_by_searching(
    folder: Folder, mail_reader: FlaskClient, path: str
) -> None:
    (kept,) = _keep(folder, MAIL)
    answer = mail_reader.get(PAGE + path.format(id=kept))
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("path", ["", "/{id}"])
def test_other_pages_keep_the_policy_of_the_portal(folder: Folder, client: FlaskClient, path: str) -> None:
    (kept,) = _keep(folder, MAIL)
    client.get(PAGE + path.format(id=kept))
    policy = client.get("/privacy").headers["Content-Security-Policy"]
    assert "unsafe" not in policy and "frame-src" not in policy and "frame-ancestors 'none'" in policy


@pytest.mark.parametrize("wrong", ["bestaat-niet", "20260101T000000000000-00000000", "..%2fkeys", "%00"])
@pytest.mark.parametrize("rest", ["", "/html"])
def test_unknown_messages(folder: Folder, client: FlaskClient, wrong: str, rest: str) -> None:
    _keep(folder, MAIL)
    assert client.get(f"{PAGE}/{wrong}{rest}").status_code == 404


@pytest.mark.parametrize("path", ["", "/{id}", "/{id}/html", "/bestaat-niet"])
def test_in_production_there_is_nothing(
    app: Flask, folder: Folder, client: FlaskClient, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    (kept,) = _keep(folder, MAIL)
    settings = app.extensions["settings"].model_copy(update={"env": "production"})
    monkeypatch.setitem(app.extensions, "settings", settings)
    answer = client.get(PAGE + path.format(id=kept))
    assert answer.status_code == 404
    assert kept not in answer.text and "Hoe doen wij het" not in answer.text
