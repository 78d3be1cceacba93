"""`config`: the settings in force."""

from typing import Annotated

import typer

from fediflow.cli.options import Json, settings_of
from fediflow.cli.output import Output
from kernel.crypto.key_encryption import new_key_encryption_key
from kernel.crypto.signing import new_seed
from kernel.settings import effective


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command(epilog="Example: fediflow --config fediflow.toml config")(config)


def config(
    context: typer.Context,
    new_signing_key: Annotated[
        bool, typer.Option("--new-signing-key", help="Print a new key for FEDIFLOW_SIGNING_KEY instead.")
    ] = False,
    new_key_encryption: Annotated[
        bool,
        typer.Option(
            "--new-key-encryption-key", help="Print a new key for FEDIFLOW_KEY_ENCRYPTION_KEYS instead."
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    """Print the settings in force, with secrets masked."""
    output = Output(as_json)
    if new_signing_key:
        seed = new_seed()
        output.value({"signing_key": seed}, seed)
        return
    if new_key_encryption:
        key = new_key_encryption_key()
        output.value({"key_encryption_key": key}, key)
        return
    rows = [
        {"key": row.key, "value": row.value, "is_default": row.is_default}
        for row in effective(settings_of(context))
    ]
    output.rows(("key", "value", "is_default"), rows, empty="")
