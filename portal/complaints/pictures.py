"""Making a picture anew from its pixels: nothing of where, when and with what it was taken comes along.

Readers of picture formats are large programs in C that strangers may send anything to. So the work is done
in a process of its own, without our keys, with a limit to its memory and its time: what breaks there breaks
nothing here, and the memory is given back. This module is both sides of that; the process itself starts
with nothing of the portal.
"""

import io
import os
import resource
import subprocess
import sys
import threading
import warnings
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any

KEPT_PIXELS = 25_000_000
"""Above this a photo is made half, a quarter or an eighth as wide and high: 24 megapixels stay as they are,
50 become 12, in which a photographed letter can still be read."""
MOST_PIXELS = 200_000_000
"""The largest photo (JPEG) that is opened; phones of today make at most this. It is never held whole."""
MOST_PIXELS_PROGRESSIVE = 64_000_000
"""The largest photo that comes in ever sharper layers: that is held whole, six bytes a pixel."""
MOST_PIXELS_PNG = KEPT_PIXELS
"""The largest PNG: that cannot be opened at half its size, and a screenshot has a tenth of this."""
MEMORY = 768 * 1024 * 1024
SECONDS = 20
"""Limits to the memory (bytes of address space) and the processor time of one picture. The time ends what
hides a day of work in a small file: a photo whose pixels are gone over a hundred thousand times."""
PATIENCE = 60
"""Seconds that a picture waits for its turn, and then for its result."""
QUALITY = 85
MOST_BYTES = 20 * 1024 * 1024
"""What a picture may become, in bytes: more than it came with, where it was packed tighter than we do."""

MOST_WAITING = 2
"""How many pictures wait for their turn: each holds a thread of the server that others need meanwhile."""

_turn = threading.BoundedSemaphore(1)
_places = threading.BoundedSemaphore(1 + MOST_WAITING)


class Unreadable(Exception):
    """This is no picture, or it is broken."""


class TooLarge(Exception):
    """More pixels, or more work, than a small server can do."""


class Busy(Exception):
    """Others wait already, or took too long: later it may do."""


@dataclass(frozen=True)
class Picture:
    """A picture as it was made anew."""

    data: bytes
    kind: str
    """"jpg" or "png", as it came."""
    smaller: bool
    """Whether it has fewer pixels than it came with."""


class _Ended(IntEnum):
    """How the process ends; any other way (killed, out of memory) means that it was too much."""

    DONE = 0
    DONE_SMALLER = 10
    UNREADABLE = 11
    TOO_LARGE = 12


def made_anew(data: bytes, kind: str) -> Picture:
    """The same picture, upright, of its pixels alone. One at a time in each server process.

    `kind` is "jpg" or "png". Raises Unreadable, TooLarge or Busy.
    """
    if not _places.acquire(blocking=False):
        raise Busy
    try:
        return _made_anew(data, kind)
    finally:
        _places.release()


def _made_anew(data: bytes, kind: str) -> Picture:
    if not _turn.acquire(timeout=PATIENCE):
        raise Busy
    try:
        done = subprocess.run(  # noqa: S603 - our own file, and nothing of the sender in the arguments
            [sys.executable, "-I", str(Path(__file__).resolve()), kind],
            input=data,
            capture_output=True,
            env={},
            timeout=PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise TooLarge from error
    finally:
        _turn.release()
    if done.returncode == _Ended.UNREADABLE:
        raise Unreadable
    if done.returncode not in {_Ended.DONE, _Ended.DONE_SMALLER}:
        raise TooLarge
    return Picture(done.stdout, kind, smaller=done.returncode == _Ended.DONE_SMALLER)


# From here on: the other side.


def _main(kind: str) -> int:
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    warnings.simplefilter("ignore")
    data = sys.stdin.buffer.read()
    try:
        made, smaller = _remake(data, kind)
    except (MemoryError, TooLarge):
        return _Ended.TOO_LARGE
    except Exception:  # noqa: BLE001 - whatever a reader of pictures trips over, it is not readable
        return _Ended.UNREADABLE
    sys.stdout.buffer.write(made)
    sys.stdout.buffer.flush()
    return _Ended.DONE_SMALLER if smaller else _Ended.DONE


def _remake(data: bytes, kind: str) -> tuple[bytes, bool]:
    from PIL import Image, ImageOps

    # We count ourselves, before a pixel is read.
    Image.MAX_IMAGE_PIXELS = None
    formats = ("JPEG",) if kind == "jpg" else ("PNG",)
    with Image.open(io.BytesIO(data), formats=formats) as checked:
        pixels = checked.width * checked.height
        if pixels > _most_pixels(kind, progressive="progressive" in checked.info):
            raise TooLarge
        checked.verify()
    # What was verified cannot be read any more.
    image = Image.open(io.BytesIO(data), formats=formats)
    smaller = pixels > KEPT_PIXELS
    if smaller:
        part = next(part for part in (2, 4, 8) if pixels <= KEPT_PIXELS * part**2)
        image.draft(None, (image.width // part, image.height // part))
        if image.width * image.height > KEPT_PIXELS:
            raise TooLarge
    image.load()
    orientation = image.getexif().get(0x0112)
    image = _plain(image, kind)
    if orientation in range(2, 9):
        image.getexif()[0x0112] = orientation
        ImageOps.exif_transpose(image, in_place=True)
    image.info = {}
    out = io.BytesIO()
    if kind == "jpg":
        image.save(out, "JPEG", quality=QUALITY, exif=b"")
    else:
        image.save(out, "PNG", exif=b"")
    if out.tell() > MOST_BYTES:
        raise TooLarge
    return out.getvalue(), smaller


def _most_pixels(kind: str, *, progressive: bool) -> int:
    if kind == "png":
        return MOST_PIXELS_PNG
    return MOST_PIXELS_PROGRESSIVE if progressive else MOST_PIXELS


def _plain(image: Any, kind: str) -> Any:
    """The pixels in one of the few ways in which every program shows them alike, and nothing with them."""
    if image.mode.startswith("I"):
        # Sixteen bits of grey would be cut off, not scaled.
        image = image.convert("I").point(lambda value: value * (1 / 256))
        wanted = "L"
    elif kind == "png" and ("transparency" in image.info or image.mode in {"LA", "PA", "RGBA"}):
        wanted = "RGBA"
    elif image.mode in ({"1", "L", "P", "RGB"} if kind == "png" else {"L", "RGB"}):
        wanted = image.mode
    else:
        wanted = "RGB"
    if image.mode != wanted:
        image = image.convert(wanted)
    image.info = {}
    return image


if __name__ == "__main__":
    code = _main(sys.argv[1])
    # Without tidying up after ourselves: there is nothing to keep.
    os._exit(code)
