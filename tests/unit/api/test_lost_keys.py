"""A lost key is for the operator: the log names it, a client only learns that it was not their fault."""

import pytest
from structlog.testing import capture_logs

from api.errors import MASKED, as_answers
from kernel.crypto.key_encryption import key_encryption_keys, new_key_encryption_key
from kernel.crypto.sealing import CiphertextMoved, SealedError


def lost() -> SealedError:
    wrapped = key_encryption_keys([new_key_encryption_key()]).wrap(b"d" * 32, "data key 1 of tenant 7")
    with pytest.raises(SealedError) as caught:
        key_encryption_keys([new_key_encryption_key()]).unwrap(wrapped, "data key 1 of tenant 7", "kek-gone")
    return caught.value


@pytest.mark.parametrize(
    ("error", "code"), [(lost(), "UNAVAILABLE"), (CiphertextMoved("a value of a.b", place="a.b"), "INTERNAL")]
)
def test_clients_are_not_told_which_key_is_lost(error: SealedError, code: str) -> None:
    with capture_logs() as logs:
        (told,) = as_answers(error, "request-1")
    assert told == {"message": MASKED, "extensions": {"code": code, "requestId": "request-1"}}
    assert [line["why"] for line in logs] == [error.message]
