"""Names of hosts in one form."""

import pytest

from kernel.host_names import ascii_host


@pytest.mark.parametrize(
    ("name", "normal"),
    [
        ("Uni.Example:8443", "uni.example:8443"),
        ("ü.example", "xn--tda.example"),
        ("U\u0308.Example:8443", "xn--tda.example:8443"),
        ("例え.テスト", "xn--r8jz45g.xn--zckzah"),
        ("XN--TDA.example", "xn--tda.example"),
        ("a\u200bü..example", None),
        ("\u202eü.example", None),
        ("ü" * 80 + ".example", None),
    ],
)
def test_a_host_has_one_name(name: str, normal: str | None) -> None:
    assert ascii_host(name) == normal
