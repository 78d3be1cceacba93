"""Settings: environment over file over defaults, and one sentence for each thing that is wrong."""

import base64
from dataclasses import fields
from ipaddress import ip_network
from pathlib import Path

import pytest

from kernel.crypto.key_encryption import new_key_encryption_key
from kernel.crypto.signing import new_seed
from kernel.database.addresses import Address, TlsMode
from kernel.database.roles import DatabaseRole
from kernel.settings import (
    Environment,
    InvalidSettings,
    LogFormat,
    MissingSetting,
    SearchEngine,
    Secret,
    Settings,
    effective,
    load_settings,
)
from kernel.settings.parsing import PARSERS

PASSWORD = "s3cret-pa55"


def problems(environ: dict[str, str], config: Path | None = None) -> tuple[str, ...]:
    with pytest.raises(InvalidSettings) as caught:
        load_settings(environ, config)
    return caught.value.problems


def test_every_setting_has_a_parser_and_every_parser_a_setting() -> None:
    assert set(PARSERS) == {field.name for field in fields(Settings)}


def test_nothing_given_is_the_defaults() -> None:
    assert load_settings({}) == Settings()


def test_the_environment_sets_every_kind_of_value(tmp_path: Path) -> None:
    certificate = tmp_path / "ca.pem"
    certificate.touch()
    settings = load_settings(
        {
            "FEDIFLOW_ENVIRONMENT": "production",
            "FEDIFLOW_PORT": "443",
            "FEDIFLOW_PUBLIC_URL": "https://api.example.edu/",
            "FEDIFLOW_DIRECTORY_URL": "postgresql://db.example.edu:6432/dir",
            "FEDIFLOW_DATABASE_TLS": "verify-full",
            "FEDIFLOW_DATABASE_TLS_ROOT_CERT": str(certificate),
            "FEDIFLOW_APP_PASSWORD": PASSWORD,
            "FEDIFLOW_REDIS_URL": "rediss://user:pass@cache.example.edu:6380/1",
            "FEDIFLOW_SEARCH_ENGINE": "opensearch",
            "FEDIFLOW_OPENSEARCH_URL": "https://user:pass@search.example.edu:9200/",
            "FEDIFLOW_OPENSEARCH_TLS_ROOT_CERT": str(certificate),
            "FEDIFLOW_OPENSEARCH_PREFIX": "uni-1",
            "FEDIFLOW_SEARCH_TIMEOUT": "5",
            "FEDIFLOW_TRUSTED_PROXIES": "10.0.0.0/8, 2001:db8::/32",
            "FEDIFLOW_ALLOW_LOOPBACK_HTTP": "no",
            "FEDIFLOW_SIGNING_KEY": f"{new_seed()} {new_seed()}",
            "FEDIFLOW_KEY_ENCRYPTION_KEYS": f"{new_key_encryption_key()} {new_key_encryption_key()}",
            "FEDIFLOW_LOG_FORMAT": "console",
        }
    )
    assert settings.environment is Environment.PRODUCTION
    assert settings.port == 443
    assert settings.public_url == "https://api.example.edu"
    assert settings.directory_url == Address("db.example.edu", 6432, "dir")
    assert settings.tls.mode is TlsMode.VERIFY_FULL
    assert settings.tls.root_cert == certificate
    assert settings.password(DatabaseRole.APP) == PASSWORD
    assert settings.search_engine is SearchEngine.OPENSEARCH
    assert settings.opensearch_url == Secret("https://user:pass@search.example.edu:9200")
    assert settings.opensearch_tls_root_cert == certificate
    assert settings.opensearch_prefix == "uni-1"
    assert settings.search_timeout == 5
    assert settings.trusted_proxies == (ip_network("10.0.0.0/8"), ip_network("2001:db8::/32"))
    assert settings.allow_loopback_http is False
    assert len(settings.signing_key) == 2
    assert len(settings.key_encryption_keys) == 2
    assert settings.log_format is LogFormat.CONSOLE


