"""From the text of a setting to its value, with a sentence on what was expected where it is none."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from kernel.crypto.key_encryption import key_encryption_keys
from kernel.crypto.signing import signing_key
from kernel.database.addresses import Address, InvalidAddress, TlsMode, parse_address
from kernel.errors import InvalidInput
from kernel.mail.servers import mailbox, smtp_server
from kernel.settings.model import Environment, HttpStatuses, LogFormat, LogLevel, SearchEngine
from kernel.settings.secret import MASK, Secret


class Unexpected(Exception):
    """The text is not what was expected; says what that is."""


@dataclass(frozen=True, slots=True)
class Parser:
    """How one setting is read; `is_secret`: its text is never shown, and may come from the file KEY_FILE names."""

    parse: Callable[[str], Any]
    is_secret: bool = False


def masked_url(text: str) -> str:
    """A URL as it may be shown: without user and password, wherever they stand."""
    without_user = re.sub(r"//.*@", f"//{MASK}@", text, flags=re.DOTALL)
    return re.sub(r"(?i)(password|user)=[^&]*", rf"\1={MASK}", without_user)


def _choice(kind: type[StrEnum]) -> Parser:
    def parse(text: str) -> StrEnum:
        try:
            return kind(text)
        except ValueError:
            raise Unexpected("one of " + ", ".join(kind)) from None

    return Parser(parse)


def _whole(least: int, most: int) -> Parser:
    def parse(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", text) or not least <= int(text) <= most:
            raise Unexpected(f"a whole number from {least} to {most}")
        return int(text)

    return Parser(parse)


def _boolean(text: str) -> bool:
    known = {"true": True, "yes": True, "on": True, "1": True}
    known |= {"false": False, "no": False, "off": False, "0": False}
    if text.lower() not in known:
        raise Unexpected("true or false")
    return known[text.lower()]


def _host(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_.:-]{1,253}", text, re.ASCII):
        raise Unexpected("a host name or address to listen on, such as 127.0.0.1 or ::")
    return text


def _http_url(text: str) -> str:
    try:
        parts = urlsplit(text)
        fits = bool(parts.hostname) and parts.port != 0
    except ValueError:
        fits = False
    if not fits or parts.scheme not in ("http", "https") or parts.query or parts.fragment or parts.username:
        raise Unexpected("an address like https://api.example.edu")
    return text.rstrip("/")


def _directory(text: str) -> Address:
    try:
        return parse_address(text)
    except InvalidAddress as error:
        raise Unexpected(f"postgresql://host:port/database ({error.message})") from None


def _redis(text: str) -> Secret:
    try:
        parts = urlsplit(text)
        fits = bool(parts.hostname) and parts.port != 0 if parts.scheme != "unix" else bool(parts.path)
    except ValueError:
        fits = False
    if not fits or parts.scheme not in ("redis", "rediss", "unix"):
        raise Unexpected("redis://…, rediss://… (TLS) or unix://…, with user and password inside")
    return Secret(text)


def _opensearch(text: str) -> Secret:
    try:
        parts = urlsplit(text)
        fits = bool(parts.hostname) and parts.port != 0
    except ValueError:
        fits = False
    if not fits or parts.scheme not in ("http", "https") or parts.query or parts.fragment:
        raise Unexpected("https://user:password@host:9200, or http:// on this machine")
    return Secret(text.rstrip("/"))


def _prefix(text: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9_-]{0,39}", text):
        raise Unexpected("up to 40 of a-z, 0-9, _ and -, beginning with a letter")
    return text


def _smtp(text: str) -> Secret:
    try:
        smtp_server(text)
    except InvalidInput:
        raise Unexpected(
            "smtp://user:password@host:587 (STARTTLS) or smtps://user:password@host:465"
        ) from None
    return Secret(text)


def _mailbox(text: str) -> str:
    try:
        mailbox(text)
    except InvalidInput:
        raise Unexpected("name@example.edu or Name <name@example.edu>") from None
    return text


def _file(text: str) -> Path:
    path = Path(text)
    if not path.is_file():
        raise Unexpected("the path of a file that exists")
    return path.absolute()


def _secret(text: str) -> Secret:
    if not text.isascii() or not text.isprintable():
        raise Unexpected("printable ASCII characters")
    return Secret(text)


def _signing_keys(text: str) -> tuple[Secret, ...]:
    try:
        for seed in text.split():
            signing_key(seed)
    except InvalidInput as error:
        raise Unexpected(
            f"keys as `fediflow config --new-signing-key` prints them ({error.message})"
        ) from None
    return tuple(Secret(seed) for seed in text.split())


def _key_encryption_keys(text: str) -> tuple[Secret, ...]:
    keys = text.replace(",", " ").split()  # a list in a settings file comes with commas
    try:
        key_encryption_keys(keys)
    except InvalidInput as error:
        raise Unexpected(
            f"keys as `fediflow config --new-key-encryption-key` prints them ({error.message})"
        ) from None
    return tuple(Secret(key) for key in keys)


def _networks(text: str) -> tuple[IPv4Network | IPv6Network, ...]:
    try:
        return tuple(ip_network(part.strip()) for part in text.split(","))
    except ValueError:
        raise Unexpected("networks separated by commas, such as 10.0.0.0/8, 2001:db8::/32") from None


PARSERS: dict[str, Parser] = {
    "environment": _choice(Environment),
    "host": Parser(_host),
    "port": _whole(1, 65535),
    "public_url": Parser(_http_url),
    "workers": _whole(1, 256),
    "worker_port": _whole(1, 65535),
    "directory_url": Parser(_directory),
    "database_tls": _choice(TlsMode),
    "database_tls_root_cert": Parser(_file),
    "database_pool_size": _whole(1, 1000),
    "owner_password": Parser(_secret, is_secret=True),
    "app_password": Parser(_secret, is_secret=True),
    "worker_password": Parser(_secret, is_secret=True),
    "analyst_password": Parser(_secret, is_secret=True),
    "mover_password": Parser(_secret, is_secret=True),
    "redis_url": Parser(_redis, is_secret=True),
    "redis_tls_root_cert": Parser(_file),
    "response_cache": Parser(_boolean),
    "search_engine": _choice(SearchEngine),
    "opensearch_url": Parser(_opensearch, is_secret=True),
    "opensearch_tls_root_cert": Parser(_file),
    "opensearch_prefix": Parser(_prefix),
    "search_timeout": _whole(1, 60),
    "signing_key": Parser(_signing_keys, is_secret=True),
    "key_encryption_keys": Parser(_key_encryption_keys, is_secret=True),
    "smtp_url": Parser(_smtp, is_secret=True),
    "smtp_tls_root_cert": Parser(_file),
    "mail_from": Parser(_mailbox),
    "trusted_proxies": Parser(_networks),
    "allow_loopback_http": Parser(_boolean),
    "refused_networks": Parser(_networks),
    "explorer": Parser(_boolean),
    "http_statuses": _choice(HttpStatuses),
    "automatic_documents": Parser(_boolean),
    "cost_capacity": _whole(5_000, 999_999_999),
    "cost_restore_rate": _whole(1, 999_999_999),
    "federation_retention_days": _whole(1, 36_500),
    "log_level": _choice(LogLevel),
    "log_format": _choice(LogFormat),
}
"""Every setting by name; a test keeps them equal to the fields of `Settings`."""
