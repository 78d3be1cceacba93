"""`federation`: what operators do about the social web."""

import typer

from fediflow.cli import federation_delivery, federation_domains, federation_inbox, federation_keys


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    group = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="The social web.")
    federation_keys.add_to(group)
    federation_delivery.add_to(group)
    federation_inbox.add_to(group)
    federation_domains.add_to(group)
    app.add_typer(group, name="federation")
