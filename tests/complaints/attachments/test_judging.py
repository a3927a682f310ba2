"""What is taken, what not, and what is left of it: judged by the content, whatever the name says."""

import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from PIL import Image, ImageChops

from portal import config
from portal.app import create_app
from portal.complaints import pictures
from portal.complaints.attachments import LIMIT, LONGEST_NAME, Judged, NotTaken, judge, safe_name
from tests.complaints.attachments import files

PURE_JPG = {0xE0, 0xDB, 0xC0, 0xC4}
"""The size of a point, and what pixels need: nothing else is in a JPEG that we made."""
PURE_PNG = {b"IHDR", b"PLTE", b"IDAT", b"IEND"}


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """A portal without a database: judging needs none."""
    return create_app(config.load(instance=tmp_path_factory.mktemp("judging")))


@pytest.fixture(autouse=True)
def _speaking(bare: Flask) -> Iterator[None]:
    """The sentences need a language."""
    with bare.app_context():
        yield


def refused(data: bytes, name: str = "bestand.pdf") -> str:
    """Why a file is not taken."""
    with pytest.raises(NotTaken) as told:
        judge(data, name)
    return str(told.value)


def is_up(data: bytes) -> bool:
    """Whether the red half is above, and it is wider than high."""
    image = files.opened(data).convert("RGB")
    above, below = image.getpixel((5, 2)), image.getpixel((5, image.height - 3))
    return image.width > image.height and above[0] > 150 > below[0] and below[2] > 150 > above[2]  # type: ignore[index]


class TestWhatIsTaken:
    @pytest.mark.parametrize(
        ("data", "kind"),
        [(files.PDF, "pdf"), (files.jpg(), "jpg"), (files.png(), "png")],
        ids=["pdf", "jpg", "png"],
    )
    @pytest.mark.parametrize("name", ["brief.pdf", "brief.JPEG", "brief.png", "brief", "brief.exe"])
    def test_by_content_and_named_after_it(self, data: bytes, kind: str, name: str) -> None:
        judged = judge(data, name)
        assert judged.kind == kind
        assert judged.name.startswith("brief") and judged.name.endswith(f".{kind}")
        assert not judged.smaller

    def test_a_pdf_stays_as_it_is(self) -> None:
        data = files.PDF + b"\r\n" * 100
        assert judge(data, "brief.pdf").data == data

    def test_a_pdf_with_a_script_is_taken_as_it_is(self) -> None:
        """Decided in attachments.py: not finding one proves nothing, and it is only ever downloaded."""
        data = files.PDF.replace(b"/Catalog", b"/Catalog/OpenAction<</S/JavaScript/JS(app.alert(1))>>")
        assert judge(data, "formulier.pdf").data == data

    @pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
    @pytest.mark.parametrize("progressive", [False, True])
    def test_photos_of_every_kind(self, mode: str, progressive: bool) -> None:
        made = judge(files.saved(files.picture(mode=mode), "JPEG", progressive=progressive), "x.jpg")
        image = files.opened(made.data)
        assert (image.format, image.size) == ("JPEG", (60, 40))
        assert image.mode == ("L" if mode == "L" else "RGB")

    @pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
    def test_screenshots_of_every_kind_look_the_same(self, mode: str) -> None:
        source = files.picture(mode=mode)
        image = files.opened(judge(files.saved(source, "PNG"), "x.png").data)
        assert ImageChops.difference(image.convert("RGBA"), source.convert("RGBA")).getbbox() is None

    def test_what_is_see_through_stays_so(self) -> None:
        source = Image.new("RGBA", (4, 4), (255, 0, 0, 0))
        palette = Image.new("P", (4, 4), 0)
        for data in (files.saved(source, "PNG"), files.saved(palette, "PNG", transparency=0)):
            image = files.opened(judge(data, "x.png").data)
            assert image.mode == "RGBA" and image.getpixel((1, 1))[3] == 0  # type: ignore[index]

    def test_sixteen_bits_of_grey_are_scaled_not_cut_off(self) -> None:
        source = Image.new("I;16", (256, 1))
        source.putdata([value * 256 for value in range(256)])
        image = files.opened(judge(files.saved(source, "PNG"), "x.png").data)
        assert [image.getpixel((x, 0)) for x in (0, 100, 255)] == [0, 100, 255]

    def test_of_a_moving_picture_the_first(self) -> None:
        made = files.opened(judge(files.animated_png(), "x.png").data)
        assert getattr(made, "n_frames", 1) == 1
        assert is_up(judge(files.animated_png(), "x.png").data)


