"""The lint's rules about views and functions, which may act with their owner's rights."""

from collections.abc import Iterator

from sqlalchemy import MetaData

from tenants.lint.catalogue import Catalogue
from tenants.lint.described import held
from tenants.lint.findings import Finding


def view_as_owner(catalogue: Catalogue, _: MetaData) -> Iterator[Finding]:
    """A view without security_invoker reads with its owner's rights."""
    for relation in catalogue.relations:
        options = {option.lower() for option in relation.options}
        if relation.kind == "v" and not options & {"security_invoker=true", "security_invoker=on"}:
            yield Finding("view-as-owner", str(relation), "the view is without security_invoker")


def materialised_view_readable(catalogue: Catalogue, _: MetaData) -> Iterator[Finding]:
    """A materialised view has rows of all tenants and no policies."""
    for relation in catalogue.relations:
        if relation.kind == "m" and held(relation.usable_by):
            yield Finding(
                "materialised-view-readable", str(relation), "our roles may read the materialised view"
            )


def definer_without_search_path(catalogue: Catalogue, _: MetaData) -> Iterator[Finding]:
    """A function with its owner's rights finds what its caller's search path says."""
    for function in catalogue.functions:
        if function.definer and not any(one.startswith("search_path=") for one in function.settings):
            yield Finding(
                "definer-without-search-path", function.name, "it is security definer without search_path"
            )
