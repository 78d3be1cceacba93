"""All commands in one tree, of which only the branch that is asked for is loaded."""

import importlib
import sys
from itertools import pairwise
from pathlib import Path
from typing import Annotated

import typer

from fediflow.exits import end_with

_CODES = (
    "Exit codes: 0 done, 1 failed or something is wrong, 2 wrong usage or settings, 3 not found, 4 conflict, "
    "5 a server does not answer, 6 refused, 130 interrupted. With --json an error is a line of JSON on standard error."
)
# First word to the module that registers it: the gateway's code is not loaded to list tenants.
MODULES = {
    "up": "starting",
    "serve": "serving",
    "worker": "serving",
    "migrate": "migrating",
    "tenant": "tenants",
    "shard": "shards",
    "user": "people",
    "token": "people",
    "documents": "documents",
    "import": "importing",
    "export": "exporting",
    "lint": "linting",
    "keys": "keys",
    "federation": "federation",
    "search": "search",
    "config": "configuring",
    "doctor": "diagnosing",
}


def main() -> None:
    """Runs the command that was asked for; whatever goes wrong is one sentence and a code."""
    try:
        _tree(sys.argv[1:])()
    except (Exception, KeyboardInterrupt) as error:
        end_with(error, as_json="--json" in sys.argv)


def _tree(words: list[str]) -> typer.Typer:
    app = typer.Typer(
        name="fediflow",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback(epilog=_CODES)(_root)
    first = next(
        (word for before, word in pairwise(["", *words]) if word[:1] != "-" and before != "--config"), ""
    )
    for module in dict.fromkeys([MODULES[first]] if first in MODULES else MODULES.values()):
        importlib.import_module(f"fediflow.cli.{module}").register(app)
    return app


def _root(
    context: typer.Context,
    config: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A TOML file of settings; FEDIFLOW_* variables win over it."),
    ] = None,
) -> None:
    """FediFlow: universities share courses, people and news, and keep their data."""
    context.obj = config
