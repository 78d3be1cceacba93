"""Keys that wrap keys: the ring of the settings, and what was wrapped for one purpose only."""

import base64

import pytest

from kernel.crypto.key_encryption import KeyEncryptionKeys, key_encryption_keys, new_key_encryption_key
from kernel.crypto.sealing import CiphertextDamaged, KeyLost
from kernel.errors import InvalidInput

OLD = new_key_encryption_key()
NEW = new_key_encryption_key()
DATA_KEY = b"d" * 32
FOR = "data key 1 of tenant 7"


def name(text: str) -> str:
    return text.partition(":")[0]


def test_the_first_key_wraps_and_the_others_unwrap() -> None:
    wrapped = key_encryption_keys([OLD]).wrap(DATA_KEY, FOR)
    both = key_encryption_keys([NEW, OLD])
    assert both.current.id == name(NEW)
    assert both.unwrap(wrapped, FOR, name(OLD)) == DATA_KEY
    assert both.unwrap(both.wrap(DATA_KEY, FOR), FOR, name(NEW)) == DATA_KEY


def test_a_lost_key_is_named_with_what_to_do() -> None:
    wrapped = key_encryption_keys([OLD]).wrap(DATA_KEY, FOR)
    with pytest.raises(
        KeyLost, match=rf"'{name(OLD)}' is needed \({FOR}\).*put it back behind the current one"
    ):
        key_encryption_keys([NEW]).unwrap(wrapped, FOR, name(OLD))


def test_without_any_key_the_setting_is_named() -> None:
    with pytest.raises(KeyLost, match="FEDIFLOW_KEY_ENCRYPTION_KEYS is not set"):
        KeyEncryptionKeys({}).wrap(DATA_KEY, FOR)


def test_a_wrapped_key_opens_only_for_what_it_was_wrapped_for() -> None:
    keys = key_encryption_keys([OLD])
    with pytest.raises(CiphertextDamaged):
        keys.unwrap(keys.wrap(DATA_KEY, FOR), "data key 1 of tenant 8", name(OLD))


def test_a_key_of_the_same_id_but_another_one_does_not_open_it() -> None:
    wrapped = key_encryption_keys([OLD]).wrap(DATA_KEY, FOR)
    other = f"{name(OLD)}:{NEW.partition(':')[2]}"
    with pytest.raises(CiphertextDamaged, match="or that id once named another key"):
        key_encryption_keys([other]).unwrap(wrapped, FOR, name(OLD))


def test_no_changed_byte_of_a_wrapped_key_goes_unseen() -> None:
    keys = key_encryption_keys([OLD])
    wrapped = keys.wrap(DATA_KEY, FOR)
    mutants = [wrapped[:at] + bytes([wrapped[at] ^ 1]) + wrapped[at + 1 :] for at in range(len(wrapped))]
    for mutant in [*mutants, *(wrapped[:end] for end in range(len(wrapped)))]:
        with pytest.raises(CiphertextDamaged):
            keys.unwrap(mutant, FOR, name(OLD))


@pytest.mark.parametrize(
    ("texts", "sentence"),
    [
        ([base64.b64encode(b"k" * 32).decode()], "key 1 has no id: expected id:base64"),
        ([OLD, f"UPPER:{OLD.partition(':')[2]}"], "key 2 has no id"),
        (["kek-1:c2hvcnQ="], "the key 'kek-1' is not 32 bytes in base64"),
        (["kek-1:" + "!" * 44], "the key 'kek-1' is not 32 bytes in base64"),
        ([OLD, OLD], f"two keys are named '{name(OLD)}'"),
    ],
    ids=[
        "no id",
        "id in capitals",
        "too short",
        "no base64",
        "one name twice",
    ],  # keys are made anew each time
)
def test_a_wrong_key_is_refused_without_showing_it(texts: list[str], sentence: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        key_encryption_keys(texts)
    assert sentence in caught.value.message
    assert not any(text.partition(":")[2] in caught.value.message for text in texts if ":" in text)


def test_base64_for_urls_is_read_too() -> None:
    raw = b"\xfb\xff" * 16
    (key,) = key_encryption_keys([f"a:{base64.urlsafe_b64encode(raw).decode()}"]).by_id
    assert key == "a"
