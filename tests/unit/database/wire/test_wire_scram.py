"""SCRAM-SHA-256: the example of RFC 7677, and servers that do not know the password."""

import base64

import pytest

from kernel.database.wire.scram import Scram, ScramFailed

NONCE = "rOprNGfwEbeRWgbNEkqO"
CHALLENGE = b"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"


def begun() -> Scram:
    scram = Scram("pencil", NONCE)
    # The name stands in PostgreSQL's startup message, the RFC's example has it here.
    assert scram.first() == b"n,,n=,r=" + NONCE.encode()
    scram._bare = b"n=user,r=" + NONCE.encode()
    return scram


def test_the_example_of_the_rfc() -> None:
    scram = begun()
    assert scram.final(CHALLENGE) == (
        b"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
        b"p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
    )
    scram.verify(b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")


@pytest.mark.parametrize(
    "answer", [b"v=" + base64.b64encode(bytes(32)), b"v=", b"", b"e=other-error", b"v=!", b"v=\xff"]
)
def test_a_server_that_does_not_know_the_password_is_refused(answer: bytes) -> None:
    scram = begun()
    scram.final(CHALLENGE)
    with pytest.raises(ScramFailed):
        scram.verify(answer)


def test_a_server_that_proves_nothing_before_asking_is_refused() -> None:
    with pytest.raises(ScramFailed):
        begun().verify(b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")


@pytest.mark.parametrize(
    "challenge",
    [
        CHALLENGE.replace(b"r=rOpr", b"r=xOpr"),
        b"r=" + NONCE.encode() + b",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",  # nothing of its own
        CHALLENGE.replace(b"i=4096", b"i=0"),
        CHALLENGE.replace(b"i=4096", b"i=99999999"),
        CHALLENGE.replace(b"i=4096", b"i=x"),
        CHALLENGE.replace(b"s=W", b"s=?"),
        b"",
        b"\xff",
    ],
)
def test_a_challenge_that_is_none_is_refused(challenge: bytes) -> None:
    with pytest.raises(ScramFailed):
        begun().final(challenge)


@pytest.mark.parametrize("password", ["", "pässword", "tab\t", "soft\u00adhyphen"])
def test_passwords_that_would_need_preparation_are_refused(password: str) -> None:
    with pytest.raises(ScramFailed, match="printable ASCII"):
        Scram(password)
