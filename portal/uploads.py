"""Taking in a file: into memory, never onto the disk as it is, and no larger than its page says."""

from io import BytesIO
from typing import Any

from flask import request
from werkzeug.formparser import FormDataParser

ROUND_THE_FILE = 64 * 1024
"""What a browser sends around a file, in bytes: the names of the fields, and our mark."""
READ_AWAY = 32 * 1024 * 1024
"""Up to how many bytes of a body that is too large are still read before we say so."""
PIECE = 64 * 1024


class InMemory(FormDataParser):
    """Reads a file into memory: the library would put a large one on the disk as it is."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.stream_factory = lambda *_args, **_kwargs: BytesIO()


def make_room(limit: int) -> None:
    """This request may bring a file of `limit` bytes. Before anything reads the body.

    Only a form with files gets the room: the fields of any other would each become an object of their
    own, and ten megabytes of them a gigabyte.
    """
    if request.mimetype == "multipart/form-data":
        request.max_content_length = limit + ROUND_THE_FILE
        request.form_data_parser_class = InMemory


def read_away() -> None:
    """Let the browser finish a body that is somewhat too large: only then does every browser show our answer.

    What is read is thrown away. A much larger body is left where it is: the server closes the line.
    """
    left = READ_AWAY
    if (request.content_length or 0) > left:
        return
    body = request.environ["wsgi.input"]
    while left > 0 and (piece := body.read(PIECE)):
        left -= len(piece)
