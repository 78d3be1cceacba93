"""One request and its answer over one connection, every cap enforced and every failure named."""

import ssl
from collections.abc import AsyncGenerator, AsyncIterable, Iterator, Mapping
from contextlib import aclosing, contextmanager
from types import MappingProxyType

import httpcore

from kernel.http.errors import (
    CertificateRefused,
    ConnectTimeout,
    HttpUnavailable,
    ResponseRefused,
    ResponseTooLarge,
)
from kernel.http.messages import HttpRequest, HttpResponse
from kernel.http.rules import HttpLimits
from kernel.http.streams import BudgetedStream


async def exchange(
    connection: httpcore.AsyncHTTPConnection, request: HttpRequest, limits: HttpLimits
) -> HttpResponse:
    """The complete answer; the caller closes the connection unless it is idle afterwards."""
    host = request.target.host
    with _failures_named(host):
        answer = await connection.handle_async_request(_wire_request(request, limits))
        headers = _headers(answer)
        _check_head(request, headers)
        body = await _body(answer, request)
    return HttpResponse(answer.status, headers, body, request.target)


def _wire_request(request: HttpRequest, limits: HttpLimits) -> httpcore.Request:
    target = request.target
    headers = [("Host", target.authority), *request.headers, ("Accept-Encoding", "identity")]
    if request.method != "GET":
        headers.append(("Content-Length", str(len(request.body))))
    return httpcore.Request(
        request.method,
        httpcore.URL(scheme=target.scheme, host=target.host, port=target.port, target=target.path),
        headers=headers,
        content=request.body,
        extensions={"timeout": {"connect": limits.connect_deadline}},
    )


def _headers(answer: httpcore.Response) -> Mapping[str, str]:
    merged: dict[str, str] = {}
    for raw_name, raw_value in answer.headers:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        merged[name] = f"{merged[name]}, {value}" if name in merged else value
    merged.pop("set-cookie", None)
    return MappingProxyType(merged)


def _check_head(request: HttpRequest, headers: Mapping[str, str]) -> None:
    # Asked for as it is: nothing is ever unpacked, so nothing small becomes large.
    if headers.get("content-encoding", "identity").lower() != "identity":
        raise ResponseRefused(request.target.host, "the answer is compressed though it was not asked to be")
    # h11 has seen to it that it is one number, and not a long one.
    if int(headers.get("content-length", "0")) > request.max_bytes:
        raise _too_large(request)


async def _body(answer: httpcore.Response, request: HttpRequest) -> bytes:
    network = answer.extensions["network_stream"]
    assert isinstance(network, BudgetedStream)
    # As much again for the framing of chunks.
    network.grant(2 * request.max_bytes + _FRAMING)
    assert isinstance(answer.stream, AsyncIterable)
    chunks = aiter(answer.stream)
    assert isinstance(chunks, AsyncGenerator)
    body = bytearray()
    async with aclosing(chunks):
        async for chunk in chunks:
            body += chunk
            if len(body) > request.max_bytes:
                raise _too_large(request)
    await answer.aclose()
    return bytes(body)


def _too_large(request: HttpRequest) -> ResponseTooLarge:
    return ResponseTooLarge(request.target.host, f"the answer has more than {request.max_bytes} bytes")


_FRAMING = 16 * 1024


@contextmanager
def _failures_named(host: str) -> Iterator[None]:
    """What httpcore and the socket raise, as our own errors; texts of theirs may quote the server and are not kept."""
    try:
        yield
    except httpcore.TimeoutException as error:
        raise ConnectTimeout(host, "no connection within the connect deadline") from error
    except httpcore.ConnectError as error:
        cause = error.__cause__
        if isinstance(cause, ssl.SSLCertVerificationError):
            raise CertificateRefused(host, f"its certificate is not valid: {cause.verify_message}") from error
        raise HttpUnavailable(host, "no connection could be made") from error
    except httpcore.ProtocolError as error:
        raise HttpUnavailable(host, "it hung up, or what it sent is not HTTP/1.1") from error
    except (httpcore.NetworkError, OSError) as error:  # ssl.SSLError is an OSError
        raise HttpUnavailable(host, "the connection broke") from error
