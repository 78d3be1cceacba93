"""What commands show: tables for people, JSON for programs, progress only where somebody watches."""

import json
import os
import pty
import subprocess
import sys

import pytest

from fediflow.cli.output import Output, cell
from tests.integration.cli.commands import ROOT

_ROWS = [{"slug": "uni-a", "name": {"de": "Universität"}, "active": True}]


def test_rows_are_a_table_or_one_json_value(capsys: pytest.CaptureFixture[str]) -> None:
    Output(as_json=False).rows(("slug", "name", "active"), _ROWS, empty="none")
    assert capsys.readouterr().out.split() == ["slug", "name", "active", "uni-a", "de:", "Universität", "yes"]
    Output(as_json=True).rows(("slug",), _ROWS, empty="none")
    assert json.loads(capsys.readouterr().out) == _ROWS


def test_no_rows_are_a_sentence_or_an_empty_list(capsys: pytest.CaptureFixture[str]) -> None:
    Output(as_json=False).rows(("slug",), [], empty="There is none.")
    Output(as_json=True).rows(("slug",), [], empty="There is none.")
    assert capsys.readouterr().out == "There is none.\n[]\n"


def test_a_long_value_is_not_cut_where_it_is_read_by_a_program(capsys: pytest.CaptureFixture[str]) -> None:
    Output(as_json=False).rows(("a", "b"), [{"a": "x" * 500, "b": "y"}], empty="")
    assert "x" * 500 in capsys.readouterr().out


def test_what_others_wrote_does_not_speak_to_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    Output(as_json=False).rows(("version",), [{"version": "1.0\n\x1b[31m\u202ered"}], empty="")
    assert "1.0\\n\\x1b[31m\\u202ered\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("value", "text"), [(None, ""), (1.234, "1.23"), (["a", True], "a, yes"), ({"n": 1}, "n: 1"), ("t", "t")]
)
def test_a_cell_is_readable(value: object, text: str) -> None:
    assert cell(value) == text


def test_progress_is_silent_where_nobody_watches(capsys: pytest.CaptureFixture[str]) -> None:
    with Output(as_json=False).progress("working") as step:
        step(1, 2, "still working")
    assert capsys.readouterr() == ("", "")


def test_steps_can_be_lines_where_nobody_watches(capsys: pytest.CaptureFixture[str]) -> None:
    for as_json in (False, True):
        with Output(as_json).progress("working", plainly=True) as step:
            step(0, None, "first")
            step(1, None)
            step(1, None, "second")
    assert capsys.readouterr() == ("", "first\nsecond\n")


@pytest.mark.parametrize(("as_json", "is_shown"), [(False, True), (True, False)])
def test_progress_is_shown_on_a_terminal_and_not_with_json(as_json: bool, is_shown: bool) -> None:
    terminal, theirs = pty.openpty()
    program = (
        "from fediflow.cli.output import Output\n"
        f"with Output(as_json={as_json}).progress('working') as step: step(1, 2, 'half done')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, stderr=theirs, stdout=subprocess.PIPE, check=True
    )
    os.write(theirs, b"<end>")  # so that reading ends; it may take several times
    shown = b""
    while not shown.endswith(b"<end>"):
        shown += os.read(terminal, 100_000)
    os.close(theirs)
    os.close(terminal)
    assert done.stdout == b""
    assert (b"half done" in shown) is is_shown
