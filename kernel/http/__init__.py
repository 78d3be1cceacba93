"""The one HTTP client of FediFlow, guarded against being sent where its user could not go."""

from kernel.http.addresses import IPAddress, IPNetwork, is_public
from kernel.http.client import HttpClient
from kernel.http.connecting import Connector, TcpConnector
from kernel.http.errors import (
    AddressRefused,
    CertificateRefused,
    HttpError,
    HttpTimeout,
    HttpUnavailable,
    RedirectRefused,
    ResponseRefused,
    ResponseTooLarge,
    UrlRefused,
)
from kernel.http.messages import HttpResponse
from kernel.http.posting import HttpPoster
from kernel.http.resolving import Resolver, system_resolver
from kernel.http.rules import HttpLimits, HttpRules
from kernel.http.urls import Target, parse_url

__all__ = [
    "AddressRefused",
    "CertificateRefused",
    "Connector",
    "HttpClient",
    "HttpError",
    "HttpLimits",
    "HttpPoster",
    "HttpResponse",
    "HttpRules",
    "HttpTimeout",
    "HttpUnavailable",
    "IPAddress",
    "IPNetwork",
    "RedirectRefused",
    "Resolver",
    "ResponseRefused",
    "ResponseTooLarge",
    "Target",
    "TcpConnector",
    "UrlRefused",
    "is_public",
    "parse_url",
    "system_resolver",
]
