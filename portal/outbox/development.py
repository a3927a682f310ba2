"""In development what is sent is kept as files in instance/post, to be read on a page."""

import contextlib
import json
import os
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path

from portal import clock
from portal.outbox.post import Post, Transport

_ID = re.compile(r"[0-9]{8}T[0-9]{12}-[0-9a-f]{8}")


@dataclass(frozen=True)
class KeptPost:
    """A message as it left, and when."""

    id: str
    at: datetime
    channel: str
    to: str
    subject: str
    text: str
    html: str
    segments: int
    reference: str
    headers: Mapping[str, str] = field(default_factory=dict)
    calendar: str = ""


class Folder:
    """Keeps messages where nobody but the developer sees them. `instance` is the portal's own folder."""

    def __init__(self, instance: Path) -> None:
        self._folder = instance / "post"

    def hand_over(self, post: Post) -> None:
        """Keep it, whole or not at all."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        now = clock.now()
        kept = KeptPost(id=f"{now:%Y%m%dT%H%M%S%f}-{secrets.token_hex(4)}", at=now, **asdict(post))
        aside = self._folder / f".{kept.id}"
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(asdict(kept) | {"at": now.isoformat()}, file)
        aside.rename(self._folder / f"{kept.id}.json")

    def close(self) -> None:
        """Nothing to hang up."""

    def posts(self, limit: int = 100) -> Sequence[KeptPost]:
        """The newest messages, the last one first."""
        names = sorted((path.stem for path in self._folder.glob("2*.json")), reverse=True)
        found: list[KeptPost] = []
        for name in names:
            if len(found) == limit:
                break
            if (post := self.post(name)) is not None:
                found.append(post)
        return found

    def post(self, post_id: str) -> KeptPost | None:
        """One message, or None when there is no such."""
        if not _ID.fullmatch(post_id):
            return None
        try:
            kept = json.loads((self._folder / f"{post_id}.json").read_text("utf-8"))
            return KeptPost(**kept | {"at": datetime.fromisoformat(kept["at"])})
        except (OSError, ValueError, TypeError, KeyError):
            return None


class Copying:
    """Hands over for real and keeps a copy."""

    def __init__(self, transport: Transport, folder: Folder) -> None:
        self._transport = transport
        self._folder = folder

    def hand_over(self, post: Post) -> None:
        """As the transport does; a copy that cannot be kept changes nothing."""
        self._transport.hand_over(post)
        with contextlib.suppress(OSError):
            self._folder.hand_over(post)

    def close(self) -> None:
        """Hang up."""
        self._transport.close()
