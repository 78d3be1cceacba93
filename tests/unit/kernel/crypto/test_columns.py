"""Encrypted columns: what is stored tells nothing, and opens nowhere but where it was stored."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.crypto.columns import ColumnKeys, key_id_of, new_data_key
from kernel.crypto.sealing import CiphertextDamaged, CiphertextMoved, KeyLost, SealedError

PLACE = "federation_identities.encrypted_value"
VALUE = b"urn:schac:personalUniqueCode:int:esi:example.edu:1234567"
KEYS = ColumnKeys(7, 1, {1: new_data_key()})
LATER = ColumnKeys(7, 2, {**KEYS.by_id, 2: new_data_key()})


@given(st.binary(max_size=2000))
def test_a_value_comes_back_as_it_was(value: bytes) -> None:
    stored = KEYS.encrypt(PLACE, value)
    assert len(stored) == len(value) + 31
    assert KEYS.decrypt(PLACE, stored) == value


def test_equal_values_are_stored_differently_and_show_nothing() -> None:
    one, other = KEYS.encrypt(PLACE, VALUE), KEYS.encrypt(PLACE, VALUE)
    assert one != other
    assert b"schac" not in one


@pytest.mark.parametrize(
    ("keys", "place"),
    [
        (ColumnKeys(8, 1, KEYS.by_id), PLACE),
        (KEYS, "federation_identities.identity_value"),
        (KEYS, "actor_keys.encrypted_value"),
        (ColumnKeys(7, 1, {1: new_data_key()}), PLACE),
    ],
    ids=["another tenant", "another column", "another table", "another key of that id"],
)
def test_a_moved_ciphertext_does_not_decrypt(keys: ColumnKeys, place: str) -> None:
    with pytest.raises(CiphertextMoved, match="was stored for another tenant, table or column, or changed"):
        keys.decrypt(place, KEYS.encrypt(PLACE, VALUE))


def test_no_changed_byte_goes_unseen() -> None:
    stored = KEYS.encrypt(PLACE, VALUE)
    for at in range(len(stored)):
        for changed in (0x01, 0x80):
            mutant = stored[:at] + bytes([stored[at] ^ changed]) + stored[at + 1 :]
            with pytest.raises(SealedError):
                KEYS.decrypt(PLACE, mutant)


def test_no_shortened_or_lengthened_value_is_read() -> None:
    stored = KEYS.encrypt(PLACE, VALUE)
    for mutant in [*(stored[:end] for end in range(len(stored))), stored + b"\0", b"\0" + stored]:
        with pytest.raises(SealedError):
            KEYS.decrypt(PLACE, mutant)


@given(st.binary(max_size=120))
def test_any_other_bytes_are_refused_by_name(stored: bytes) -> None:
    with pytest.raises(SealedError):
        KEYS.decrypt(PLACE, stored)


def test_what_has_no_form_of_ours_is_told_apart() -> None:
    with pytest.raises(
        CiphertextDamaged, match=r"a value of federation_identities\.encrypted_value is no ciphertext"
    ):
        KEYS.decrypt(PLACE, b"\x02" + KEYS.encrypt(PLACE, VALUE)[1:])
    with pytest.raises(CiphertextDamaged):
        KEYS.decrypt(PLACE, b"")


def test_a_lost_data_key_is_named_with_what_to_do() -> None:
    stored = LATER.encrypt(PLACE, VALUE)
    with pytest.raises(
        KeyLost, match="the data key 2 of tenant 7 is not in data_keys: restore that row"
    ) as caught:
        KEYS.decrypt(PLACE, stored)
    assert caught.value.details == {"key_id": 2}


def test_a_new_key_encrypts_and_the_one_before_still_decrypts() -> None:
    before, after = KEYS.encrypt(PLACE, VALUE), LATER.encrypt(PLACE, VALUE)
    assert (key_id_of(before, PLACE), key_id_of(after, PLACE)) == (1, 2)
    assert LATER.decrypt(PLACE, before) == LATER.decrypt(PLACE, after) == VALUE


def test_a_blind_index_stays_the_same_when_a_new_key_is_made() -> None:
    assert KEYS.blind_index(PLACE, "x") == LATER.blind_index(PLACE, "x")


def test_a_blind_index_is_another_for_every_value_column_tenant_and_key() -> None:
    made = [
        KEYS.blind_index(PLACE, "x"),
        KEYS.blind_index(PLACE, "y"),
        KEYS.blind_index("other.column", "x"),
        ColumnKeys(8, 1, KEYS.by_id).blind_index(PLACE, "x"),
        ColumnKeys(7, 1, {1: new_data_key()}).blind_index(PLACE, "x"),
    ]
    assert len(set(made)) == len(made)
    assert {len(one) for one in made} == {32}


def test_keys_and_values_are_in_no_message_and_no_representation() -> None:
    key = LATER.by_id[2]
    errors = []
    for keys, stored in (
        (KEYS, LATER.encrypt(PLACE, VALUE)),
        (KEYS, b"\x01"),
        (LATER, KEYS.encrypt("a.b", VALUE)),
    ):
        with pytest.raises(SealedError) as caught:
            keys.decrypt(PLACE, stored)
        errors.append(f"{caught.value!r} {caught.value.details}")
    shown = " ".join([repr(LATER), *errors])
    assert repr(key)[2:-1] not in shown
    assert "schac" not in shown
