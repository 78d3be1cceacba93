"""Reads settings and says everything that is wrong with them at once."""

import difflib
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from kernel.errors import FediflowError
from kernel.settings.model import SearchEngine, Settings
from kernel.settings.parsing import PARSERS, Unexpected, masked_url
from kernel.settings.secret import MASK

PREFIX = "FEDIFLOW_"
# Not settings: where they are, an administrator's address for one command, which Python ./dev takes, the test suite's.
_OTHERS = ("FEDIFLOW_CONFIG", "FEDIFLOW_ADMIN_URL", "FEDIFLOW_PYTHON")
_OTHER_PREFIXES = ("FEDIFLOW_REQUIRE_", "FEDIFLOW_TEST_")
_FILE = "_file"
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class InvalidSettings(FediflowError):
    """Settings that cannot be used; the message has one line per problem."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems), problems=problems)
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class _Given:
    """The text of one setting; `label` is what the operator calls it."""

    label: str
    text: str
    is_file: bool = False


def load_settings(environ: Mapping[str, str], config: Path | None = None) -> Settings:
    """The settings of `environ` over those of the TOML file `config` (or FEDIFLOW_CONFIG) over the defaults."""
    problems: list[str] = []
    path = config or (Path(environ["FEDIFLOW_CONFIG"]) if environ.get("FEDIFLOW_CONFIG") else None)
    of_file = _sorted_out(_file_entries(path, problems), problems) if path else {}
    given = of_file | _sorted_out(_environment_entries(environ), problems)
    values: dict[str, object] = {}
    for name, entry in given.items():
        try:
            values[name] = PARSERS[name].parse(_text_of(entry))
        except Unexpected as expected:
            problems.append(f"{entry.label}={_shown(name, entry)}: expected {expected}")
    if problems:
        raise InvalidSettings(problems)
    if "public_url" not in values:
        values["public_url"] = _own_address(values)
    settings = Settings(**values)  # type: ignore[arg-type]  # each parser returns its field's type, a test says
    problems.extend(_contradictions(settings))
    if problems:
        raise InvalidSettings(problems)
    return settings


def _environment_entries(environ: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """(setting, label, text); an empty value counts as not given, as is the custom of container platforms."""
    for key, text in sorted(environ.items()):
        if not key.startswith(PREFIX) or key in _OTHERS or key.startswith(_OTHER_PREFIXES) or text == "":
            continue
        yield key.removeprefix(PREFIX).lower(), key, text


def _file_entries(path: Path, problems: list[str]) -> Iterator[tuple[str, str, str]]:
    try:
        content = tomllib.loads(path.read_text())
    except OSError as error:
        problems.append(f"the settings file {path} cannot be read: {error.strerror}")
        return
    except UnicodeDecodeError:
        problems.append(f"the settings file {path} is not UTF-8 text")
        return
    except tomllib.TOMLDecodeError as error:
        problems.append(f"the settings file {path} is not TOML: {error}")
        return
    for name, value in content.items():
        label = f"{path}: {name}"
        match value:
            case bool():
                yield name, label, str(value).lower()
            case str() | int():
                yield name, label, str(value)
            case list() if all(isinstance(one, str) for one in value):
                yield name, label, ", ".join(value)
            case _:
                problems.append(f"{label}: expected a text, a whole number, a boolean or a list of texts")


def _sorted_out(entries: Iterator[tuple[str, str, str]], problems: list[str]) -> dict[str, _Given]:
    """The entries by setting, where `KEY_FILE` stands for KEY of a secret; unknown ones are problems."""
    given: dict[str, _Given] = {}
    for name, label, text in entries:
        setting, is_file = name, False
        if name not in PARSERS and name.endswith(_FILE):
            setting, is_file = name.removesuffix(_FILE), True
        if setting not in PARSERS or (is_file and not PARSERS[setting].is_secret):
            problems.append(f"{label}: there is no such setting{_suggestion(name, label)}")
        elif setting in given:
            problems.append(f"{given[setting].label} and {label}: give one of them, not both")
        else:
            given[setting] = _Given(label, text, is_file)
    return given


def _suggestion(name: str, label: str) -> str:
    close = difflib.get_close_matches(name, PARSERS, n=1)
    if not close:
        return ""
    return f"; did you mean {PREFIX + close[0].upper() if label.startswith(PREFIX) else close[0]}?"


def _text_of(entry: _Given) -> str:
    if not entry.is_file:
        return entry.text
    try:
        text = Path(entry.text).read_text().strip()
    except (OSError, UnicodeDecodeError):
        text = ""
    if not text:
        raise Unexpected("the path of a readable text file that holds the secret")
    return text


def _shown(name: str, entry: _Given) -> str:
    if entry.is_file:
        return repr(entry.text)
    if PARSERS[name].is_secret:
        return MASK
    return repr(masked_url(entry.text)) if name.endswith("_url") else repr(entry.text)


def _own_address(values: Mapping[str, object]) -> str:
    host = values.get("host", Settings.__dataclass_fields__["host"].default)
    port = values.get("port", Settings.__dataclass_fields__["port"].default)
    name = "localhost" if host in ("127.0.0.1", "0.0.0.0", "::", "::1") else host
    return f"http://{f'[{name}]' if ':' in str(name) else name}:{port}"


def _contradictions(settings: Settings) -> Iterator[str]:
    """Values that are fine alone and not together."""
    if settings.is_production:
        if not settings.signing_key:
            yield "FEDIFLOW_SIGNING_KEY is not set: production needs a key of its own to sign access tokens"
        if not settings.key_encryption_keys:
            yield (
                "FEDIFLOW_KEY_ENCRYPTION_KEYS is not set: production needs a key of its own, kept outside of the "
                "databases, to encrypt what must not be read in a stolen one"
            )
        if not settings.public_url.startswith("https://"):
            yield f"FEDIFLOW_PUBLIC_URL={settings.public_url!r}: expected https:// in production"
        if not settings.trusted_proxies:
            yield (
                "FEDIFLOW_TRUSTED_PROXIES is not set: production answers only what came by https, and it is "
                "the proxy in front that says so"
            )
        if settings.allow_loopback_http:
            yield "FEDIFLOW_ALLOW_LOOPBACK_HTTP=true: expected false in production"
    if settings.database_tls_root_cert and settings.database_tls is not settings.database_tls.VERIFY_FULL:
        yield (
            f"FEDIFLOW_DATABASE_TLS={settings.database_tls.value!r}: expected verify-full, "
            "because a root certificate is given and nothing else looks at it"
        )
    redis = settings.redis_url.reveal() if settings.redis_url else ""
    if settings.redis_tls_root_cert and not redis.startswith("rediss://"):
        yield "FEDIFLOW_REDIS_TLS_ROOT_CERT is set: expected FEDIFLOW_REDIS_URL to start with rediss://"
    yield from _about_search(settings)
    if (settings.smtp_url is None) != (settings.mail_from is None):
        yield (
            "FEDIFLOW_SMTP_URL and FEDIFLOW_MAIL_FROM: give both or neither, "
            "because a letter goes through a server and comes from somebody"
        )
    if settings.smtp_tls_root_cert and not settings.smtp_url:
        yield "FEDIFLOW_SMTP_TLS_ROOT_CERT is set: expected FEDIFLOW_SMTP_URL beside it"


def _about_search(settings: Settings) -> Iterator[str]:
    opensearch = urlsplit(settings.opensearch_url.reveal()) if settings.opensearch_url else None
    if settings.search_engine is SearchEngine.OPENSEARCH and opensearch is None:
        yield "FEDIFLOW_SEARCH_ENGINE='opensearch': expected FEDIFLOW_OPENSEARCH_URL beside it"
    is_encrypted = opensearch is not None and opensearch.scheme == "https"
    if settings.opensearch_tls_root_cert and not is_encrypted:
        yield "FEDIFLOW_OPENSEARCH_TLS_ROOT_CERT is set: expected FEDIFLOW_OPENSEARCH_URL to start with https://"
    if settings.is_production and opensearch and not is_encrypted and opensearch.hostname not in _LOOPBACK:
        yield "FEDIFLOW_OPENSEARCH_URL: expected https:// in production, because names and texts go there"