@pytest.mark.parametrize(
    ("key", "value", "sentence"),
    [
        ("ENVIRONMENT", "prod", "FEDIFLOW_ENVIRONMENT='prod': expected one of demo, development, production"),
        ("HOST", "no host", "FEDIFLOW_HOST='no host': expected a host name or address to listen on, such as"),
        ("PORT", "http", "FEDIFLOW_PORT='http': expected a whole number from 1 to 65535"),
        ("PORT", "0", "FEDIFLOW_PORT='0': expected a whole number from 1 to 65535"),
        ("PORT", "65536", "FEDIFLOW_PORT='65536': expected a whole number from 1 to 65535"),
        ("PORT", "８０００", "FEDIFLOW_PORT='８０００': expected a whole number from 1 to 65535"),
        ("WORKERS", "-1", "FEDIFLOW_WORKERS='-1': expected a whole number from 1 to 256"),
        ("WORKER_PORT", "x", "FEDIFLOW_WORKER_PORT='x': expected a whole number from 1 to 65535"),
        (
            "DATABASE_POOL_SIZE",
            "many",
            "FEDIFLOW_DATABASE_POOL_SIZE='many': expected a whole number from 1 to 1000",
        ),
        ("PUBLIC_URL", "example.edu", "FEDIFLOW_PUBLIC_URL='example.edu': expected an address like https://"),
        (
            "PUBLIC_URL",
            "http://h:99999",
            "FEDIFLOW_PUBLIC_URL='http://h:99999': expected an address like https://",
        ),
        (
            "DIRECTORY_URL",
            "mysql://h/d",
            "FEDIFLOW_DIRECTORY_URL='mysql://h/d': expected postgresql://host:port/",
        ),
        ("DIRECTORY_URL", "postgresql://h", "(a database URL names no database)"),
        ("DATABASE_TLS", "yes", "FEDIFLOW_DATABASE_TLS='yes': expected one of disable, require, verify-full"),
        (
            "DATABASE_TLS_ROOT_CERT",
            "/no/such",
            "FEDIFLOW_DATABASE_TLS_ROOT_CERT='/no/such': expected the path of a",
        ),
        (
            "REDIS_TLS_ROOT_CERT",
            "/no/such",
            "FEDIFLOW_REDIS_TLS_ROOT_CERT='/no/such': expected the path of a file",
        ),
        (
            "REDIS_URL",
            "cache.example.edu",
            "FEDIFLOW_REDIS_URL=********: expected redis://…, rediss://… (TLS) or",
        ),
        ("SEARCH_ENGINE", "solr", "FEDIFLOW_SEARCH_ENGINE='solr': expected one of postgresql, opensearch"),
        (
            "OPENSEARCH_URL",
            "search:9200",
            "FEDIFLOW_OPENSEARCH_URL=********: expected https://user:password@",
        ),
        ("OPENSEARCH_PREFIX", "Uni_A", "FEDIFLOW_OPENSEARCH_PREFIX='Uni_A': expected up to 40 of a-z, 0-9"),
        ("SEARCH_TIMEOUT", "0", "FEDIFLOW_SEARCH_TIMEOUT='0': expected a whole number from 1 to 60"),
        ("APP_PASSWORD", "pässword", "FEDIFLOW_APP_PASSWORD=********: expected printable ASCII characters"),
        (
            "APP_PASSWORD_FILE",
            "/no/such",
            "FEDIFLOW_APP_PASSWORD_FILE='/no/such': expected the path of a readable",
        ),
        (
            "KEY_ENCRYPTION_KEYS",
            "kek-1:c2hvcnQ=",
            "FEDIFLOW_KEY_ENCRYPTION_KEYS=********: expected keys as `fediflow config --new-key-encryption-key`",
        ),
        (
            "SIGNING_KEY",
            "abc",
            "FEDIFLOW_SIGNING_KEY=********: expected keys as `fediflow config --new-signing-key`",
        ),
        (
            "TRUSTED_PROXIES",
            "10.0.0.1/8",
            "FEDIFLOW_TRUSTED_PROXIES='10.0.0.1/8': expected networks separated by",
        ),
        ("ALLOW_LOOPBACK_HTTP", "si", "FEDIFLOW_ALLOW_LOOPBACK_HTTP='si': expected true or false"),
        ("LOG_LEVEL", "loud", "FEDIFLOW_LOG_LEVEL='loud': expected one of debug, info, warning, error"),
        ("LOG_FORMAT", "xml", "FEDIFLOW_LOG_FORMAT='xml': expected one of json, console"),
    ],
)
def test_a_wrong_value_is_named_with_key_and_what_was_expected(key: str, value: str, sentence: str) -> None:
    (problem,) = problems({f"FEDIFLOW_{key}": value})
    assert sentence in problem


def test_all_problems_are_told_at_once() -> None:
    assert len(problems({"FEDIFLOW_PORT": "x", "FEDIFLOW_WORKERS": "y", "FEDIFLOW_PRT": "1"})) == 3


def test_an_unknown_key_is_named_with_the_one_that_was_meant() -> None:
    assert problems({"FEDIFLOW_PUBLC_URL": "https://h"}) == (
        "FEDIFLOW_PUBLC_URL: there is no such setting; did you mean FEDIFLOW_PUBLIC_URL?",
    )
    assert problems({"FEDIFLOW_XYZZY": "1"}) == ("FEDIFLOW_XYZZY: there is no such setting",)


def test_keys_of_the_test_suite_and_other_programs_are_left_alone() -> None:
    assert load_settings(
        {
            "FEDIFLOW_REQUIRE_REDIS": "1",
            "FEDIFLOW_ADMIN_URL": "x",
            "FEDIFLOW_TEST_POSTGRES": "15",
            "PATH": "/bin",
            "FEDIFLOW_PORT": "",
        }
    )


