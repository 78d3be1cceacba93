"""Addresses of databases are read from libpq's URLs, and never repeat a password."""

import ssl
from pathlib import Path

import pytest

from kernel.database.addresses import Address, InvalidAddress, Login, Tls, TlsMode, parse_address, parse_login


@pytest.mark.parametrize(
    ("url", "login"),
    [
        (
            "postgresql://db.example.org/fediflow",
            Login(Address("db.example.org", 5432, "fediflow"), "", None),
        ),
        ("postgres://me@db:6000/x", Login(Address("db", 6000, "x"), "me", None)),
        ("postgresql://me:p%40ss%2F@[::1]:5433/x", Login(Address("::1", 5433, "x"), "me", "p@ss/")),
        (
            "postgresql://me:pw@/x?host=/var/run/pg&port=5434",
            Login(Address("/var/run/pg", 5434, "x"), "me", "pw"),
        ),
        (
            "postgresql://?host=%2Frun%2Fpg&dbname=x&user=u&password=p",
            Login(Address("/run/pg", 5432, "x"), "u", "p"),
        ),
    ],
)
def test_a_url_is_taken_apart(url: str, login: Login) -> None:
    assert parse_login(url) == login


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mysql://me:hidden@db/x", "postgresql://"),
        ("postgresql://me:hidden@/x", "no host"),
        ("postgresql://me:hidden@db", "no database"),
        ("postgresql://me:hidden@db:99999/x", "cannot be read"),
        ("postgresql://me:hidden@db/x?port=0", "impossible port"),
        ("postgresql://me:hidden@db/x?port=many", "cannot be read"),
        ("postgresql://me:hidden@db/x?sslmode=require", "sslmode"),
        ("postgresql://me:hidden@db/x?hidden", "cannot be read"),
        ("", "postgresql://"),
    ],
)
def test_a_wrong_url_is_refused_without_repeating_it(url: str, said: str) -> None:
    with pytest.raises(InvalidAddress, match=said) as refused:
        parse_login(url)
    assert "hidden" not in str(refused.value)


def test_an_address_holds_no_password() -> None:
    with pytest.raises(InvalidAddress, match="holds a password"):
        parse_address("postgresql://me:hidden@db/x")
    assert parse_address("postgresql://db/x") == Address("db", 5432, "x")


def test_a_login_does_not_show_its_password() -> None:
    assert "hidden" not in repr(parse_login("postgresql://me:hidden@db/x"))


def test_modes_of_tls() -> None:
    assert Tls().context() is None
    required, verified = Tls(TlsMode.REQUIRE).context(), Tls(TlsMode.VERIFY_FULL).context()
    assert required is not None
    assert verified is not None
    assert (required.verify_mode, verified.verify_mode) == (ssl.CERT_NONE, ssl.CERT_REQUIRED)
    assert (required.check_hostname, verified.check_hostname) == (False, True)


def test_a_missing_root_certificate_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidAddress, match=r"nowhere\.pem"):
        Tls(TlsMode.VERIFY_FULL, tmp_path / "nowhere.pem").context()
