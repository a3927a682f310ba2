"""Whatever is posted to the sign-in pages, the answer is a page that says what to do."""

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.identity import attempts
from portal.identity.rules import Role
from tests.identity.conftest import PASSWORD, Browser, add

FIELDS = st.sampled_from(
    ["email", "password", "code", "next", "remember", "setup", "phone", "csrf_token", "submit", "vreemd"]
)
VALUES = st.one_of(
    st.text(max_size=200),
    st.text(alphabet="0123456789 -", max_size=12),
    st.sampled_from(
        ["els@voorbeeld.example", PASSWORD, "/team", "authenticator", "\0", "²²²²²²", "a" * 5000]
    ),
)
POSTS = st.dictionaries(FIELDS, VALUES, max_size=6)


@pytest.mark.parametrize("half_way", [False, True])
@pytest.mark.parametrize(
    "address", ["/team/inloggen", "/team/tweede-stap", "/team/herstelcode", "/team/tweede-stap-instellen"]
)
def test_no_post_breaks_the_sign_in(
    app: Flask, monkeypatch: pytest.MonkeyPatch, address: str, half_way: bool
) -> None:
    els = add(app, Role.QUALITY)
    monkeypatch.setattr(attempts, "wait", lambda *_: 0)
    browser = Browser(app.test_client())

    @settings(
        max_examples=40,
        deadline=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    @given(POSTS)
    def post(values: dict[str, str]) -> None:
        if half_way:
            browser.first_step(els.email)
        browser.get(address)
        response = browser.post(address, **values)
        assert response.status_code in {302, 400, 422}, values
        assert not response.headers.get("Location", "/").startswith("//")

    post()
    assert not browser.is_in


def test_a_body_that_is_too_large_is_refused(app: Flask) -> None:
    response = app.test_client().post("/team/inloggen", data={"email": "a" * 300_000})
    assert response.status_code == 413
