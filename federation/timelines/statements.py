"""The statements of a `.sql` file by name: each stands under a comment `-- name: what it does`."""

from pathlib import Path

from sqlalchemy import text

from kernel.database.compiled import Compiled


def statements(name: str) -> dict[str, Compiled]:
    """Those of the file of that name beside this one; parameters are given by name.

    An array of numbers is given as texts and cast twice: for any other array the driver would look its type up.
    """
    sql = (Path(__file__).parent / f"{name}.sql").read_text()
    blocks = (block.partition("\n") for block in sql.removeprefix("-- ").split("\n\n-- "))
    return {title.partition(":")[0]: Compiled(text(statement)) for title, _, statement in blocks}
