"""`python -m fediflow.checks`: prints a sentence per fault and ends with 1 when there is one."""

import asyncio
import sys
import tomllib
from pathlib import Path

from api.schema.build import printed
from fediflow.checks.catalogue import check_catalogue
from fediflow.checks.schema import check_schema
from fediflow.permissions import check_permissions

ROOT = Path(__file__).parent.parent.parent


def main() -> int:
    """The number of the process's exit."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    sentences = check_schema(ROOT, printed(), version)
    sentences += check_permissions(ROOT)
    sentences += asyncio.run(check_catalogue())
    sys.stdout.write("".join(f"{sentence}\n" for sentence in sentences))
    return 1 if sentences else 0


if __name__ == "__main__":
    sys.exit(main())
