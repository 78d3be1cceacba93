"""The schema and the entities behind it, put together once."""

from dataclasses import replace
from pathlib import Path

import strawberry
from graphql import GraphQLSchema
from strawberry.schema.config import StrawberryConfig

import academic.entities
import federation.entities
import search.entities
import tenants.entities
from api.schema.listing import describe_lists
from api.schema.mutation import Mutation
from api.schema.query import Query
from api.schema.scalars import SCALARS
from api.schema.search import HITS
from api.schema.subscription import Subscription
from kernel.entities import Entities, Entity

PRINTED = Path(__file__).parent.parent / "schema.graphql"


def _joined(entity: Entity) -> Entity:
    """With what leads from it into packages that its own knows nothing of."""
    more = federation.entities.RELATIONS.get(entity.name, ())
    return replace(entity, relations=(*entity.relations, *more)) if more else entity


ENTITIES = Entities(
    *map(_joined, (*tenants.entities.ENTITIES, *academic.entities.ENTITIES)),
    *federation.entities.ENTITIES,
    *search.entities.ENTITIES,
)
_STRAWBERRY = strawberry.Schema(
    Query, Mutation, Subscription, types=HITS, config=StrawberryConfig(scalar_map=SCALARS)
)
SCHEMA: GraphQLSchema = _STRAWBERRY._schema  # Strawberry offers the graphql-core schema under this name only
describe_lists(SCHEMA, ENTITIES)


def printed() -> str:
    """The schema as it stands in the repository."""
    return _STRAWBERRY.as_str().rstrip() + "\n"
