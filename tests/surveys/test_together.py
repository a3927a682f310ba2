"""Many at the same moment: real connections, real waiting, on both databases."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from flask import Flask
from sqlalchemy import func, select

from portal.crypto import keyring
from portal.db import db
from portal.identity.rules import Role
from portal.surveys.answering.operations import empty_letterbox
from portal.surveys.answering.queries import answers_of
from portal.surveys.models import Draft, LetterboxEntry, Response
from portal.tasks.models import Task
from tests.conftest import SignIn
from tests.surveys.sheets import Sheet, invited, opened

AT_ONCE = 6


def at_once(app: Flask, work: Callable[[int], object], times: int = AT_ONCE) -> list[object]:
    """Do the work in as many threads, all starting together."""
    gate = Barrier(times)

    def one(number: int) -> object:
        with app.app_context():
            gate.wait()
            return work(number)

    db.session.rollback()
    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(one, range(times)))


def count(model: type) -> int:
    db.session.rollback()
    return int(db.session.scalar(select(func.count()).select_from(model)) or 0)


def test_many_presses_on_send_make_one_answer(app: Flask) -> None:
    _invitation, address = invited()
    sheet = opened(app.test_client(), address + "/4").fill(went_well="Een keer")
    data = {**sheet.fields, "action": ["send"]}

    def press(_number: int) -> int:
        return app.test_client().post(sheet.action, data=data).status_code

    assert set(at_once(app, press)) == {303}
    assert count(LetterboxEntry) == 1


def test_many_presses_on_call_me_make_one_task(app: Flask) -> None:
    _invitation, address = invited()
    sheet = opened(app.test_client(), address + "/bellen")
    data = {**sheet.fields, "name": ["Proefpersoon"], "phone": ["0612345678"], "action": ["call"]}

    def press(_number: int) -> int:
        return app.test_client().post(sheet.action, data=data).status_code

    assert set(at_once(app, press)) == {303}
    assert count(Task) == 1


def test_workers_at_once_lose_and_double_nothing(app: Flask) -> None:
    sent = 23
    for number in range(sent):
        _invitation, address = invited()
        opened(app.test_client(), address + "/4").fill(went_well=f"Antwoord {number}").press("send")
    at_once(app, lambda _number: empty_letterbox(), times=3)
    assert count(Response) == sent
    assert count(LetterboxEntry) == 0


def test_answers_sent_while_the_worker_empties_are_kept(app: Flask) -> None:
    sheets = []
    for _number in range(12):
        _invitation, address = invited()
        sheets.append(opened(app.test_client(), address + "/4").fill(went_well="Tegelijk"))

    def work(number: int) -> object:
        if number % 3 == 0:
            return empty_letterbox()
        data = {**sheets[number].fields, "action": ["send"]}
        return app.test_client().post(sheets[number].action, data=data).status_code

    at_once(app, work, times=12)
    empty_letterbox()
    assert count(Response) + count(LetterboxEntry) == 8


def test_pages_saved_at_the_same_moment_are_all_kept(app: Flask) -> None:
    answers = [
        ("1", "grade", "8"),
        ("2", "speed", "agree"),
        ("3", "understood", "agree"),
        ("4", "went_well", "Fijn"),
    ]
    for begun in (False, True):
        invitation, address = invited()
        if begun:
            opened(app.test_client(), address + "/4").fill(could_be_better="Eerder").press("back")
        sheets = [opened(app.test_client(), f"{address}/{page}").fill(**{key: v}) for page, key, v in answers]

        def press(number: int, sheets: list[Sheet] = sheets) -> int:
            data = {**sheets[number].fields, "action": ["next"]}
            return app.test_client().post(sheets[number].action, data=data).status_code

        assert set(at_once(app, press, times=4)) <= {303, 422}
        db.session.rollback()
        kept = answers_of(db.session.get(Draft, invitation.id, populate_existing=True))
        assert {key for _page, key, _value in answers} <= set(kept)


def test_paper_and_screen_at_the_same_moment_make_one_answer(app: Flask, sign_in: SignIn) -> None:
    quality = sign_in(Role.QUALITY)
    invitation, address = invited()
    on_screen = opened(app.test_client(), address + "/4").fill(went_well="Op het scherm")
    on_paper = opened(quality, "/team/papier/invoeren?moment=intake&perspective=parent").fill(grade="8")
    on_paper.fields["code"] = [keyring().code(invitation.public_id, invitation.link_key_id)]
    posts = [
        (app.test_client(), on_screen.action, {**on_screen.fields, "action": ["send"]}),
        (quality, on_paper.action, on_paper.fields),
    ]

    def press(number: int) -> int:
        client, action, data = posts[number]
        return client.post(action, data=data).status_code

    assert set(at_once(app, press, times=2)) <= {303, 409, 422}
    assert count(LetterboxEntry) == 1
