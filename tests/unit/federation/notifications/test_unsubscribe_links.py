"""Links that end letters say who and what, and only we can make them."""

import base64

import pytest

from federation.notifications.letters.unsubscribing import (
    Unsubscribed,
    read_unsubscribe_token,
    unsubscribe_token,
)
from federation.notifications.model import NotificationKind
from kernel.crypto.columns import ColumnKeys, new_data_key
from kernel.errors import InvalidInput
from kernel.ids import MAX_BIGINT

K = NotificationKind
_KEYS = ColumnKeys(7, 1, {1: new_data_key()})


@pytest.mark.parametrize("user_id", [1, MAX_BIGINT])
@pytest.mark.parametrize("kinds", [{K.LIKE}, {K.FOLLOW, K.MOVED}, set(K)])
def test_a_link_says_again_what_it_was_made_of(user_id: int, kinds: set[K]) -> None:
    token = unsubscribe_token(_KEYS, user_id, kinds)
    in_order = tuple(kind for kind in K if kind in kinds)
    assert read_unsubscribe_token(_KEYS, token) == Unsubscribed(user_id, in_order)
    assert len(token) <= 38


def test_it_holds_after_a_new_data_key_was_made() -> None:
    token = unsubscribe_token(_KEYS, 5, {K.LIKE})
    assert read_unsubscribe_token(ColumnKeys(7, 2, {**_KEYS.by_id, 2: new_data_key()}), token).user_id == 5


def test_it_holds_for_no_other_institution() -> None:
    token = unsubscribe_token(_KEYS, 5, {K.LIKE})
    with pytest.raises(InvalidInput):
        read_unsubscribe_token(ColumnKeys(8, 1, _KEYS.by_id), token)


def test_whoever_changes_a_bit_has_no_link() -> None:
    token = unsubscribe_token(_KEYS, 5, {K.LIKE})
    raw = base64.urlsafe_b64decode(token + "==")
    for place in range(len(raw) * 8):
        changed = bytearray(raw)
        changed[place // 8] ^= 1 << place % 8
        with pytest.raises(InvalidInput):
            read_unsubscribe_token(_KEYS, base64.urlsafe_b64encode(changed).decode().rstrip("="))


def test_a_link_is_written_in_one_way() -> None:
    token = unsubscribe_token(_KEYS, 5, {K.LIKE})
    for last in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_":
        if last != token[-1]:
            with pytest.raises(InvalidInput):
                read_unsubscribe_token(_KEYS, token[:-1] + last)
    for padded in (token + "=", token + "==", f" {token}", f"{token}\n"):
        with pytest.raises(InvalidInput):
            read_unsubscribe_token(_KEYS, padded)


@pytest.mark.parametrize("token", ["", "A", "AAAA", "ä", "A" * 5000, "../../etc", "A" * 38])
def test_what_is_no_link_is_refused(token: str) -> None:
    with pytest.raises(InvalidInput):
        read_unsubscribe_token(_KEYS, token)