def test_a_directory_url_with_a_password_is_refused_without_repeating_it() -> None:
    (problem,) = problems({"FEDIFLOW_DIRECTORY_URL": f"postgresql://me:{PASSWORD}/x@db/directory"})
    assert PASSWORD not in problem
    assert "expected postgresql://host:port/database" in problem


def test_a_secret_comes_from_a_file_and_not_from_two_places(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text(PASSWORD + "\n")
    settings = load_settings({"FEDIFLOW_WORKER_PASSWORD_FILE": str(file)})
    assert settings.password(DatabaseRole.WORKER) == PASSWORD
    assert problems({"FEDIFLOW_WORKER_PASSWORD_FILE": str(file), "FEDIFLOW_WORKER_PASSWORD": "x"}) == (
        "FEDIFLOW_WORKER_PASSWORD and FEDIFLOW_WORKER_PASSWORD_FILE: give one of them, not both",
    )


def test_only_secrets_come_from_files() -> None:
    assert problems({"FEDIFLOW_PORT_FILE": "/etc/hostname"})[0].startswith(
        "FEDIFLOW_PORT_FILE: there is no such"
    )


def test_the_environment_wins_over_the_file_in_either_form(tmp_path: Path) -> None:
    config, secret = tmp_path / "fediflow.toml", tmp_path / "password"
    config.write_text(
        'port = 1\nhost = "::"\napp_password = "from the file"\ntrusted_proxies = ["10.0.0.0/8"]\n'
        "allow_loopback_http = true\n"
    )
    secret.write_text(PASSWORD)
    environ = {"FEDIFLOW_PORT": "2", "FEDIFLOW_APP_PASSWORD_FILE": str(secret)}
    settings = load_settings(environ, config)
    assert (settings.port, settings.host) == (2, "::")
    assert settings.password(DatabaseRole.APP) == PASSWORD
    assert settings.trusted_proxies == (ip_network("10.0.0.0/8"),)
    assert settings.allow_loopback_http is True
    assert settings.public_url == "http://localhost:2"
    assert load_settings(environ | {"FEDIFLOW_CONFIG": str(config)}) == settings


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("port = ", "is not TOML"),
        ("prt = 1", "prt: there is no such setting; did you mean port?"),
        ("port = 'x'", "port='x': expected a whole number from 1 to 65535"),
        ("port = 1.5", "port: expected a text, a whole number, a boolean or a list of texts"),
        ("[server]\nport = 1", "server: expected a text, a whole number, a boolean or a list of texts"),
    ],
)
def test_a_wrong_file_is_told_with_its_name(tmp_path: Path, text: str, sentence: str) -> None:
    config = tmp_path / "fediflow.toml"
    config.write_text(text)
    (problem,) = problems({}, config)
    assert str(config) in problem
    assert sentence in problem


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    assert problems({}, tmp_path / "gone.toml") == (
        f"the settings file {tmp_path / 'gone.toml'} cannot be read: No such file or directory",
    )


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    config = tmp_path / "fediflow.toml"
    config.write_bytes(b"\xff\xfe")
    assert problems({}, config) == (f"the settings file {config} is not UTF-8 text",)


@pytest.mark.parametrize(
    ("environ", "sentence"),
    [
        ({}, "FEDIFLOW_SIGNING_KEY is not set: production needs a key of its own to sign access tokens"),
        (
            {},
            "FEDIFLOW_KEY_ENCRYPTION_KEYS is not set: production needs a key of its own, kept outside of the "
            "databases, to encrypt what must not be read in a stolen one",
        ),
        (
            {},
            "FEDIFLOW_TRUSTED_PROXIES is not set: production answers only what came by https, and it is "
            "the proxy in front that says so",
        ),
        (
            {"FEDIFLOW_PUBLIC_URL": "http://x.edu"},
            "FEDIFLOW_PUBLIC_URL='http://x.edu': expected https:// in production",
        ),
        (
            {"FEDIFLOW_ALLOW_LOOPBACK_HTTP": "1"},
            "FEDIFLOW_ALLOW_LOOPBACK_HTTP=true: expected false in production",
        ),
    ],
)
def test_production_refuses_what_only_a_laptop_may(environ: dict[str, str], sentence: str) -> None:
    assert sentence in problems({"FEDIFLOW_ENVIRONMENT": "production", **environ})


