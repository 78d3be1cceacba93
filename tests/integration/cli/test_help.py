"""Every command explains itself and ends with the codes it promises."""

import sys

import pytest

from fediflow.cli import main
from tests.integration.cli.commands import Commands

_COMMANDS = [
    ("up",),
    ("serve",),
    ("worker",),
    ("migrate",),
    ("tenant", "create"),
    ("tenant", "list"),
    ("tenant", "show"),
    ("tenant", "update"),
    ("tenant", "suspend"),
    ("tenant", "resume"),
    ("shard", "add"),
    ("shard", "list"),
    ("user", "create"),
    ("token", "create"),
    ("documents", "publish"),
    ("documents", "list"),
    ("documents", "withdraw"),
    ("import", "oneroster"),
    ("export",),
    ("lint", "database"),
    ("keys", "rotate"),
    ("keys", "status"),
    ("federation", "hosts"),
    ("federation", "pause"),
    ("federation", "resume"),
    ("federation", "retry"),
    ("federation", "dead-letters"),
    ("federation", "replay"),
    ("federation", "cancel"),
    ("federation", "blocks", "import"),
    ("federation", "prune"),
    ("federation", "rotate-keys"),
    ("search", "reindex"),
    ("search", "verify"),
    ("search", "refusals"),
    ("config",),
    ("doctor",),
]


@pytest.mark.parametrize("words", _COMMANDS, ids=" ".join)
def test_every_command_has_help_with_an_example_and_json(
    words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["fediflow", *words, "--help"])
    with pytest.raises(SystemExit) as ended:
        main()
    told = " ".join(capsys.readouterr().out.split())
    assert ended.value.code == 0
    assert "Example: " in told
    assert (
        "fediflow " + " ".join(words) in told.split("Example: ")[1]
        or "--config" in told.split("Example: ")[1]
    )
    assert "--json" in told


def test_the_list_of_commands_names_all_of_them_and_the_codes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["fediflow", "--help"])
    with pytest.raises(SystemExit):
        main()
    told = capsys.readouterr().out
    assert {words[0] for words in _COMMANDS} <= set(told.split())
    assert "Exit codes: 0 done" in told


@pytest.mark.parametrize(
    "words",
    [("frobnicate",), ("tenant", "create", "--slug", "x"), ("serve", "--workers", "0"), ("tenant", "show")],
    ids=" ".join,
)
def test_wrong_usage_ends_with_2(
    words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["fediflow", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert capsys.readouterr().err


def test_wrong_settings_are_told_all_at_once_and_end_with_2() -> None:
    Commands({"FEDIFLOW_PORT": "x", "FEDIFLOW_NONSENSE": "1"})("tenant", "list").failed(
        2, "FEDIFLOW_PORT='x': expected a whole number", "FEDIFLOW_NONSENSE: there is no such setting"
    )


def test_a_missing_password_is_named() -> None:
    Commands({})("tenant", "list").failed(2, "FEDIFLOW_WORKER_PASSWORD is not set")


def test_a_database_that_does_not_answer_is_one_sentence_and_5(port: int) -> None:
    away = Commands(
        {"FEDIFLOW_DIRECTORY_URL": f"postgresql://127.0.0.1:{port}/away", "FEDIFLOW_WORKER_PASSWORD": "x"}
    )("tenant", "list")
    away.failed(5, f"the directory (127.0.0.1:{port}/away) cannot be used: Connect call failed")
    assert len(away.stderr.splitlines()) == 1
