"""What somebody told when signing up: kept encrypted, as one text."""

import json
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Person:
    """Somebody who comes, and what he or she needs to be able to. Everything but the first two may be empty."""

    first_name: str
    contact: str
    """An e-mail address, or a telephone number in international form."""
    interpreter: str = ""
    """The language of the interpreter."""
    wheelchair: bool = False
    child_care: str = ""
    diet: str = ""
    companion: str = ""
    """The first name of who comes along, where that was said."""
    question: str = ""

    @property
    def is_email(self) -> bool:
        return "@" in self.contact


def to_json(person: Person) -> str:
    return json.dumps(asdict(person), ensure_ascii=False)


def from_json(text: str) -> Person:
    return Person(**json.loads(text))
