"""E-mail, handed over to a mail server. One line is used for many messages."""

import contextlib
import re
import smtplib
import socket
import ssl
from collections.abc import Iterator
from dataclasses import replace
from email.message import EmailMessage
from email.policy import SMTP

from portal.config import MailServer
from portal.outbox import watchdog
from portal.outbox.post import AddressRefused, OutcomeUnknown, Post, ServerAway, TryLater
from portal.outbox.rules import is_gone

QUIT_SECONDS = 5.0
# Every server takes seven bits; of accented letters this makes quoted-printable.
_POLICY = SMTP.clone(cte_type="7bit")
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,253}")
# Answers to RCPT that are not about the address but about us: commands, signing in, the server itself.
_ABOUT_US = frozenset({500, 501, 502, 503, 504, 521, 530, 535, 538})
# What a mail program must know before it opens the file (RFC 6047).
_METHOD = re.compile(r"(?m)^METHOD:([A-Z]+)")
_CLOSING = 421
_GO_AHEAD = 354


class SmtpTransport:
    """One worker's line to the mail server. `sender` is an address; returned mail comes to it, marked."""

    def __init__(self, server: MailServer, sender: str, helo: str) -> None:
        self._server = server
        self._sender = sender
        self._helo = helo
        self._line: smtplib.SMTP | None = None
        self._watchdog = watchdog.Watchdog()

    def hand_over(self, post: Post) -> None:
        """Return when the server took it.

        Raises AddressRefused, OutcomeUnknown when the line broke after the words were said, ServerAway
        or TryLater.
        """
        post = replace(post, to=_ascii_address(post.to))
        words = as_bytes(post)
        with self._watchdog.limit():
            line = self._begin(marked(self._sender, post.reference))
            with self._hang_up_on_error():
                self._recipient(line, post.to)
                self._words(line, words)

    def close(self) -> None:
        """Say goodbye, if the server still listens."""
        if self._line is not None:
            with self._watchdog.limit(QUIT_SECONDS), contextlib.suppress(OSError, smtplib.SMTPException):
                self._line.quit()
        self._hang_up()

    def _begin(self, sender: str) -> smtplib.SMTP:
        """A line on which the sender was taken. A line kept from before may have been closed meanwhile."""
        if self._line is not None:
            try:
                code, _text = self._line.mail(sender)
                if code == 250:
                    return self._line
            except (OSError, smtplib.SMTPException):
                pass
            self._hang_up()
        with self._hang_up_on_error():
            line = self._line = self._connected()
            code, _text = line.mail(sender)
            if code != 250:
                raise ServerAway("de mailserver weigert onze afzender")
            return line

    def _connected(self) -> smtplib.SMTP:
        try:
            line = _Line(self._server, self._helo, self._watchdog)
            try:
                self._introduce(line)
            except BaseException:
                line.close()
                raise
        except smtplib.SMTPAuthenticationError as error:
            raise ServerAway("de mailserver weigert onze naam of ons wachtwoord") from error
        except smtplib.SMTPNotSupportedError as error:
            raise ServerAway("de mailserver kan geen versleuteling of aanmelden") from error
        except ssl.SSLError as error:
            raise ServerAway("de versleuteling met de mailserver lukte niet") from error
        return line

    def _introduce(self, line: smtplib.SMTP) -> None:
        if self._server.starttls:
            line.starttls(context=ssl.create_default_context())
        line.ehlo_or_helo_if_needed()
        if self._server.user:
            line.login(self._server.user, self._server.password)

    @staticmethod
    def _recipient(line: smtplib.SMTP, recipient: str) -> None:
        code, text = line.rcpt(recipient)
        if code in {250, 251, 252}:
            return
        if code == _CLOSING:
            raise ServerAway("de mailserver sluit de lijn")
        if 500 <= code < 600 and code not in _ABOUT_US and _is_about_address(text):
            raise AddressRefused(f"de mailserver kent dit adres niet ({code})")
        raise TryLater(f"de mailserver neemt dit adres nu niet aan ({code})")

    @staticmethod
    def _words(line: smtplib.SMTP, words: bytes) -> None:
        code, _text = line.docmd("DATA")
        if code != _GO_AHEAD:
            raise TryLater(f"de mailserver neemt de mail nu niet aan ({code})")
        try:
            line.send(re.sub(rb"(?m)^\.", b"..", words) + b".\r\n")
            code, _text = line.getreply()
        except (OSError, smtplib.SMTPException) as error:
            raise OutcomeUnknown("onzeker of het aankwam") from error
        if 400 <= code < 600:
            raise TryLater(f"de mailserver neemt de mail nu niet aan ({code})")
        if not 200 <= code < 300:
            raise OutcomeUnknown("onzeker of het aankwam")

    @contextlib.contextmanager
    def _hang_up_on_error(self) -> Iterator[None]:
        try:
            yield
        except (TryLater, AddressRefused) as error:
            if isinstance(error, ServerAway) or not self._start_over():
                self._hang_up()
            raise
        except (OSError, smtplib.SMTPException) as error:
            self._hang_up()
            away = (
                "de mailserver antwoordt niet op tijd" if self._watchdog.has_cut else "de mailserver is weg"
            )
            raise ServerAway(away) from error

    def _start_over(self) -> bool:
        """Take back what was said, so that the line can be used for the next message."""
        try:
            return self._line is not None and self._line.rset()[0] == 250
        except (OSError, smtplib.SMTPException):
            return False

    def _hang_up(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None
        self._watchdog.close()


class _Line(smtplib.SMTP):
    """A connection of which the watchdog holds an end from the first moment."""

    def __init__(self, server: MailServer, helo: str, dog: watchdog.Watchdog) -> None:
        self._smtps = server.smtps
        self._dog = dog
        super().__init__(server.host, server.port, local_hostname=helo, timeout=watchdog.ANSWER_SECONDS)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        line = socket.create_connection((host, port), watchdog.CONNECT_SECONDS)
        line.settimeout(timeout)
        self._dog.watch(line)
        if not self._smtps:
            return line
        return ssl.create_default_context().wrap_socket(line, server_hostname=host)


# Words of a refusal without an enhanced code that is about us, and not about who should get it.
_US = re.compile(rb"relay|sender|spf|dkim|dmarc|block|spam|policy|prohibit|denied|quota|full", re.IGNORECASE)


def _is_about_address(text: bytes) -> bool:
    """Whether a refused recipient is one that is not there."""
    enhanced = re.match(rb"(\d\.\d{1,3}\.\d{1,3})\b", text)
    if enhanced:
        return is_gone(enhanced[1].decode())
    return _US.search(text) is None


def marked(sender: str, reference: str) -> str:
    """The address to which this message comes back: portaal+<reference>@voorbeeld.nl."""
    local, _at, domain = sender.rpartition("@")
    return f"{local}+{reference}@{domain}"


def as_bytes(post: Post) -> bytes:
    """The mail as it goes over the line."""
    mail = EmailMessage(policy=_POLICY)
    mail.set_content(post.text)
    mail.add_alternative(post.html, subtype="html")
    if post.calendar:
        mail.add_attachment(
            post.calendar.replace("\r\n", "\n"),
            subtype="calendar",
            filename="avond.ics",
            params={"method": _METHOD.findall(post.calendar)[0]},
        )
    # After the words: EmailMessage hands a Content-Language it has already to its first part.
    mail["To"] = post.to
    mail["Subject"] = post.subject
    literal = b""
    for name, value in post.headers.items():
        if not name.startswith("List-"):
            mail[name] = value
            continue
        # Python's own folding would write a long link as an encoded word, which nobody can follow.
        literal += f"{name}: {value}\r\n".encode("ascii")
    return literal + mail.as_bytes()


def _ascii_address(address: str) -> str:
    """The address as every server takes it. Raises AddressRefused when it has no such form."""
    local, _at, domain = address.rpartition("@")
    try:
        made = f"{local}@{domain.encode('idna').decode('ascii')}"
    except UnicodeError:
        made = ""
    if not _ADDRESS.fullmatch(made):
        raise AddressRefused("dit e-mailadres kan niet")
    return made
