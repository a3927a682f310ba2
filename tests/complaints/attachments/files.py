"""Files as people send them, and as people should not: all made here, none checked in."""

import io
import secrets
import struct
import zipfile
import zlib
from typing import Any

from PIL import Image, PngImagePlugin

PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\nstartxref\n9\n%%EOF\n"
SECRET = "Geheime Plek 12"
EXECUTABLE = b"MZ\x90\x00\x03" + bytes(60) + b"This program cannot be run in DOS mode."
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><script>alert(1)</script>"


def picture(width: int = 60, height: int = 40, mode: str = "RGB") -> Image.Image:
    """Red above, blue below, so that one sees which side is up."""
    made = Image.new("RGB", (width, height), "blue")
    made.paste("red", (0, 0, width, height // 2))
    return made.convert(mode)


def saved(image: Image.Image, form: str, **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def jpg(width: int = 60, height: int = 40, **options: Any) -> bytes:
    return saved(picture(width, height), "JPEG", quality=95, **options)


def png(width: int = 60, height: int = 40, mode: str = "RGB", **options: Any) -> bytes:
    return saved(picture(width, height, mode), "PNG", **options)


def opened(data: bytes) -> Image.Image:
    """The picture, with its pixels read."""
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def telling_jpg(orientation: int = 1) -> bytes:
    """A photo that says where, when and by whom, in every place that a JPEG has for it."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = SECRET  # the maker of the camera
    exif.get_ifd(0x8825).update({1: "N", 2: (52.0, 1.0, 0.0), 3: "E", 4: (4.0, 12.0, 0.0), 29: SECRET})
    xmp = f"<x:xmpmeta xmlns:x='adobe:ns:meta/'>{SECRET}</x:xmpmeta>".encode()
    made = jpg(exif=exif, icc_profile=b"ICC " + SECRET.encode() * 9, comment=SECRET, xmp=xmp, dpi=(123, 123))
    return made + b"behind the end: " + SECRET.encode()


def telling_png() -> bytes:
    """The same in a PNG: texts packed and not, a profile, a time."""
    info = PngImagePlugin.PngInfo()
    info.add_text("Author", SECRET)
    info.add_text("Comment", SECRET * 20, zip=True)
    info.add_itxt("XML:com.adobe.xmp", f"<x>{SECRET}</x>")
    info.add(b"tIME", b"\x07\xea\x0b\x17\x0c\x00\x00")
    exif = Image.Exif()
    exif[0x010F] = SECRET
    return png(pnginfo=info, exif=exif, icc_profile=b"ICC " + SECRET.encode() * 9, dpi=(123, 123))


def png_chunks(data: bytes) -> list[bytes]:
    """The names of the parts of a PNG, up to its very end."""
    names, place = [], 8
    while place < len(data):
        (length,) = struct.unpack(">I", data[place : place + 4])
        names.append(data[place + 4 : place + 8])
        place += length + 12
    assert place == len(data), "there is something behind the end"
    return names


def jpg_segments(data: bytes) -> list[int]:
    """The markers of a JPEG before its pixels."""
    found, place = [], 2
    while data[place + 1] != 0xDA:
        found.append(data[place + 1])
        place += 2 + int.from_bytes(data[place + 2 : place + 4], "big")
    assert data.endswith(b"\xff\xd9"), "there is something behind the end"
    return found


def png_of_size(width: int, height: int) -> bytes:
    """A PNG of grey pixels, all the same: very small for what it becomes."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    packer = zlib.compressobj(9)
    line = bytes(width + 1)
    pixels = b"".join(packer.compress(line) for _line in range(height)) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def jpg_of_many_scans(scans: int) -> bytes:
    """A photo that says of its pixels ever again that nothing changes: small, and endless work."""
    source = saved(picture(4000, 4000, "L"), "JPEG", progressive=True)
    # The last scan, as often again.
    last = source.rindex(b"\xff\xda")
    return source[:-2] + source[last:-2] * scans + b"\xff\xd9"


def archive() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr("run.exe", EXECUTABLE)
    return out.getvalue()


def animated_png() -> bytes:
    first, second = picture(), Image.new("RGB", (60, 40), "green")
    return saved(first, "PNG", save_all=True, append_images=[second], duration=100)


def noise(size: int) -> bytes:
    """A PDF of about this many bytes that cannot be packed."""
    return PDF[:-6] + secrets.token_bytes(size - len(PDF)) + b"%%EOF\n"