class TestWhatIsLeftOut:
    def test_a_photo_tells_nothing_of_where_when_and_by_whom(self) -> None:
        source = files.telling_jpg()
        assert source.count(files.SECRET.encode()) >= 5, "it did tell"
        assert files.opened(source).getexif().get_ifd(0x8825), "where it was"
        made = judge(source, "x.jpg").data
        assert files.SECRET.encode() not in made
        assert set(files.jpg_segments(made)) <= PURE_JPG
        image = files.opened(made)
        assert not image.getexif() and not image.info.get("icc_profile")

    def test_a_screenshot_neither(self) -> None:
        source = files.telling_png()
        assert {b"tEXt", b"zTXt", b"iTXt", b"iCCP", b"eXIf", b"tIME", b"pHYs"} <= set(
            files.png_chunks(source)
        )
        made = judge(source, "x.png").data
        assert set(files.png_chunks(made)) <= PURE_PNG

    @pytest.mark.parametrize("orientation", range(1, 9))
    def test_it_is_upright_without_being_told(self, orientation: int) -> None:
        """Turned as the camera had it: after what the orientation says is undone, red is above."""
        turns = {
            2: Image.Transpose.FLIP_LEFT_RIGHT,
            3: Image.Transpose.ROTATE_180,
            4: Image.Transpose.FLIP_TOP_BOTTOM,
            5: Image.Transpose.TRANSPOSE,
            6: Image.Transpose.ROTATE_90,
            7: Image.Transpose.TRANSVERSE,
            8: Image.Transpose.ROTATE_270,
        }
        source = files.picture(60, 40)
        held = source.transpose(turns[orientation]) if orientation in turns else source
        exif = Image.Exif()
        exif[0x0112] = orientation
        for form in ("JPEG", "PNG"):
            made = judge(files.saved(held, form, exif=exif), "x").data
            assert is_up(made), form
            assert not files.opened(made).getexif()

    def test_what_hangs_behind_a_picture_is_gone(self) -> None:
        for source in (files.jpg() + files.archive(), files.png() + files.archive()):
            made = judge(source, "x.jpg").data
            assert b"PK" not in made and b"run.exe" not in made and b"DOS mode" not in made