def test_a_root_certificate_that_nothing_would_look_at_is_refused(tmp_path: Path) -> None:
    certificate = tmp_path / "ca.pem"
    certificate.touch()
    environ = {"FEDIFLOW_DATABASE_TLS": "require", "FEDIFLOW_DATABASE_TLS_ROOT_CERT": str(certificate)}
    assert "FEDIFLOW_DATABASE_TLS='require': expected verify-full" in problems(environ)[0]
    assert (
        "expected FEDIFLOW_REDIS_URL to start with rediss://"
        in problems({"FEDIFLOW_REDIS_URL": "redis://h", "FEDIFLOW_REDIS_TLS_ROOT_CERT": str(certificate)})[0]
    )


def test_a_missing_password_is_named_when_it_is_needed() -> None:
    with pytest.raises(MissingSetting, match="FEDIFLOW_MOVER_PASSWORD is not set: it is the password of the"):
        Settings().password(DatabaseRole.MOVER)


def test_secrets_are_never_printed(tmp_path: Path) -> None:
    seed = new_seed()
    settings = load_settings(
        {
            "FEDIFLOW_SIGNING_KEY": seed,
            "FEDIFLOW_KEY_ENCRYPTION_KEYS": f"kek-1:{base64.b64encode(b'k' * 32).decode()}",
            "FEDIFLOW_REDIS_URL": f"redis://user:{PASSWORD}@cache:6379/0?password={PASSWORD}",
            **{f"FEDIFLOW_{role.name}_PASSWORD": PASSWORD for role in DatabaseRole},
        }
    )
    shown = [
        repr(settings),
        str(settings),
        f"{settings.app_password}",
        f"{settings.signing_key}",
        f"{settings.key_encryption_keys}",
        *map(str, effective(settings)),
    ]
    assert not any(PASSWORD in text or seed in text or "a2tra" in text for text in shown)
    by_key = {row.key: row for row in effective(settings)}
    assert by_key["FEDIFLOW_REDIS_URL"].value == "redis://********@cache:6379/0?password=********"
    assert by_key["FEDIFLOW_APP_PASSWORD"].value == "********"


def test_key_encryption_keys_are_also_a_list_in_a_file(tmp_path: Path) -> None:
    keys = [new_key_encryption_key(), new_key_encryption_key()]
    config = tmp_path / "fediflow.toml"
    config.write_text(f"key_encryption_keys = {keys}")
    assert load_settings({}, config).key_encryption_keys == tuple(map(Secret, keys))


def test_a_secret_equals_only_its_like() -> None:
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert len({Secret("a"), Secret("a")}) == 1


def test_effective_settings_say_which_are_defaults_and_read_back() -> None:
    given = {
        "FEDIFLOW_DIRECTORY_URL": "postgresql:///dir?host=/run/postgresql&port=6000",
        "FEDIFLOW_TRUSTED_PROXIES": "10.0.0.0/8, 2001:db8::/32",
        "FEDIFLOW_ALLOW_LOOPBACK_HTTP": "true",
    }
    settings = load_settings(given)
    changed = {row.key: row.value for row in effective(settings) if not row.is_default}
    assert changed == given
    assert load_settings({row.key: row.value for row in effective(settings)}) == settings


def test_opensearch_needs_an_address() -> None:
    assert problems({"FEDIFLOW_SEARCH_ENGINE": "opensearch"}) == (
        "FEDIFLOW_SEARCH_ENGINE='opensearch': expected FEDIFLOW_OPENSEARCH_URL beside it",
    )


def test_a_root_certificate_of_opensearch_goes_with_https(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").touch()
    environ = {
        "FEDIFLOW_OPENSEARCH_URL": "http://localhost:9200",
        "FEDIFLOW_OPENSEARCH_TLS_ROOT_CERT": str(tmp_path / "ca.pem"),
    }
    assert problems(environ) == (
        "FEDIFLOW_OPENSEARCH_TLS_ROOT_CERT is set: expected FEDIFLOW_OPENSEARCH_URL to start with https://",
    )
    load_settings({**environ, "FEDIFLOW_OPENSEARCH_URL": "https://localhost:9200"})


def test_opensearch_is_reached_by_https_in_production_or_on_this_machine() -> None:
    far = {
        "FEDIFLOW_ENVIRONMENT": "production",
        "FEDIFLOW_OPENSEARCH_URL": f"http://u:{PASSWORD}@search:9200",
    }
    (problem,) = [one for one in problems(far) if "OPENSEARCH" in one]
    assert "expected https:// in production" in problem
    assert PASSWORD not in problem
    near = far | {"FEDIFLOW_OPENSEARCH_URL": "http://127.0.0.1:9200"}
    assert not [one for one in problems(near) if "OPENSEARCH" in one]


def test_the_address_of_opensearch_is_shown_without_its_password() -> None:
    settings = load_settings({"FEDIFLOW_OPENSEARCH_URL": f"https://me:{PASSWORD}@search.example.edu"})
    (shown,) = [row.value for row in effective(settings) if row.key == "FEDIFLOW_OPENSEARCH_URL"]
    assert shown == "https://********@search.example.edu"
