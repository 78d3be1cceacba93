"""The command line of FediFlow: `fediflow COMMAND --help` shows what each does, with an example."""

from fediflow.cli.app import main

__all__ = ["main"]