class TestWhatIsNotTaken:
    @pytest.mark.parametrize(
        ("data", "reason"),
        [
            (b"", "is leeg"),
            (files.EXECUTABLE, "geen pdf, JPG of PNG"),
            (b"\x7fELF" + bytes(99), "geen pdf, JPG of PNG"),
            (b"#!/bin/sh\nrm -rf /\n", "geen pdf, JPG of PNG"),
            (files.SVG, "geen pdf, JPG of PNG"),
            (files.HTML, "geen pdf, JPG of PNG"),
            (b"GIF89a" + bytes(20), "geen pdf, JPG of PNG"),
            (b"RIFF" + bytes(4) + b"WEBP", "geen pdf, JPG of PNG"),
            (files.saved(files.picture(), "TIFF"), "geen pdf, JPG of PNG"),
            (files.saved(files.picture(), "BMP"), "geen pdf, JPG of PNG"),
            (files.archive(), "Word"),
            (b"{\\rtf1 hallo}", "Word"),
            (bytes(4) + b"ftypheic" + bytes(20), "HEIC"),
            (files.HTML + files.PDF, "geen pdf, JPG of PNG"),
            (b"\n" + files.PDF, "geen pdf, JPG of PNG"),
            (files.PDF[:-8], "pdf is stuk"),
            (files.PDF + files.archive() + bytes(4096), "pdf is stuk"),
            (files.jpg()[:400], "foto is stuk"),
            (files.png()[:-30], "foto is stuk"),
            (b"\xff\xd8\xff\xe0" + bytes(500), "foto is stuk"),
            (b"\x89PNG\r\n\x1a\n" + files.HTML, "foto is stuk"),
            (files.png().replace(b"IDAT", b"IDAX", 1), "foto is stuk"),
            (b"\xff\xd8\xff" + files.png(), "foto is stuk"),
        ],
    )
    def test_it_says_why(self, data: bytes, reason: str) -> None:
        for name in ("brief.pdf", "brief.jpg", "brief.png"):
            assert reason in refused(data, name)

    def test_more_than_ten_megabytes(self) -> None:
        assert judge(files.noise(LIMIT), "x.pdf").kind == "pdf"
        assert "groter dan 10 MB" in refused(files.noise(LIMIT + 1))

    def test_nothing_of_the_file_is_in_what_we_say(self) -> None:
        assert "Piet" not in refused(b"Piet", "Piet.pdf")


