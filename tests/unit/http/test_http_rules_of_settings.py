"""The settings say where HTTP clients may go."""

from ipaddress import ip_address, ip_network

from fediflow.processes.http_rules import http_rules
from kernel.settings import load_settings


def test_the_operators_own_networks_are_not_asked() -> None:
    settings = load_settings({"FEDIFLOW_REFUSED_NETWORKS": "192.0.2.0/24, 203.0.113.0/24,2001:4ca0::/32"})
    rules = http_rules(settings)
    assert rules.refused_networks == settings.refused_networks
    assert ip_network("2001:4ca0::/32") in rules.refused_networks
    why = rules.against(ip_address("2001:4ca0::5"), scheme="https", port=443)
    assert why == "this network is not asked"
    assert rules.against(ip_address("2001:4ca1::5"), scheme="https", port=443) is None


def test_no_network_is_refused_and_no_http_spoken_unless_a_setting_says_so() -> None:
    assert http_rules(load_settings({})).refused_networks == ()
    assert not http_rules(load_settings({})).allow_loopback_http
    assert http_rules(load_settings({"FEDIFLOW_ALLOW_LOOPBACK_HTTP": "true"})).allow_loopback_http
