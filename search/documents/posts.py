"""Posts as search sees them.

Public ones and those for the institution: what is unlisted, for followers or direct is for those whom it reaches, not for
whoever looks for a word. Members find what was written here; everybody else only what its author wants to be found
(`is_discoverable`, which other servers read as `indexable`), and so do members what came from elsewhere.

What stands behind a content warning is not found, for a snippet would show it: the warning and the title are.
"""

import orjson

from federation.content.plain_text import text_of
from kernel.visible_text import is_blank
from search.documents import tokens
from search.documents.made import Made, Row, of_institution
from search.documents.popularity import popularity_of
from search.language.documents import document_language, indexed_texts
from search.model import UNDETERMINED, Document, Facet, Kind, Reference
from tenants.model import Tenant


def post_document(tenant: Tenant, row: Row) -> Made:
    """Of a row of the statement `posts`."""
    contents = _contents(row)
    language = _language(" ".join(contents.values()) or row["title"] or "", row, tenant)
    title = row["title"]
    document = Document(
        Reference(Kind.POST, row["id"]),
        titles={language: title} if title and not is_blank(title) else {},
        texts=indexed_texts(contents, languages=tenant.languages),
        audience=frozenset(_readers(row)),
        facets={Facet.KIND: (Kind.POST,), **of_institution(tenant), Facet.LANGUAGE: (language,)},
        popularity=popularity_of(row["liked"]),
        appeared_at=row["appeared_at"],
    )
    return Made(document)


def _contents(row: Row) -> dict[str, str]:
    """What may be shown of it, under the tags that its author gave."""
    own = row["language"] or UNDETERMINED
    if row["content_warning"]:
        return {own: row["content_warning"]}
    written = {own: row["content"], **orjson.loads(row["content_map"])}
    contents = {tag: text_of(html) for tag, html in written.items()}
    return {tag: text for tag, text in contents.items() if text}


def _language(text: str, row: Row, tenant: Tenant) -> str:
    return document_language(text, declared=row["language"], languages=tenant.languages)


def _readers(row: Row) -> set[str]:
    readers = {tokens.MEMBERS, tokens.by(row["actor_id"]), *tokens.hosts(row["host"])}
    if row["visibility"] == "public" and row["is_discoverable"]:
        readers.add(tokens.PUBLIC)
    readers.update(tokens.written(author) for author in (row["user_id"], row["written_by_id"]) if author)
    return readers
