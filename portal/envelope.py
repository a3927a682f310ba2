"""What is around every answer, also around those that no view makes: static files, refusals, redirects.

And how the portal itself is called, which is what its base address says and never what a request says.
"""

import re
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlsplit

from portal.config import Settings

Environ = dict[str, Any]
Start = Callable[..., Any]
Wsgi = Callable[[Environ, Start], Iterable[bytes]]

HSTS = "max-age=31536000; includeSubDomains"
FIRST_ERROR = 400

# What a browser could do and no page of ours asks. What only some browsers know by name gives a warning
# in the others, and is not named.
NOT_USED = (
    *("accelerometer", "autoplay", "browsing-topics", "camera", "display-capture", "encrypted-media"),
    *("fullscreen", "gamepad", "geolocation", "gyroscope", "hid", "idle-detection", "local-fonts"),
    *("magnetometer", "microphone", "midi", "payment", "picture-in-picture", "publickey-credentials-create"),
    *("publickey-credentials-get", "screen-wake-lock", "serial", "storage-access", "sync-xhr", "usb"),
    *("window-management", "xr-spatial-tracking"),
)


def headers(settings: Settings) -> dict[str, str]:
    """What every answer says to a browser that says nothing else about it. Opened by itself it may do nothing."""
    always = {
        "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": ", ".join(f"{name}=()" for name in NOT_USED),
        "Referrer-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
    }
    return always | ({"Strict-Transport-Security": HSTS} if settings.is_production else {})


def headers_of_refusals(settings: Settings) -> dict[str, str]:
    """The same for an answer that says that something went wrong, which nobody keeps or finds."""
    return headers(settings) | {"Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow"}


def around(app: Wsgi, settings: Settings) -> Wsgi:
    """The application with what its answers lack. It must be the outermost."""
    of_all, of_refusals = headers(settings), headers_of_refusals(settings)

    def answer(environ: Environ, start_response: Start) -> Iterable[bytes]:
        def start(status: str, given: list[tuple[str, str]], *error: Any) -> Any:
            wanted = of_refusals if int(status[:3]) >= FIRST_ERROR else of_all
            there = {name.lower() for name, _value in given}
            lacking = [(name, value) for name, value in wanted.items() if name.lower() not in there]
            return start_response(status, [*given, *lacking], *error)

        return app(environ, start)

    return answer


def at_own_address(app: Wsgi, settings: Settings) -> Wsgi:
    """The application, to which every request under its name came by its own address.

    Redirects that no view makes are built from the request: without this they lead to whatever scheme a proxy
    lets pass, with the link that somebody was sent. Only this machine, which may ask itself, says how it does so.
    """
    parts = urlsplit(settings.base_url)
    names = own_names(settings.base_url)

    def answer(environ: Environ, start_response: Start) -> Iterable[bytes]:
        host = environ.get("HTTP_HOST", "").lower()
        if host in names:
            environ["HTTP_HOST"] = parts.netloc
        if host in names or environ["wsgi.url_scheme"] not in {"http", "https"}:
            environ["wsgi.url_scheme"] = parts.scheme
        return app(environ, start_response)

    return answer


def own_names(base_url: str) -> set[str]:
    """How a browser names the portal in `Host`: with its port, and without where that is the usual one."""
    parts = urlsplit(base_url.lower())
    host = parts.netloc.rpartition("@")[2]
    usual = {"https": ":443", "http": ":80"}[parts.scheme]
    return {host, host.removesuffix(usual)} | ({host + usual} if parts.port is None else set())


def is_this_machine(host: str) -> bool:
    """Whether somebody calls the portal by what only this machine calls itself. No link is ever made of it."""
    return (
        re.fullmatch(r"(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?", host.lower(), re.ASCII) is not None
    )
