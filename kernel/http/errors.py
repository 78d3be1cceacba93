"""What the HTTP client raises: a small family, each naming the host that was asked for and the rule that said no.

No message carries an address a name resolved to, a path, a header or a byte of an answer: whoever may choose a URL
would otherwise learn about the network behind us.
"""

from kernel.errors import ErrorCode, FediflowError


class HttpError(FediflowError):
    """A request to another server was not made, or its answer was not taken."""

    code = ErrorCode.UNAVAILABLE

    def __init__(self, host: str, rule: str) -> None:
        super().__init__(f"{host}: {rule}", host=host, rule=rule)
        self.host = host
        self.rule = rule


class UrlRefused(HttpError):
    """The URL itself breaks a rule; nothing was resolved or connected."""

    code = ErrorCode.BAD_USER_INPUT


class AddressRefused(UrlRefused):
    """The host is, or resolves to, an address that may not be reached; nothing was sent."""


class RedirectRefused(HttpError):
    """The server pointed to a place that the request may not follow."""


class CertificateRefused(HttpError):
    """The server could not prove that it is the host of the URL."""


class ResponseRefused(HttpError):
    """The answer came in a form that this client does not take."""


class ResponseTooLarge(ResponseRefused):
    """The answer, or its head, is larger than the caller takes."""


class HttpTimeout(HttpError):
    """No complete answer came within the deadline."""

    code = ErrorCode.TIMEOUT


class ConnectTimeout(HttpTimeout):
    """No connection came about within its own, shorter deadline."""


class HttpUnavailable(HttpError):
    """The server could not be reached or hung up; the same request may succeed later."""
