"""Prepares this machine's databases: `python -m fediflow.processes.preparation DIR [--demo] [--wait-fd N]`.

A process of its own, so that whoever supervises the machine for days holds neither the owner's password nor all the code
that migrates. It writes what it does line by line, as JSON: `{"tell": …}`, at the end `{"told": …}`.
"""

import argparse
import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

from fediflow.exits import end_with
from fediflow.processes.demonstrating import make_demo
from fediflow.processes.gate import wait_at
from fediflow.processes.machine import Machine
from fediflow.processes.preparing import prepare
from fediflow.processes.stack import open_stack
from kernel.database.roles import DatabaseRole
from kernel.settings import Settings, load_settings
from kernel.telemetry import configure_logging
from search.indexing.filling import is_noted_filled
from search.indexing.institutions import institutions
from tenants.directory import Directory

_DEMO_SHARDS = ("one", "two")
_SHARDS = ("one",)


def main() -> None:
    """Prepares once; ends with 0, or with a sentence and a code."""
    parser = argparse.ArgumentParser(prog="python -m fediflow.processes.preparation")
    parser.add_argument("directory", type=Path)
    parser.add_argument("--demo", action="store_true", help="with the universities of the demo")
    parser.add_argument("--wait-fd", type=int, help="a pipe at whose end the servers run")
    given = parser.parse_args()
    wait_at(given.wait_fd)
    try:
        configure_logging(level="warning", as_json=False)
        told = asyncio.run(
            _prepare(load_settings(os.environ), Machine(given.directory, claim=False), given.demo)
        )
        _write({"told": told})
    except Exception as error:
        end_with(error)


async def _prepare(settings: Settings, machine: Machine, with_demo: bool) -> dict[str, Any]:
    def tell(what: str) -> None:
        _write({"tell": what})

    await prepare(machine, settings, _DEMO_SHARDS if with_demo else _SHARDS, tell)
    told: dict[str, Any] = {"graphql": f"{settings.public_url}/graphql", "tenants": []}
    if with_demo:
        told = await make_demo(machine, settings, tell)
    return {**told, "search_is_filled": await _search_is_filled(settings)}


async def _search_is_filled(settings: Settings) -> bool:
    """Whether searches find all that there is; otherwise the worker fills their index, beside all else."""
    async with open_stack(settings, DatabaseRole.WORKER, pool_size=1, application="fediflow-up") as stack:
        given = await institutions(stack.directory, Directory(stack.directory))
        return await is_noted_filled(stack.served, given, settings.search_engine.value)


def _write(line: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
