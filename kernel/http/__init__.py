"""The one HTTP client of FediFlow, guarded against being sent where its user could not go."""

from kernel.http.addresses import IPAddress, IPNetwork, is_public
from kernel.http.client import HttpClient
from kernel.http.connecting import Connector, TcpConnector
from kernel.http.errors import (
    AddressRefused,
    CertificateRefused,
    ConnectTimeout,
    HttpError,
    HttpTimeout,
    HttpUnavailable,
    RedirectRefused,
    ResponseRefused,
    ResponseTooLarge,
    UrlRefused,
)
from kernel.http.messages import HttpResponse, HttpStatus
from kernel.http.posting import HttpPoster
from kernel.http.resolving import NameResolver, Resolver
from kernel.http.rules import HttpLimits, HttpRules
from kernel.http.urls import Target, parse_url

__all__ = [
    "AddressRefused",
    "CertificateRefused",
    "ConnectTimeout",
    "Connector",
    "HttpClient",
    "HttpError",
    "HttpLimits",
    "HttpPoster",
    "HttpResponse",
    "HttpRules",
    "HttpStatus",
    "HttpTimeout",
    "HttpUnavailable",
    "IPAddress",
    "IPNetwork",
    "NameResolver",
    "RedirectRefused",
    "Resolver",
    "ResponseRefused",
    "ResponseTooLarge",
    "Target",
    "TcpConnector",
    "UrlRefused",
    "is_public",
    "parse_url",
]
