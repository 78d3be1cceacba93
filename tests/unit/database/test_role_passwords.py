"""Passwords of roles reach the server only as verifiers."""

import base64
import hmac

import pytest

from kernel.database.roles import DatabaseRole, random_passwords, scram_verifier
from kernel.errors import InvalidInput


def test_the_verifier_is_the_standards() -> None:
    """With the exchange of RFC 7677: its server signs with the key that the verifier holds."""
    salt, nonce = "W22ZaJ0SNY7soEsUEjb6gQ==", "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
    verifier = scram_verifier("pencil", salt=base64.b64decode(salt))
    assert verifier.startswith(f"SCRAM-SHA-256$4096:{salt}$")
    server_key = base64.b64decode(verifier.rpartition(":")[2])
    exchange = f"n=user,r={nonce[:20]},r={nonce},s={salt},i=4096,c=biws,r={nonce}"
    signature = hmac.digest(server_key, exchange.encode(), "sha256")
    assert base64.b64encode(signature) == b"6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="


@pytest.mark.parametrize("password", ["", "pä", "a\nb", "a\x00b"])
def test_a_password_that_is_not_plain_ascii_is_refused_without_repeating_it(password: str) -> None:
    with pytest.raises(InvalidInput, match="printable ASCII") as refused:
        scram_verifier(password, salt=b"0123456789abcdef")
    assert not password or password not in str(refused.value)


def test_every_role_has_its_own_random_password() -> None:
    passwords = random_passwords()
    assert set(passwords) == set(DatabaseRole)
    assert len(set(passwords.values())) == len(DatabaseRole)
