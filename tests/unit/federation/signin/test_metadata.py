"""A provider's configuration is read strictly where we act on it."""

from typing import Any

import pytest

from federation.signin.metadata import read_metadata
from federation.signin.refusals import ProviderAway

ISSUER = "https://idp.example/realms/uni"


def _document(**more: Any) -> dict[str, Any]:
    return {
        "issuer": ISSUER,
        "authorization_endpoint": "https://idp.example/authorize?tenant=1",
        "token_endpoint": "https://idp.example/token",
        "jwks_uri": "https://keys.example/jwks",
        **more,
    }


def test_what_is_needed_is_read() -> None:
    found = read_metadata(_document(authorization_response_iss_parameter_supported=True), ISSUER)
    assert found.authorization_endpoint == "https://idp.example/authorize?tenant=1"
    assert (found.userinfo_endpoint, found.names_itself) == (None, True)
    assert found.auth_methods == {"client_secret_basic"}


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"issuer": ISSUER + "/"}, "issuer"),
        ({"issuer": None}, "issuer"),
        ({"authorization_endpoint": None}, "authorization_endpoint"),
        ({"authorization_endpoint": "javascript:alert(1)"}, "authorization_endpoint"),
        ({"authorization_endpoint": "https://a.example/#x"}, "authorization_endpoint"),
        ({"token_endpoint": "http://idp.example/token"}, "token_endpoint"),
        ({"token_endpoint": ["https://idp.example/token"]}, "token_endpoint"),
        ({"jwks_uri": "file:///etc/passwd"}, "jwks_uri"),
        ({"userinfo_endpoint": "http://idp.example/"}, "userinfo_endpoint"),
    ],
)
def test_what_is_wrong_is_named(given: dict[str, Any], named: str) -> None:
    with pytest.raises(ProviderAway, match=named):
        read_metadata(_document(**given), ISSUER)


@pytest.mark.parametrize("document", [None, [], "x", 7])
def test_what_is_no_object_is_refused(document: object) -> None:
    with pytest.raises(ProviderAway, match="no JSON object"):
        read_metadata(document, ISSUER)
