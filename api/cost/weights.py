"""What each field weighs: one table over the schema's coordinates, and the rule for all that it does not name.

One point is about one object read. A field costs its weight once for every row of the pages around it.

- An object or a text in languages costs 1, a scalar nothing.
- A connection costs 1 itself; what is inside `nodes` or `edges` is counted `first` (or `last`) times, 20 where neither is
  given. `nodes(ids:)` counts what is inside as often as there are ids.
- A plain list of objects counts as `PLAIN_LIST` of them.
- A mutation costs `MUTATION` and what its payload asks for.
- Every operation costs 1 at least.
"""

from collections.abc import Mapping

from graphql import GraphQLNamedType, is_leaf_type

OBJECT = 1
SCALAR = 0
MUTATION = 10
PLAIN_LIST = 2
INTROSPECTED_FOR_A_POINT = 40  # fields of the schema itself, for which no database is asked

# Coordinates of the schema; `Connection` and `Edge` stand for all types whose names end so.
WEIGHTS: Mapping[str, int] = {
    # Counts up to 10,000 rows of an index; with `exact` all of them.
    "Connection.totalCount": 10,
    "Connection.totalCount(exact:)": 100,
    "Connection.totalCountIsCapped": 10,
    "Connection.pageInfo": 0,
    # Counted as its edge: a row of a page costs 1, also where only its cursor is asked for.
    "Edge.node": 0,
    "Query.tenant": 0,
    # Asked of the search engine; a facet is a count for each of its values.
    "Query.search": 20,
    "Query.suggest": 5,
    "Connection.facets": 10,
    "SearchHighlight": 0,
    "SearchHighlightPart": 0,
    "SearchFacetValue": 0,
    # Counted from rows that the viewer need not see.
    "Enrollment.waitlistPosition": 1,
    # Looked up beside the row.
    "Actor.viewerFollows": 1,
    "Actor.followsViewer": 1,
    "Actor.viewerBlocks": 1,
    "Actor.viewerMutes": 1,
    "Post.hashtags": 1,
    "Post.viewerLikes": 1,
    "Post.viewerAnnounced": 1,
    # It writes to followers, and may ask other servers who is named.
    "Mutation.createPost": 20,
    "Mutation.reply": 20,
    "Mutation.updatePost": 20,
    "Mutation.lookUpActor": 50,
    "Mutation.report": 20,
    # They look through all that the institution knows of other servers.
    "Mutation.blockHost": 50,
    "Mutation.setDomainPolicy": 50,
    "Mutation.importDomainPolicies": 200,
    # Counted from the queue.
    "FederationHost.waiting": 2,
    "FederationHost.oldestDueAge": 2,
    "FederationSettings.domainPoliciesCsv": 50,
    # It asks the provider for its configuration.
    "Mutation.createOpenidProvider": 50,
    # A password is hashed on purpose slowly.
    "Mutation.signIn": 50,
    "Mutation.setPassword": 50,
    "UserError": 0,
}

# How many there are about in the lists of the schema itself (`__schema`, `__type`).
INTROSPECTED_LISTS: Mapping[str, int] = {
    "__Schema.types": 200,
    "__Schema.directives": 6,
    "__Type.fields": 3,
    "__Type.inputFields": 2,
    "__Type.enumValues": 1,
    "__Type.interfaces": 1,
    "__Type.possibleTypes": 1,
    "__Field.args": 1,
    "__Directive.args": 1,
}
INTROSPECTED_WRAPPED = 0.5  # every other type is inside of `!` or `[]`

# A document that nobody asked before is parsed and validated, a plan compiled: some milliseconds, during which nobody
# else is answered. That is charged beside the operation's own price.
UNKNOWN_DOCUMENT = 20
CHARACTERS_FOR_A_POINT = 50
UNKNOWN_PLAN = 20
PARTS_FOR_A_POINT = 5


def weight(parent: str, field: str, returns: GraphQLNamedType, *, exact: bool = False) -> int:
    """The points of one such field, whatever is selected inside it."""
    coordinate = f"{_general(parent)}.{field}" + ("(exact:)" if exact else "")
    declared = WEIGHTS.get(coordinate, WEIGHTS.get(returns.name))
    if declared is not None:
        return declared
    if parent == "Mutation":
        return MUTATION
    return SCALAR if is_leaf_type(returns) else OBJECT


def price_of_document(characters: int) -> int:
    """What reading a document costs that is not known yet."""
    return UNKNOWN_DOCUMENT + characters // CHARACTERS_FOR_A_POINT


def price_of_plan(parts: int) -> int:
    """What compiling an operation of so many parts (`api.limits`) costs whose plan is not known yet."""
    return UNKNOWN_PLAN + parts // PARTS_FOR_A_POINT


def _general(parent: str) -> str:
    return next((suffix for suffix in ("Connection", "Edge") if parent.endswith(suffix)), parent)
