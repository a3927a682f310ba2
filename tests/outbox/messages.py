"""What a message to an invented person is about."""

from portal.outbox.rules import Channel

TOPIC = "survey"
ADDRESSES = {
    Channel.EMAIL: "p{}@voorbeeld.example",
    Channel.SMS: "+316{:08}",
    Channel.LETTER: "Proefpersoon {}\nDorpsstraat 1",
}
LINK = "https://portaal.voorbeeld.example/v/0123456789abcdefghijklmn"
PARAMS = {
    "name": "Proefpersoon",
    "moment": "intake",
    "young": False,
    "first_person": True,
    "link": LINK,
    "unsubscribe": f"{LINK}/afmelden",
    "closes_on": "2026-04-01",
    "code": "7KQ2M4XP9T",
    "perspective": "parent",
    "parenting_help": False,
    "own_language": "nl",
    "question": "Welk cijfer past hierbij?",
}
