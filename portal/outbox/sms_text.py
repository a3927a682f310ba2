"""How much of a text message's room a text takes. Pure.

A text in the letters of GSM 03.38 fits 160 to a message, any other 70. A text that needs more goes
as segments that each give up some room to say how they belong together. Every segment is paid for.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

# GSM 03.38, the default alphabet, in the order of its table; the escape at 0x1B is no letter.
BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
# Sent as an escape and a letter: two units, which stay in one segment.
EXTENSION = frozenset("\f^{}\\[~]|€")
LAST_OF_ONE_UNIT = "\uffff"


class Encoding(StrEnum):
    """How the letters are sent."""

    GSM = "gsm"
    UCS2 = "ucs2"


# Units in a message of one segment, and in each segment of a longer one.
ROOM = {Encoding.GSM: (160, 153), Encoding.UCS2: (70, 67)}


@dataclass(frozen=True)
class Size:
    """The room a text takes: units of its encoding, and segments to pay for."""

    encoding: Encoding
    units: int
    segments: int

    @property
    def is_cheapest(self) -> bool:
        """Whether it goes as one segment in the GSM letters."""
        return self.encoding is Encoding.GSM and self.segments == 1


def size(text: str) -> Size:
    """Count a text as it will be sent. An empty text is still one message."""
    encoding = Encoding.GSM if set(text) <= BASIC | EXTENSION else Encoding.UCS2
    widths = [_width(letter, encoding) for letter in text]
    alone, together = ROOM[encoding]
    units = sum(widths)
    return Size(encoding, units, 1 if units <= alone else _segments(widths, together))


def _width(letter: str, encoding: Encoding) -> int:
    """Units of one letter: in UCS-2 an emoji is a pair."""
    if encoding is Encoding.GSM:
        return 2 if letter in EXTENSION else 1
    return 1 if letter <= LAST_OF_ONE_UNIT else 2


def _segments(widths: Iterable[int], room: int) -> int:
    """How many segments hold these letters in their order, none of them split."""
    segments, filled = 1, 0
    for width in widths:
        if filled + width > room:
            segments, filled = segments + 1, 0
        filled += width
    return segments
