"""Executes a generated operation over plain rows, step by step as the specification says, with no SQL."""

import base64
import json
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from tenants.model import Tenant
from tests.integration.graphql.differential.asked import Field
from tests.integration.graphql.differential.entities import KINDS, ROOTS, SINGLE
from tests.integration.graphql.differential.identities import LOOK_UP, found
from tests.integration.graphql.differential.kinds import Kind, number_of
from tests.integration.graphql.differential.moderating import SETTINGS, settings
from tests.integration.graphql.differential.rows import Row, Rows, Viewer
from tests.integration.graphql.differential.social_roots import ROOT_WHERE
from tests.integration.graphql.differential.telling import OWN_ROOTS

PAGE = 20


class Answers:
    """Answers of one viewer, whose languages are tried in this order."""

    def __init__(self, rows: Rows, viewer: Viewer, tenant: Tenant) -> None:
        languages = tenant.languages
        self._rows = rows
        self._viewer = viewer
        self._today = tenant.day_of(datetime.now(UTC))
        self._tenant = {
            "slug": tenant.slug,
            "name": tenant.name[languages[0]],
            "languages": list(languages),
            "timeZone": tenant.time_zone,
            "country": tenant.country,
            "subdivision": tenant.subdivision,
            "latitude": tenant.latitude,
            "longitude": tenant.longitude,
            "domains": list(tenant.domains),
            "__typename": "Tenant",
        }
        self._languages = languages

    def data(self, roots: Sequence[Field]) -> dict[str, Any]:
        """The `data` of an operation."""
        return {root.key: self._root(root) for root in roots if root.is_asked}

    def _root(self, root: Field) -> Any:
        if root.name in ROOTS:
            kind, order = ROOTS[root.name]
            listed, holds = self._visible(KINDS[kind]), ROOT_WHERE.get(root.name)
            if holds is not None:
                listed = [row for row in listed if holds(row, self._rows, self._viewer, root)]
            return self._connection(root, KINDS[kind], listed, order)
        if root.name == LOOK_UP:
            return self._by_id(root, KINDS["User"], found(root, self._rows, self._viewer))
        if root.name == "viewer":
            return self._by_id(root, KINDS["User"], self._viewer.id)
        if root.name in SINGLE:
            return self._single(root, KINDS[SINGLE[root.name]])
        if root.name in ("currentTerm", "termAt"):
            day = root.value("date")
            return self._term(root, date.fromisoformat(day) if day else self._today)
        if root.name == "tenant":
            return {one.key: self._tenant[one.name] for one in root.fields if one.is_asked}
        if root.name == SETTINGS:
            known = settings(self._rows, self._viewer)
            return known and {one.key: known[one.name] for one in root.fields if one.is_asked}
        if root.name in OWN_ROOTS:
            return self._own(root)
        if root.name == "nodes":
            return [self._any(root, one) for one in root.value("ids")]
        return self._any(root, root.value("id"))

    def _own(self, root: Field) -> Any:
        kind, read = OWN_ROOTS[root.name]
        found = read(self._rows, self._viewer)
        return found if kind is None else [self._object(root.fields, KINDS[kind], one) for one in found]

    def _single(self, root: Field, kind: Kind) -> Any:
        """By its id, its code or handle, or the id that another system has for it."""
        ((name, _),) = root.arguments.items()
        value = root.value(name)
        if name == "id":
            return self._by_id(root, kind, number_of(value))
        if name in kind.keys:
            read = kind.keys[name]
            found = [
                one for one in self._rows.tables[kind.table] if read(one, self._rows, self._viewer) == value
            ]
            return self._by_id(root, kind, found[0]["id"] if found else None)
        found = [row for row in self._rows.tables[kind.table] if kind.filters[name](row, value, self._rows)]
        if name == "externalId" and kind.name == "User" and not self._viewer.reads_all:
            found = [row for row in found if row["id"] == self._viewer.id]
        return self._by_id(root, kind, found[0]["id"] if found else None)

    def _term(self, root: Field, day: date) -> Any:
        """The innermost term that the day belongs to."""
        kind = KINDS["AcademicSession"]
        found = [
            row
            for row in self._rows.tables[kind.table]
            if row["starts_on"] <= day <= row["ends_on"]
            and row["status"] == "active"
            and row["kind"] not in ("academic_year", "teaching_period")
        ]
        found.sort(key=lambda row: (row["ends_on"] - row["starts_on"], row["id"]))
        return self._by_id(root, kind, found[0]["id"] if found else None)

    def _any(self, root: Field, global_id: str) -> Any:
        kind = next(one for one in KINDS.values() if one.prefix == global_id.partition("_")[0])
        return self._by_id(root, kind, number_of(global_id))

    def _visible(self, kind: Kind) -> list[Row]:
        return self._rows.visible(self._viewer, kind.table)

    def _by_id(self, asked: Field, kind: Kind, row_id: int | None) -> Any:
        row = self._rows.get(kind.table, row_id)
        if row is None or not self._rows.sees(self._viewer, kind.table, row):
            return None
        return self._object(asked.fields, kind, row)

    def _object(self, fields: Sequence[Field], kind: Kind, row: Row) -> dict[str, Any]:
        return {
            one.key: self._field(one, kind, row)
            for one in fields
            if one.is_asked and (one.on in (None, kind.name) or (one.on == "Node" and kind.prefix))
        }

    def _field(self, asked: Field, kind: Kind, row: Row) -> Any:
        name = asked.name
        if name == "__typename":
            return kind.name
        if name == "id":
            return f"{kind.prefix}_{row['id']}"
        if name in kind.scalars:
            return kind.scalars[name](row, self._rows, self._viewer)
        if name in kind.lists:
            target, listed = kind.lists[name]
            return [
                self._object(asked.fields, KINDS[target], one)
                for one in listed(row, self._rows, self._viewer)
            ]
        if name in kind.objects:
            target, found = kind.objects[name]
            one = found(row, self._rows, self._viewer)
            return None if one is None else self._object(asked.fields, KINDS[target], one)
        if name in kind.texts:
            return self._text(asked, kind.texts[name](row, self._rows))
        if name in kind.ones:
            target, column = kind.ones[name]
            return self._by_id(asked, KINDS[target], row[column])
        target, column, order = kind.manies[name]
        own = row[kind.local.get(name, "id")]
        listed = [one for one in self._visible(KINDS[target]) if one[column] == own]
        if name in kind.where:
            listed = [one for one in listed if kind.where[name](one, self._rows, self._viewer)]
        return self._connection(asked, KINDS[target], listed, order)

    def _text(self, asked: Field, texts: Any) -> Any:
        if not texts:
            return None
        tags = asked.value("languages", [])
        widened = [tag.rsplit("-", cut)[0] for tag in tags for cut in range(tag.count("-") + 1)]
        wanted = [*widened, *self._languages, *sorted(texts)]
        language = next(one for one in wanted if one in texts)
        said = {"text": texts[language], "language": language, "__typename": "LocalizedText"}
        return {one.key: said[one.name] for one in asked.fields if one.is_asked}

    def _connection(self, asked: Field, kind: Kind, rows: list[Row], order: str) -> Any:
        rows = [row for row in rows if kind.is_listed(row)]
        for name, value in asked.value("filter", {}).items():
            if value is not None:
                rows = [row for row in rows if kind.filters[name](row, value, self._rows)]
                if kind.name == "User" and name in ("externalId", "role") and not self._viewer.reads_all:
                    rows = [row for row in rows if row["id"] == self._viewer.id]  # found by what one may read
        by = asked.value("orderBy", {})
        order = by["field"].name if by else order
        columns = kind.orders[order]
        descending = bool(by) and "direction" in by and by["direction"].name == "DESC"
        descending = descending if by else kind.is_newest_first
        rows = sorted(rows, key=lambda row: _key(row, columns), reverse=descending)
        start, stop = 0, len(rows)
        if asked.value("after") is not None:
            start = self._before(asked.value("after"), rows, kind, columns, descending, inclusive=True)
        if asked.value("before") is not None:
            stop = self._before(asked.value("before"), rows, kind, columns, descending, inclusive=False)
        return self._page(asked, kind, rows, [cursor(order, row, columns) for row in rows], start, stop)

    def _before(
        self,
        at: str,
        rows: list[Row],
        kind: Kind,
        columns: Sequence[str],
        descending: bool,
        *,
        inclusive: bool,
    ) -> int:
        """How many of the ordered rows stand before the cursor, or at it; its own row need not be among them."""
        last = json.loads(base64.b64decode(at))[-1]
        named = columns[-1]
        if named == "id":
            own = self._rows.get(kind.table, int(last))
        else:
            own = next((row for row in self._rows.tables[kind.table] if str(row[named]) == last), None)
        assert own is not None
        place = _key(own, columns)
        keys = [_key(row, columns) for row in rows]
        return sum(
            (key > place if descending else key < place) or (inclusive and key == place) for key in keys
        )

    def _page(
        self, asked: Field, kind: Kind, rows: list[Row], cursors: list[str], start: int, stop: int
    ) -> Any:
        first, last = asked.value("first"), asked.value("last")
        backward = last is not None
        size = last if backward else PAGE if first is None else first
        low, high = (max(start, stop - size), stop) if backward else (start, min(start + size, stop))
        info = {
            "hasNextPage": bool(asked.value("before")) and stop < len(rows) if backward else high < stop,
            "hasPreviousPage": low > start if backward else bool(asked.value("after")) and start > 0,
            "startCursor": cursors[low] if low < high else None,
            "endCursor": cursors[high - 1] if low < high else None,
        }
        answer: dict[str, Any] = {}
        for one in asked.fields:
            if not one.is_asked:
                continue
            match one.name:
                case "__typename":
                    answer[one.key] = f"{kind.name}Connection"
                case "totalCount":
                    answer[one.key] = len(rows)
                case "totalCountIsCapped":
                    answer[one.key] = False
                case "pageInfo":
                    answer[one.key] = {
                        inner.key: info.get(inner.name, "PageInfo") for inner in one.fields if inner.is_asked
                    }
                case "nodes":
                    answer[one.key] = [self._object(one.fields, kind, row) for row in rows[low:high]]
                case _:
                    answer[one.key] = [
                        self._edge(one, kind, *pair) for pair in zip(rows, cursors, strict=True)
                    ][low:high]
        return answer

    def _edge(self, asked: Field, kind: Kind, row: Row, at: str) -> dict[str, Any]:
        return {
            one.key: at
            if one.name == "cursor"
            else f"{kind.name}Edge"
            if one.name == "__typename"
            else self._object(one.fields, kind, row)
            for one in asked.fields
            if one.is_asked
        }


def cursor(order: str, row: Row, columns: Sequence[str]) -> str:
    """The cursor of a row in an order."""
    values = [order, *(_text(row[name]) for name in columns)]
    return base64.b64encode(json.dumps(values, ensure_ascii=False).encode()).decode()


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%S.%f+00:00")
    return value.isoformat() if isinstance(value, date) else str(value)


def _key(row: Row, columns: Sequence[str]) -> tuple[Any, ...]:
    # Texts are ordered by their bytes, as the database's C.UTF-8 does: by code point.
    return tuple(row[name] for name in columns)
