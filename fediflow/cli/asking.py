"""What every command begins with: the settings, a log for people, an event loop; and options that many share."""

import asyncio
import os
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from kernel.settings import Settings, load_settings
from kernel.telemetry import configure_logging
from tenants.registry import Registry

T = TypeVar("T")

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


def run(work: Coroutine[Any, Any, T]) -> T:
    """The outcome of a command's work. Libraries may warn on standard error; what they say is masked."""
    configure_logging(level="warning", as_json=False, mask=Registry().mask)
    return asyncio.run(work)
