"""The text that a request means: its own, or the one kept under the id or hash that it gives."""

from collections.abc import Callable

from api.documents.automatic import AutomaticDocuments
from api.documents.published import PublishedDocuments
from api.documents.references import (
    AutomaticNotSupported,
    DocumentNotFound,
    DocumentNotPublished,
    Reference,
    check_text,
)
from tenants.documents.model import HASH_PREFIX, hash_of
from tenants.model import Tenant, TenantRequired


class DocumentTexts:
    """Finds the text of requests. `check` raises where a text is no valid document; without `automatic` none is kept.

    An institution that answers published documents only makes no exception, not for its administrators and not for
    introspection: what may be asked there is what was looked at before it was published.
    """

    def __init__(
        self,
        published: PublishedDocuments,
        automatic: AutomaticDocuments | None,
        check: Callable[[str], object],
    ) -> None:
        self._published = published
        self._automatic = automatic
        self._check = check

    def known(self, query: str, reference: Reference | None, tenant: Tenant) -> str | None:
        """The text, where that needs nobody's answer; None: `find` must say, or refuse."""
        if reference is None:
            return None if tenant.documents_only else query
        if query:
            return None
        text = self._published.known(tenant, reference.document_id)
        if (
            text is None
            and self._automatic is not None
            and reference.is_automatic
            and not tenant.documents_only
        ):
            text = self._automatic.known(tenant, reference.document_id)
        return text

    async def find(self, query: str, reference: Reference | None, tenant: Tenant | None) -> str:
        """The text; raises what a client hears where there is none, or where it may not be asked.

        `query` is empty where only `reference` says which document.
        """
        if query and reference is not None:
            check_text(reference, query)
        if tenant is None:
            return _of_nobody(query)
        if tenant.documents_only:
            return await self._published_only(query, reference, tenant)
        if reference is None:
            return query
        if query:
            return await self._registered(query, reference, tenant)
        return await self._kept(reference, tenant)

    async def _published_only(self, query: str, reference: Reference | None, tenant: Tenant) -> str:
        asked = reference or Reference(HASH_PREFIX + hash_of(query))
        text = await self._published.find(tenant, asked.document_id)
        if text is None:
            raise DocumentNotPublished if query else DocumentNotFound(asked)
        return text

    async def _registered(self, query: str, reference: Reference, tenant: Tenant) -> str:
        if self._automatic is not None and reference.is_automatic:
            self._check(query)
            await self._automatic.keep(tenant, reference.document_id, query)
        return query

    async def _kept(self, reference: Reference, tenant: Tenant) -> str:
        text = await self._published.find(tenant, reference.document_id)
        if text is None and reference.is_automatic:
            if self._automatic is None:
                raise AutomaticNotSupported
            text = await self._automatic.find(tenant, reference.document_id)
        if text is None:
            raise DocumentNotFound(reference)
        return text


def _of_nobody(query: str) -> str:
    if not query:
        raise TenantRequired(
            "the request names no institution, and documents are published by one: "
            "send a token, the header FediFlow-Tenant, or use its own host"
        )
    return query
