"""What many commands share: options, and the settings they run with."""

import os
from pathlib import Path
from typing import Annotated

import typer

from kernel.settings import Settings, load_settings

Json = Annotated[bool, typer.Option("--json", help="Print one JSON value instead of text.")]
OfTenant = Annotated[
    str, typer.Option("--tenant", metavar="SLUG", help="The institution.", show_default=False)
]


def settings_of(context: typer.Context) -> Settings:
    """The settings in force; all that is wrong with them is raised at once."""
    return load_settings(os.environ, config_of(context))


def config_of(context: typer.Context) -> Path | None:
    """The settings file that was named on the command line."""
    found = context.find_root().obj
    return found if isinstance(found, Path) else None
