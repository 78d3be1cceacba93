"""What GraphQL calls the columns of each table, and by what its lists are joined, filtered and ordered; written by hand.

To extend the differential test to a field, a relation, a filter or an order is to add a line where its object type stands.
"""

from tests.integration.graphql.differential.catalogue import (
    CATALOGUE_KINDS,
    CATALOGUE_ROOTS,
    CATALOGUE_SINGLE,
)
from tests.integration.graphql.differential.enrolling import (
    ENROLLING_KINDS,
    ENROLLING_ROOTS,
    ENROLLING_SINGLE,
)
from tests.integration.graphql.differential.kinds import Kind, columns, enum, texts
from tests.integration.graphql.differential.matching import is_, is_state
from tests.integration.graphql.differential.moderating import MODERATION_KINDS, MODERATION_ROOTS
from tests.integration.graphql.differential.people import PEOPLE_KINDS, PEOPLE_ROOTS, PEOPLE_SINGLE
from tests.integration.graphql.differential.searching import SEARCHING_KINDS, SEARCHING_ROOTS
from tests.integration.graphql.differential.social import SOCIAL_KINDS
from tests.integration.graphql.differential.social_roots import SOCIAL_ROOTS, SOCIAL_SINGLE
from tests.integration.graphql.differential.telling import TELLING_KINDS, TELLING_ROOTS

_OF_ALL = (
    Kind("ExternalId", "", "", columns(type="type", value="value")),
    Kind(
        "Attribute",
        "",
        "",
        columns(value="value"),
        ones={"definition": ("AttributeDefinition", "definition_id")},
    ),
    Kind(
        "AttributeDefinition",
        "attribute",
        "attribute_definitions",
        {
            **columns(
                name="name",
                choices="choices",
                isFilterable="is_filterable",
                readableBy="readable_by",
                writableBy="writable_by",
            ),
            "owner": enum("owner"),
            "valueType": enum("value_type"),
        },
        texts=texts("label"),
        orders={"NAME": ("name", "id"), "ID": ("id",)},
        filters={"owner": is_state("owner"), "name": is_("name")},
    ),
)


KINDS: dict[str, Kind] = {
    one.name: one
    for one in (
        *_OF_ALL,
        *CATALOGUE_KINDS,
        *ENROLLING_KINDS,
        *PEOPLE_KINDS,
        *SOCIAL_KINDS,
        *MODERATION_KINDS,
        *TELLING_KINDS,
        *SEARCHING_KINDS,
    )
}

# Root field -> kind, order when none is asked.
ROOTS = {
    **CATALOGUE_ROOTS,
    **ENROLLING_ROOTS,
    **PEOPLE_ROOTS,
    "attributeDefinitions": ("AttributeDefinition", "NAME"),
    **SOCIAL_ROOTS,
    **MODERATION_ROOTS,
    **TELLING_ROOTS,
    **SEARCHING_ROOTS,
}
SINGLE = {**CATALOGUE_SINGLE, **ENROLLING_SINGLE, **PEOPLE_SINGLE, **SOCIAL_SINGLE}
