"""Where messages are handed over: an address that does not fit is said before anything starts."""

from pathlib import Path

import pytest

from portal import config
from portal.config import ConfigError, MailServer, SmsProvider


@pytest.mark.parametrize(
    ("url", "read"),
    [
        ("smtp://mail.example", MailServer("mail.example", 587, "", "", smtps=False, starttls=False)),
        ("smtp://mail.example:25/", MailServer("mail.example", 25, "", "", smtps=False, starttls=False)),
        (
            "smtp://wij:p%40s%3As@mail.example?starttls=1",
            MailServer("mail.example", 587, "wij", "p@s:s", smtps=False, starttls=True),
        ),
        (
            "smtps://wij%40voorbeeld.example:geheim@mail.example",
            MailServer("mail.example", 465, "wij@voorbeeld.example", "geheim", smtps=True, starttls=False),
        ),
        ("smtp://wij:x@127.0.0.1:25", MailServer("127.0.0.1", 25, "wij", "x", smtps=False, starttls=False)),
        ("smtp://wij:x@[::1]:25", MailServer("::1", 25, "wij", "x", smtps=False, starttls=False)),
    ],
)
def test_mail_servers(url: str, read: MailServer) -> None:
    assert MailServer.of(url) == read


@pytest.mark.parametrize(
    ("url", "read"),
    [
        (
            "https://geheim@sms.example/v1/berichten",
            SmsProvider("https://sms.example/v1/berichten", "geheim"),
        ),
        ("https://:ge%2Fheim@sms.example:8443/?a=b", SmsProvider("https://sms.example:8443/?a=b", "ge/heim")),
        ("http://127.0.0.1:9/x", SmsProvider("http://127.0.0.1:9/x", "")),
    ],
)
def test_providers(url: str, read: SmsProvider) -> None:
    assert SmsProvider.of(url) == read


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("smtp_url", "mail.example"),
        ("smtp_url", "http://geheim@mail.example"),
        ("smtp_url", "smtp://"),
        ("smtp_url", "smtp://wij:geheim@mail.example"),
        ("smtp_url", "smtp://wij:geheim@mail.example:veel?starttls=1"),
        ("smtp_url", "smtp://wij:geheim@mail.example:0?starttls=1"),
        ("smtp_url", "smtp://wij:geheim@mail.example:99999?starttls=1"),
        ("smtp_url", "smtp://wij:geheim@mail.example?starttls=ja"),
        ("smtp_url", "smtp://wij:geheim@mail.example?starttls=1&anders=1"),
        ("smtp_url", "smtp://wij:geheim@mail.example/pad?starttls=1"),
        ("smtp_url", "smtp://wij:geheim@mail.example\r\n?starttls=1"),
        ("smtp_url", "smtp://[geheim"),
        ("sms_url", "sms.example/berichten"),
        ("sms_url", "http://geheim@sms.example/berichten"),
        ("sms_url", "ftp://geheim@sms.example/"),
        ("sms_url", "https:///geheim"),
        ("sms_url", "https://geheim%0D%0AX-Other@sms.example/"),
        ("sms_url", "https://geheim%C3%AB@sms.example/"),
        ("mail_from", "geheim"),
        ("mail_from", "Portaal <geheim@voorbeeld.example>"),
        ("mail_from", "geheim+iets@voorbeeld.example"),
        ("mail_from", "geheim@voorbeeld.example\nBcc: x@y.example"),
        ("mail_from", "g" * 32 + "@voorbeeld.example"),
        ("mail_from", "geheim@"),
    ],
)
def test_what_does_not_fit_is_said_without_repeating_it(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(ConfigError) as caught:
        config.load(instance=tmp_path, **{name: value})
    said = str(caught.value)
    assert said.startswith(f"PORTAL_{name.upper()}")
    assert "geheim" not in said
    assert said.count("\n") == 0


def test_the_sender(tmp_path: Path) -> None:
    host = config.load(instance=tmp_path, base_url="https://portaal.voorbeeld.example")
    assert host.mail_address == "portaal@portaal.voorbeeld.example"
    given = config.load(instance=tmp_path, mail_from="ervaringen@voorbeeld.example")
    assert given.mail_address == "ervaringen@voorbeeld.example"
    assert given.mail_server is given.sms_provider is None
