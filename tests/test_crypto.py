"""Tokens, codes and marks, by property; encryption without a time."""

import pytest
from cryptography.fernet import Fernet
from hypothesis import given
from hypothesis import strategies as st

from portal.crypto import CROCKFORD, TOKEN_LENGTH, Keyring, LostKey, public_id_of
from portal.surveys.rules import read_code

DATA = Fernet.generate_key().decode()
OLD, NEW = "o" * 40, "n" * 40
RING = Keyring(data_keys=[DATA], link_keys=[OLD], index_key="i" * 40)
ROTATED = Keyring(data_keys=[Fernet.generate_key().decode(), DATA], link_keys=[NEW, OLD], index_key="i" * 40)
PUBLIC_IDS = st.binary(min_size=8, max_size=8).map(bytes.hex)


@given(PUBLIC_IDS)
def test_a_token_holds_its_public_id_and_survives_rotation(public_id: str) -> None:
    token = RING.token(public_id, RING.link_key_id)
    assert len(token) == TOKEN_LENGTH
    assert public_id_of(token) == public_id
    assert ROTATED.knows(token, public_id, RING.link_key_id)
    assert not ROTATED.knows(ROTATED.token(public_id, ROTATED.link_key_id), public_id, RING.link_key_id)


@given(PUBLIC_IDS, st.integers(0, TOKEN_LENGTH - 1), st.sampled_from("ABCabc012-_"))
def test_a_changed_token_opens_nothing(public_id: str, place: int, sign: str) -> None:
    token = RING.token(public_id, RING.link_key_id)
    changed = token[:place] + sign + token[place + 1 :]
    assert RING.knows(changed, public_id, RING.link_key_id) is (changed == token)


@given(st.text(max_size=40))
def test_no_text_breaks_the_reading_of_a_token(text: str) -> None:
    found = public_id_of(text)
    assert found is None or not RING.knows(text, found, RING.link_key_id)


@given(PUBLIC_IDS)
def test_a_code_can_be_typed(public_id: str) -> None:
    code = RING.code(public_id, RING.link_key_id)
    assert set(code) <= set(CROCKFORD)
    assert read_code(code) == code
    assert ROTATED.code(public_id, RING.link_key_id) == code


def test_a_link_under_a_key_that_is_gone_opens_nothing() -> None:
    token = RING.token("00" * 8, RING.link_key_id)
    without = Keyring(data_keys=[DATA], link_keys=[NEW], index_key="i" * 40)
    assert not without.knows(token, "00" * 8, RING.link_key_id)


@given(PUBLIC_IDS, PUBLIC_IDS)
def test_a_form_mark_belongs_to_one_link_and_one_purpose(one: str, other: str) -> None:
    mark = RING.form_mark(one, "survey")
    assert ROTATED.form_mark_fits(mark, one, "survey")
    assert not RING.form_mark_fits(mark, one, "call")
    assert RING.form_mark_fits(mark, other, "survey") is (one == other)


@given(st.text())
def test_encryption_keeps_the_text_and_no_time(text: str) -> None:
    sealed = RING.encrypt(text)
    assert ROTATED.decrypt(sealed) == text
    assert Fernet(DATA).extract_timestamp(sealed) == 0


def test_a_lost_key_is_said() -> None:
    stranger = Keyring(data_keys=[Fernet.generate_key().decode()], link_keys=[OLD], index_key="i" * 40)
    with pytest.raises(LostKey):
        stranger.decrypt(RING.encrypt("geheim"))
