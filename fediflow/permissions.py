"""`docs/permissions.md`: the permission table and the rules of visibility, printed from the code."""

from pathlib import Path

from api.schema.build import ENTITIES
from tenants.model import PERMISSIONS, PERMISSIONS_BY_UNIT, Permission, Role

PRINTED = Path("docs") / "permissions.md"


def printed() -> str:
    """The document."""
    parts = [_HEAD, _matrix(), _VISIBILITY, _visibility(), _FACTS, _facts()]
    return "\n".join(parts)


def check_permissions(root: Path) -> list[str]:
    """A sentence when the document in the repository is not what the code says."""
    kept = root / PRINTED
    if kept.exists() and kept.read_text(encoding="utf-8") == printed():
        return []
    return [f"{PRINTED} is not what the code says: run `python -m fediflow.permissions`"]


def _matrix() -> str:
    rows = ["| permission | " + " | ".join(Role) + " | for an org unit |", "|---" * (len(Role) + 2) + "|"]
    for permission in Permission:
        held = " | ".join("yes" if permission in PERMISSIONS[role] else "" for role in Role)
        rows.append(f"| `{permission}` | {held} | {'yes' if permission in PERMISSIONS_BY_UNIT else ''} |")
    return "\n".join(rows) + "\n"


def _visibility() -> str:
    rows = ["| type | scope a token needs | who sees a row |", "|---|---|---|"]
    for entity in ENTITIES:
        if entity.prefix is not None:
            rule = _rule(entity.visible_to)
            rows.append(f"| `{entity.name}` | `{entity.scope}` | {rule} |")
    return "\n".join(rows) + "\n"


def _rule(visible_to: object) -> str:
    text = (getattr(visible_to, "__doc__", None) or "").split()
    return " ".join(text)


def _facts() -> str:
    rows = ["| type | facts |", "|---|---|"]
    for entity in ENTITIES:
        if entity.facts:
            rows.append(f"| `{entity.name}` | {', '.join(f'`{fact.name}`' for fact in entity.facts)} |")
    return "\n".join(rows) + "\n"


_HEAD = """# Permissions

Printed from `tenants/model.py` and the entities by `python -m fediflow.permissions`; `./dev check` compares.

## What a role may do

A role is held in the whole institution, or for an org unit and everything below it: then it grants only what the last
column marks. What an instructor may do follows from the offerings they teach.
"""
_VISIBILITY = """
## Who sees which row

The rule is compiled into every statement that touches the type, so the path to a row changes nothing. A connection and
its `totalCount` count what the viewer may see.
"""
_FACTS = """
## Facts

Declared aggregates and inherited values. They are computed for a row that the viewer sees, from rows that the viewer may
not see, under the institution's row-level security.
"""

if __name__ == "__main__":
    PRINTED.write_text(printed(), encoding="utf-8")
