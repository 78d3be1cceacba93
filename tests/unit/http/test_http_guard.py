"""No connection is made to a place that is not public, whichever way leads there."""

from ipaddress import ip_address, ip_network

import pytest
from fake_network import OTHER_PUBLIC, PUBLIC, FakeNetwork, answer, redirect

from kernel.errors import ErrorCode
from kernel.http import AddressRefused, HttpClient, HttpRules, HttpUnavailable, RedirectRefused, UrlRefused

FORBIDDEN = (
    "127.0.0.1",
    "169.254.169.254",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "0.0.0.0",
    "::",
    "10.1.2.3",
    "100.64.0.1",
    "192.168.1.1",
    "224.0.0.1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
    "fd00:ec2::254",
    "fe80::1",
    "203.0.113.5",
)


@pytest.mark.parametrize("address", FORBIDDEN)
async def test_a_forbidden_address_in_the_url_sees_no_connection(
    client: HttpClient, network: FakeNetwork, address: str
) -> None:
    host = f"[{address}]" if ":" in address else address
    with pytest.raises(AddressRefused) as refused:
        await client.get(f"https://{host}/latest/meta-data/")
    assert refused.value.host == str(ip_address(address))
    assert refused.value.code is ErrorCode.BAD_USER_INPUT
    assert network.connected == []


@pytest.mark.parametrize(
    "host", ["2130706433", "0x7f000001", "017700000001", "127.1", "127.0.0.1.", "１２７.0.0.1"]
)
async def test_odd_spellings_of_loopback_see_no_connection(
    client: HttpClient, network: FakeNetwork, host: str
) -> None:
    with pytest.raises(UrlRefused):
        await client.get(f"https://{host}/")
    assert network.connected == []
    assert network.resolved == []


@pytest.mark.parametrize("address", FORBIDDEN)
async def test_a_name_of_a_forbidden_address_sees_no_connection_and_does_not_tell_the_address(
    client: HttpClient, network: FakeNetwork, address: str
) -> None:
    network.name("issuer.example", [address])
    with pytest.raises(AddressRefused) as refused:
        await client.get("https://issuer.example/")
    assert refused.value.host == "issuer.example"
    assert address not in refused.value.message
    assert network.connected == []


@pytest.mark.parametrize("addresses", [[str(PUBLIC), "10.0.0.1"], ["::1", str(PUBLIC)]])
async def test_one_bad_address_condemns_the_name(
    client: HttpClient, network: FakeNetwork, addresses: list[str]
) -> None:
    network.name("mixed.example", addresses)
    with pytest.raises(AddressRefused):
        await client.get("https://mixed.example/")
    assert network.connected == []


async def test_a_rebinding_name_is_resolved_once_per_connection_and_judged_each_time(
    network: FakeNetwork,
) -> None:
    network.server = lambda request: [answer(b"hello", headers={"Connection": "close"})]
    network.name("rebinding.example", [str(PUBLIC)], ["127.0.0.1"])
    async with network.client() as client:
        assert (await client.get("https://rebinding.example/")).body == b"hello"
        assert network.resolved == ["rebinding.example"]
        with pytest.raises(AddressRefused):
            await client.get("https://rebinding.example/")
    assert network.connected == [PUBLIC]


@pytest.mark.parametrize("peer", [ip_address("127.0.0.1"), OTHER_PUBLIC, None])
async def test_a_connection_that_leads_elsewhere_is_closed_before_anything_is_sent(
    client: HttpClient, network: FakeNetwork, peer: object
) -> None:
    network.leads_to = peer
    with pytest.raises(AddressRefused, match="another address"):
        await client.get("https://example.org/")
    assert network.streams[0].closed.is_set()
    assert network.streams[0].received == b""
    assert network.streams[0].tls_names == []


@pytest.mark.parametrize(
    "location",
    [
        "https://127.0.0.1/",
        "https://169.254.169.254/latest/meta-data/",
        "https://[::1]/",
        "https://other.example/",
        "//other.example/",
        "https://example.org:8443/",
        "http://example.org/",
        "https://user:pw@example.org/",
        "file:///etc/passwd",
        "https://[::1",
    ],
)
async def test_a_redirect_off_the_server_is_refused(
    client: HttpClient, network: FakeNetwork, location: str
) -> None:
    network.server = lambda request: [redirect(location)]
    with pytest.raises(RedirectRefused) as refused:
        await client.get("https://example.org/")
    assert refused.value.host == "example.org"
    assert network.connected == [PUBLIC]
    assert network.resolved == ["example.org"]


@pytest.mark.parametrize(
    "location", ["http://localhost:8001/", "https://localhost:8000/", "http://127.0.0.1:8000/"]
)
async def test_another_port_scheme_or_spelling_is_another_server(network: FakeNetwork, location: str) -> None:
    network.name("localhost", ["127.0.0.1"])
    network.server = lambda request: [redirect(location)]
    async with network.client(rules=HttpRules(allow_loopback_http=True)) as client:
        with pytest.raises(RedirectRefused):
            await client.get("http://localhost:8000/")
    assert len(network.connected) == 1


async def test_a_redirect_to_a_name_that_rebinds_is_judged_again(network: FakeNetwork) -> None:
    network.server = lambda request: [
        answer(status=302, headers={"Location": "/next", "Connection": "close"})
    ]
    network.name("example.org", [str(PUBLIC)], ["169.254.169.254"])
    async with network.client() as client:
        with pytest.raises(AddressRefused):
            await client.get("https://example.org/")
    assert network.connected == [PUBLIC]


async def test_networks_of_the_operator_are_refused_though_public(network: FakeNetwork) -> None:
    rules = HttpRules(refused_networks=(ip_network("93.184.0.0/16"),))
    async with network.client(rules=rules) as client:
        with pytest.raises(AddressRefused):
            await client.get("https://example.org/")
    assert network.connected == []


@pytest.mark.parametrize("url", ["http://example.org/", "https://example.org:8443/", "http://93.184.216.34/"])
async def test_loopback_setting_loosens_nothing_for_other_machines(network: FakeNetwork, url: str) -> None:
    rules = HttpRules(allow_loopback_http=True, ports=frozenset({443, 80}))
    async with network.client(rules=rules) as client:
        with pytest.raises(AddressRefused):
            await client.get(url)
    assert network.connected == []


async def test_a_name_without_addresses_is_unavailable(client: HttpClient, network: FakeNetwork) -> None:
    network.name("nowhere.example", [])
    with pytest.raises(HttpUnavailable, match=r"nowhere\.example: the name has no address"):
        await client.get("https://nowhere.example/")


async def test_the_next_address_is_tried_when_one_does_not_answer(
    client: HttpClient, network: FakeNetwork
) -> None:
    network.name("example.org", [str(OTHER_PUBLIC), str(PUBLIC)])
    network.dead = {OTHER_PUBLIC}
    assert (await client.get("https://example.org/")).status == 200
    assert network.connected == [OTHER_PUBLIC, PUBLIC]


async def test_proxies_of_the_environment_are_not_used(
    network: FakeNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "HTTP_PROXY"):
        monkeypatch.setenv(name, "http://198.51.100.1:3128")
    async with network.client() as client:
        await client.get("https://example.org/")
    assert network.connected == [PUBLIC]
