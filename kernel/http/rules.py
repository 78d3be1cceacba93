"""Where the HTTP client may go, and how much it takes: two frozen objects, filled from the settings."""

from dataclasses import dataclass

from kernel.http.addresses import IPAddress, IPNetwork, is_loopback, special_use


@dataclass(frozen=True, slots=True)
class HttpRules:
    """Which servers may be reached: public ones by https, this machine only where a setting says so."""

    allow_loopback_http: bool = False
    """For tests and the demo: loopback addresses are reached too, by http or https and on any port."""

    ports: frozenset[int] = frozenset({443})
    """The ports of public servers that may be asked."""

    refused_networks: tuple[IPNetwork, ...] = ()
    """Networks that are the operator's own though their numbers are public, as in many universities."""

    def against(self, address: IPAddress, *, scheme: str, port: int) -> str | None:
        """The rule that forbids asking this address, None where none does."""
        if self.allow_loopback_http and is_loopback(address):
            return None
        purpose = special_use(address)
        if purpose is not None:
            return f"{purpose} addresses are not asked"
        if any(address in network for network in self.refused_networks):
            return "this network is not asked"
        if scheme != "https":
            return "only https is spoken with other machines"
        return None if port in self.ports else f"port {port} is not asked"


@dataclass(frozen=True, slots=True)
class HttpLimits:
    """How long, how much and how many: what a caller does not say comes from here."""

    deadline: float = 10.0
    """Seconds for all of a request: waiting for a slot, redirects, the last byte of the answer."""

    connect_deadline: float = 3.0
    """Seconds to resolve and connect, and again as many for TLS."""

    max_bytes: int = 1024 * 1024
    """Bytes of an answer's body."""

    header_bytes: int = 32 * 1024
    """Bytes of an answer's head, provisional (1xx) answers before it included."""

    redirects: int = 3
    """Redirects followed within one request."""

    requests: int = 64
    """Requests on their way at one time."""

    requests_per_host: int = 6
    """Requests on their way to one host at one time."""

    idle_seconds: float = 15.0
    """Seconds that a connection is kept for the next request."""