class TestBombs:
    @pytest.mark.parametrize(("width", "height"), [(30_000, 30_000), (60_000, 500), (5_001, 5_000)])
    def test_a_small_file_of_many_pixels_is_refused_before_a_pixel_is_read(
        self, width: int, height: int
    ) -> None:
        data = files.png_of_size(width, height)
        assert len(data) < 1024 * 1024
        began, before = time.monotonic(), _own_memory()
        assert "te veel beeldpunten" in refused(data, "x.png")
        assert time.monotonic() - began < 5, "seconds, on a busy machine; it takes a tenth of one"
        assert _own_memory() - before < 64, "megabytes"

    def test_a_photo_of_fifty_megapixels_is_made_smaller(self) -> None:
        source = files.saved(Image.new("RGB", (8160, 6120), "red"), "JPEG")
        judged = judge(source, "letter.jpg")
        image = files.opened(judged.data)
        assert judged.smaller and image.size == (4080, 3060)
        assert image.getpixel((9, 9))[0] > 200  # type: ignore[index]

    def test_one_of_twelve_stays_as_large_as_it_was(self) -> None:
        judged = judge(files.saved(Image.new("RGB", (4032, 3024)), "JPEG"), "x.jpg")
        assert not judged.smaller and files.opened(judged.data).size == (4032, 3024)

    def test_a_photo_of_nine_hundred_megapixels_is_refused(self) -> None:
        # What a real one says of itself, with the height and width put in by hand.
        source = files.jpg()
        frame = source.index(b"\xff\xc0")
        data = source[: frame + 5] + (30_000).to_bytes(2, "big") * 2 + source[frame + 9 :]
        assert "te veel beeldpunten" in refused(data, "x.jpg")

    def test_endless_work_is_ended(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The real limit, with less patience: hours of work in a few hundred kilobytes."""
        monkeypatch.setattr(pictures, "PATIENCE", 3)
        data = files.jpg_of_many_scans(20_000)
        assert len(data) < LIMIT
        began = time.monotonic()
        assert "te veel beeldpunten" in refused(data, "x.jpg")
        assert time.monotonic() - began < 10

    def test_the_work_has_limits_of_its_own(self) -> None:
        """What the other side lays upon itself before it reads anything."""
        script = (
            f"import resource, runpy; runpy.run_path({pictures.__file__!r})['_main']('jpg'); "
            "print(*(resource.getrlimit(kind)[0] for kind in "
            "(resource.RLIMIT_AS, resource.RLIMIT_CPU, resource.RLIMIT_FSIZE)))"
        )
        done = subprocess.run(
            [sys.executable, "-I", "-c", script], input=b"", capture_output=True, check=True, timeout=30
        )
        # Its files may have no byte, and a pipe is no file.
        assert done.stdout.split() == [b"%d" % pictures.MEMORY, b"%d" % pictures.SECONDS, b"0"]

    def test_one_at_a_time_and_the_rest_waits(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(pictures, "PATIENCE", 1)
        with pictures._turn:
            assert "Probeer het later nog een keer" in refused(files.jpg(), "x.jpg")
        assert judge(files.jpg(), "x.jpg").kind == "jpg"

    def test_two_wait_and_others_are_told_at_once(self, bare: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
        """Who waits holds a thread of the server: sixteen who send a slow photo would stop every page."""
        done: list[Judged] = []
        busy: list[NotTaken] = []
        told, real = threading.Event(), pictures.subprocess.run

        def slow(*given: Any, **more: Any) -> Any:
            # The first is not ready before the others were told.
            assert told.wait(30)
            return real(*given, **more)

        monkeypatch.setattr(pictures.subprocess, "run", slow)
        photo = files.jpg(800, 600)

        def send() -> None:
            with bare.app_context():
                try:
                    done.append(judge(photo, "x.jpg"))
                except NotTaken as error:
                    busy.append(error)
                    if len(busy) == 13:
                        told.set()

        threads = [threading.Thread(target=send) for _n in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert (len(done), len(busy)) == (1 + pictures.MOST_WAITING, 13)
        assert judge(photo, "x.jpg").kind == "jpg"

    def test_a_reader_that_crashes_takes_nothing_along(self, monkeypatch: pytest.MonkeyPatch) -> None:
        script = f"import os; os.kill(os.getpid(), {int(signal.SIGSEGV)})"
        real = pictures.subprocess.run
        monkeypatch.setattr(
            pictures.subprocess, "run", lambda command, **given: real([command[0], "-c", script], **given)
        )
        assert "te veel beeldpunten" in refused(files.jpg(), "x.jpg")


def _own_memory() -> int:
    """The most memory that this process ever had, in megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


class TestNames:
    @pytest.mark.parametrize(
        ("given", "kept"),
        [
            ("brief.pdf", "brief.pdf"),
            ("Brief van 12.03.2026.PDF", "Brief van 12.03.2026.pdf"),
            ("../../etc/passwd", "passwd.pdf"),
            ("..\\..\\windows\\system.ini", "system.ini.pdf"),
            ("C:\\Users\\Piet Jansen\\brief.pdf", "brief.pdf"),
            ("/home/piet/brief.pdf", "brief.pdf"),
            ("brief\x00.exe", "brief.exe.pdf"),
            ("brief\u202efdp.exe", "brieffdp.exe.pdf"),
            ("\u2066brief\u2069\u200b\ufeff.pdf", "brief.pdf"),
            ("een\r\nSet-Cookie: x=1", "een Set-Cookie- x=1.pdf"),
            ('a<b>"c|d?e*f.pdf', "a-b--c-d-e-f.pdf"),
            ("....", "bijlage.pdf"),
            ("", "bijlage.pdf"),
            ("/", "bijlage.pdf"),
            (".htaccess", "htaccess.pdf"),
            ("NUL", "bijlage.pdf"),
            ("com1.txt", "bijlage.pdf"),
            ("console.pdf", "console.pdf"),
            ("foto.jpg.pdf.png", "foto.pdf"),
            ("e\u0301e\u0301n.pdf", "één.pdf"),
            ("صورة.jpg", "صورة.pdf"),
            ("\ud800.pdf", "bijlage.pdf"),
        ],
    )
    def test_only_a_plain_last_part_with_the_right_ending(self, given: str, kept: str) -> None:
        assert safe_name(given, "pdf") == kept

    @pytest.mark.parametrize("sign", ["a", "é", "😀", ".", " ", "\u202e"])
    def test_never_longer_than_a_name_may_be(self, sign: str) -> None:
        name = safe_name(sign * 5000, "pdf")
        assert len(name) <= LONGEST_NAME and len(name.encode()) < 255 and name.endswith(".pdf")
