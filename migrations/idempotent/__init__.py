"""What is applied again after every migration: functions and views out of this folder, then policies, then grants.

`<history>/*.sql` run first, in the order of their names, each written so that it can run again (`create or replace`).
"""

from pathlib import Path

from migrations.schema import METADATA, History
from tenants.policies import render as render_rules

_FOLDER = Path(__file__).parent


def render(history: History) -> str:
    """The whole script of a history."""
    files = [path.read_text(encoding="utf-8") for path in sorted((_FOLDER / history).glob("*.sql"))]
    return "\n".join([*files, render_rules(METADATA[history])])
