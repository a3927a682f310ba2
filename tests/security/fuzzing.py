"""Requests that nobody should make, at every address, with the marks and tokens that open the door behind it."""

import random
import re
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

import html5lib
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from portal.db import db, transaction
from portal.identity import accounts
from portal.identity.models import User
from portal.identity.rules import Role
from tests.complaints.attachments.files import PDF
from tests.complaints.people import staff
from tests.conftest import _clean
from tests.pages import check
from tests.security import world
from tests.security.forms import Form, forms_of
from tests.security.test_others_identifiers import POSTED, following
from tests.security.visitors import Visitor, browser, leads_to_sign_in, member
from tests.security.world import World

REBUILD_AFTER = 400
PASSWORD = "een paar losse woorden"
CHECKED_WHOLE = 0.03
LONG = 100_000
# What a page must never hold as it was typed: a tag of ours, or an attribute that broke out of its quotes.
REFLECTED = re.compile(r"<xq\d+|[\"'] onxq\d+=|</script><xq")
BOUNDARY = "grens"

ODD = (
    *("", " ", "\0", "a\0b", "\ud800", "\udfff\ud800", "\u202egnp.exe", "\u2066\u2069", "\ufeff", "\uffff"),
    *("٣", "١٢٣", "²²²", "⅕", "一", "1_000", "0x10", "1e9", "NaN", "-0", "-1", "+1", " 1 ", "007"),
    *("9999999999999999999999", "-9999999999999999999999", "2147483648", "9223372036854775808"),
    *(
        "9999-99-99",
        "0000-00-00",
        "99999-01-01",
        "-0001-01-01",
        "31-02-2026",
        "2026-02-30",
        "1-1-1",
        "٣-٣-٢٠٢٦",
    ),
    *("9999-12-31", "0001-01-01", "31-12-9999", "01-01-0001", "25:61", "24:00", "99.99", "12:00\0", "-1:00"),
    *(
        "KL-9999-9999999",
        "KL-0000-0000",
        "KL-٢٠٢٦-٠٠٠١",
        "kl-2026-0001",
        "KL-2026-0001\n",
        "KL-2026-00000001",
    ),
    *(
        "{{ 7*7 }}",
        "{% raw %}",
        "%(name)s",
        "%s%n",
        "${jndi:ldap://x}",
        "=1+1",
        "@SUM(1)",
        "../../etc/passwd",
    ),
    *("'; DROP TABLE complaint; --", "' OR '1'='1", "%", "_", "\\", "//evil.example", "/\\evil.example"),
    *("javascript:alert(1)", "data:text/html,x", "a\r\nX-Inj: 1", "a\nSet-Cookie: x=1", "%0d%0aX-Inj:1"),
    *("naam@voorbeeld.example", "a@b", "@", "a" * 300 + "@voorbeeld.example", '"a b"@voorbeeld.example'),
    *("a@xn--.example", "a@b\u2024example", "+31612345678", "06-12345678", "+" + "9" * 40, "112"),
    *("\u0130\u0131\u017f\u212a", "e" + "\u0301" * 500, "\U0001f468\u200d\U0001f469", "ﷺ" * 40, "ß" * 200),
    *("next", "send", "back", "call", "resend", "more", "language:en", "language:xx", "language:", "clear:"),
    *("clear:" + "a" * 400, "show:\0", "remove:999", "true", "None", "null", "[]", "{}", '{"a":', "y", "on"),
)
NUMBERS = ("0", "1", "-1", "٣", "2147483647", "2147483648", "9999999999999999999999", "1.0", "1e3", " 1", "²")
METHODS = ("GET", "GET", "HEAD", "OPTIONS", "POST", "POST", "POST", "PUT", "PATCH", "DELETE", "TRACE", "ODD")
TYPES = (
    *("application/x-www-form-urlencoded", "application/json", "text/plain", "application/xml", "", "\xff"),
    *("multipart/form-data", f"multipart/form-data; boundary={BOUNDARY}", "multipart/form-data; boundary="),
    *("application/x-www-form-urlencoded; charset=utf-7", "application/x-www-form-urlencoded; charset=zzz"),
)
BODIES = (
    *(
        b"",
        b"{}",
        b"[]",
        b'{"a": 1}',
        b"null",
        b"a=1&a=2&=&&==",
        b"%",
        b"%zz=%80",
        b"\xff\xfe\0",
        b"a" * 300_000,
    ),
    *(b"--grens\r\n", b"--grens\r\nContent-Disposition: form-data\r\n\r\nx\r\n--grens--\r\n", b"--grens--"),
    b'--grens\r\nContent-Disposition: form-data; name="file"; filename="a\0.pdf"\r\n\r\n%PDF-1.4\r\n--grens--\r\n',
    b"&".join(b"a%d=1" % n for n in range(3000)),
)
FILES = (
    ("brief.pdf", PDF),
    ("brief.pdf", b""),
    ("a.pdf", b"%PDF-"),
    ("a.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 40),
    ("a.jpg", b"\xff\xd8\xff\xe0" + b"\0" * 40),
    ("a.svg", b"<svg><script>alert(1)</script></svg>"),
    ("../../a\0.exe", b"MZ"),
    ("<xq1>.csv", b"zaaknummer;moment;datum;naam;email\n<xq1>;intake;9999-99-99;=1+1;x\n"),
    ("a.csv", b"zaaknummer;moment;datum\n" + b"\xff\0;;\n" * 50),
    ("a.csv", "zaaknummer;moment;datum;email\nZ-1;intake;2026-11-01;a@voorbeeld.example\n".encode("utf-16")),
    ("", b"x"),
    ("a" * 3000, PDF),
)


@dataclass
class Report:
    """What became of the requests."""

    asked: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    posts_behind_the_door: int = 0
    broke: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        counts = ", ".join(f"{status}: {number}" for status, number in sorted(self.statuses.items()))
        return f"{self.asked} requests ({counts}); {self.posts_behind_the_door} forms taken; {len(self.wrong)} wrong"


class Fuzzer:
    """Makes requests by chance, the same for the same seed."""

    def __init__(self, app: Flask, seed: int) -> None:
        self.app, self.chance, self.report = app, random.Random(seed), Report()
        self.rules = sorted(app.url_map.iter_rules(), key=str)
        self.number = 0
        self.there: World
        self.boss: Visitor
        self.clients: list[FlaskClient]

    def run(self, requests: int) -> Report:
        """So many requests, in a world that is made anew now and then."""
        while self.report.asked < requests:
            until = min(requests, self.report.asked + REBUILD_AFTER)
            self._begin()
            while self.report.asked < until:
                rule = self.chance.choice(self.rules)
                how: Callable[[Rule], None] = self.chance.choice(
                    (self._form, self._form, self._raw, self._look)
                )
                how(rule)
        return self.report

    def _begin(self) -> None:
        _clean(self.app)
        # What the session still knows has numbers that are given anew now.
        db.session.remove()
        self.there = world.build(self.app)
        self._boss_comes_in()

    def _boss_comes_in(self) -> None:
        user = staff(*Role)
        hashed = accounts.hash_password(PASSWORD)
        with transaction() as session:
            session.get_one(User, user.id).password = hashed
        self.boss = member(self.app, *Role, user=user)
        self.clients = [browser(self.app), self.boss.client, self.boss.client, self._follower()]

    def _follower(self) -> FlaskClient:
        return following(self.app, self.there.mine)

    # ---- What is asked ------------------------------------------------------------------

    def _look(self, rule: Rule) -> None:
        self._ask(self._client(rule), self._address(rule), "GET", query_string=self._pairs(self._names()))

    def _form(self, rule: Rule) -> None:
        """Open the page as somebody would, fill in one of its forms badly, and send it."""
        client, address = self._client(rule), self._address(rule, real=0.97)
        methods = rule.methods or set()
        page = self._ask(client, address, "GET") if "GET" in methods else None
        forms = forms_of(page, address) if page is not None else []
        forms = [form for form in forms if form.method == "post" and "uitloggen" not in form.action]
        if not forms and "POST" not in methods:
            return
        if not forms:
            fields = POSTED | {"csrf_token": self.boss.token, "tab": "x"}
            self._send(client, Form(address, "post", hidden=fields))
            return
        self._send(client, self.chance.choice(forms))

    def _send(self, client: FlaskClient, form: Form) -> None:
        pairs = self._filled(form)
        if form.is_file or self.chance.random() < 0.03:
            body, kind = self._multipart(form, pairs), f"multipart/form-data; boundary={BOUNDARY}"
        else:
            body, kind = urlencode(pairs, errors="surrogatepass").encode(), TYPES[0]
        response = self._ask(
            client, form.action, "POST", data=body, content_type=kind, headers=self._headers()
        )
        if response is not None and response.status_code in {200, 302, 303, 409, 422}:
            self.report.posts_behind_the_door += 1

    def _raw(self, rule: Rule) -> None:
        self._ask(
            self._client(rule),
            self._address(rule, real=0.5),
            self.chance.choice(METHODS),
            data=self.chance.choice(BODIES),
            content_type=self.chance.choice(TYPES),
            headers=self._headers(),
            query_string=self._pairs(self._names()),
        )

    # ---- With what ------------------------------------------------------------------------

    def _client(self, rule: Rule) -> FlaskClient:
        if rule.rule.startswith("/team") and self.chance.random() < 0.9:
            return self.boss.client
        if rule.rule.startswith("/klacht/volgen") and self.chance.random() < 0.9:
            return self._follower()
        return self.chance.choice(self.clients)

    def _address(self, rule: Rule, *, real: float = 0.75) -> str:
        of = self.chance.choice((self.there.mine, self.there.theirs))

        def value(found: re.Match[str]) -> str:
            kind, name = found[1] or "", found[2]
            if self.chance.random() < real:
                return quote(world.one(of.ids, rule.endpoint, name), safe="")
            odd = self.chance.choice(NUMBERS if "int" in kind else ODD)
            return quote((odd or "x").encode("utf-8", "surrogatepass"), safe="")

        return re.sub(r"<(?:([^:>]*):)?([^>]+)>", value, rule.rule)

    def _names(self) -> list[str]:
        known = [
            "taal",
            "afgelopen",
            "wat",
            "wie",
            "hulp",
            "datum",
            "next",
            "melding",
            "moment",
            "cijfer",
            "jaar",
        ]
        known += [
            "periode",
            "van",
            "tot",
            "team",
            "perspectief",
            "taal",
            "pagina",
            "page",
            "binnen",
            "code",
            "",
        ]
        return [self.chance.choice(known) for _n in range(self.chance.randrange(4))]

    def _pairs(self, names: list[str]) -> str:
        return urlencode([(name, self._value()) for name in names], errors="surrogatepass")

    def _value(self) -> str:
        self.number += 1
        kind = self.chance.random()
        if kind < 0.3:
            return self.chance.choice(
                (
                    f"<xq{self.number}>",
                    f'" onxq{self.number}="',
                    f"' onxq{self.number}='",
                    f"</textarea></title></script><xq{self.number}>",
                    f"--><xq{self.number}>",
                    f"&lt;xq{self.number}&gt;<xq{self.number} a='\">",
                )
            )
        if kind < 0.9:
            return self.chance.choice(ODD)
        if kind < 0.93:
            return self.chance.choice(("x", "é", "<", " ", "\n")) * self.chance.choice(
                (250, 5001, 20_001, LONG)
            )
        return "".join(
            chr(self.chance.choice((self.chance.randrange(0x300), self.chance.randrange(0x11000))))
            for _n in range(20)
        )

    def _filled(self, form: Form) -> list[tuple[str, str]]:
        """What the form would send, with some of it odd, twice, or missing; its marks mostly as they are."""
        pairs = [(name, value) for name, value in form.hidden.items() if self.chance.random() < 0.97]
        pairs = [
            (name, value if name in {"csrf_token", "mark"} or self.chance.random() < 0.9 else self._value())
            for name, value in pairs
        ]
        for name, values in form.choices.items():
            if self.chance.random() < 0.85:
                pairs.append(
                    (
                        name,
                        self.chance.choice(values)
                        if values and self.chance.random() < 0.8
                        else self._value(),
                    )
                )
        for name in form.typed:
            if self.chance.random() < 0.92:
                pairs.append((name, self._value()))
        if form.buttons:
            name, value = self.chance.choice(form.buttons)
            pairs.append((name, value if self.chance.random() < 0.9 else self._value()))
        if pairs and self.chance.random() < 0.1:
            pairs.append((self.chance.choice(pairs)[0], self._value()))
        if self.chance.random() < 0.1:
            pairs.append(
                (self.chance.choice(("vreemd", "", "a" * 500, "a-grade", "csrf_token")), self._value())
            )
        return pairs

    def _multipart(self, form: Form, pairs: list[tuple[str, str]]) -> bytes:
        parts = [
            f'name="{name}"\r\n\r\n'.encode("utf-8", "surrogatepass") + value.encode("utf-8", "surrogatepass")
            for name, value in pairs
            if '"' not in name
        ]
        for name in form.files or ["file"]:
            called, data = self.chance.choice(FILES)
            kind = self.chance.choice(("application/pdf", "text/csv", "text/html", "image/svg+xml", "x"))
            parts.append(
                f'name="{name}"; filename="{called}"\r\nContent-Type: {kind}\r\n\r\n'.encode() + data
            )
        whole = b"".join(
            b"--" + BOUNDARY.encode() + b"\r\nContent-Disposition: form-data; " + part + b"\r\n"
            for part in parts
        )
        return whole + b"--" + BOUNDARY.encode() + b"--\r\n"

    def _headers(self) -> dict[str, str]:
        given = {
            "HX-Request": "true",
            "HX-Target": "<xq1>",
            "HX-Trigger": '" onxq1="',
            "HX-Current-URL": "http://evil.example/<xq1>",
            "HX-Prompt": "<xq1>",
            "HX-Boosted": "ja",
            "HX-Target-URI-AutoEncoded": "%ZZ%80",
            "HX-History-Restore-Request": "true",
            "Accept-Language": "xx;q=9,<xq1>",
            "Accept": "application/json",
            "Range": "bytes=-9999999999999",
            "If-None-Match": '"',
            "If-Modified-Since": "Thu, 99 Foo 99999",
            "Origin": "http://localhost",
            "Referer": "http://[",
            "X-HTTP-Method-Override": "DELETE",
            "X-Requested-With": "XMLHttpRequest",
            "Authorization": "Basic \xff",
            "Authentication-Token": "x",
            "User-Agent": "<xq1>" * 100,
        }
        return {name: value for name, value in given.items() if self.chance.random() < 0.12}

    # ---- And what of it -------------------------------------------------------------------

    def _ask(self, client: FlaskClient, address: str, method: str, **given: Any) -> TestResponse | None:
        self.report.asked += 1
        what = (
            f"{method} {address[:200]} {given.get('query_string', '')!s:.300} {given.get('data', b'')!r:.600}"
        )
        try:
            response = client.open(address, method=method, **given)
        except Exception:  # noqa: BLE001 - whatever went wrong is what this looks for
            self.report.wrong.append(f"{what}: {traceback.format_exc()[-800:]}")
            return None
        self.report.statuses[response.status_code] += 1
        for problem in self._problems(response, address, method):
            self.report.wrong.append(f"{what}: {problem}")
        response.close()
        if client is self.boss.client and leads_to_sign_in(response):
            self._boss_comes_in()
        return response

    def _problems(self, response: TestResponse, address: str, method: str) -> list[str]:
        found = []
        if response.status_code >= 500:
            found.append(f"{response.status_code} {self.report.broke[-1:]}")
        place = response.headers.get("Location", "/")
        if not re.match(r"(http://localhost)?/(?![/\\])|http://localhost/?$|\?", place):
            found.append(f"leads away to {place}")
        if "X-Inj" in response.headers:
            found.append("a header of theirs")
        if response.mimetype == "text/html" and method != "HEAD":
            text = response.get_data(as_text=True)
            if REFLECTED.search(text):
                around = REFLECTED.search(text)
                assert around
                found.append("reflects " + text[max(0, around.start() - 80) : around.end() + 40])
            if (
                text
                and response.status_code not in {301, 302, 303, 308}
                and self.chance.random() < CHECKED_WHOLE
            ):
                found += self._as_html(response, text)
        return found

    @staticmethod
    def _as_html(response: TestResponse, text: str) -> list[str]:
        if not text.startswith("<!doctype"):
            return []  # a fragment
        try:
            check(text, response.headers.get("Content-Security-Policy", ""))
        except (AssertionError, html5lib.html5parser.ParseError) as error:
            return [f"no valid page: {error}"]
        return []
