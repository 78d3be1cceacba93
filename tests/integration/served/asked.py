"""What can be asked of every list in the schema: each filter, each order, each pair of them, read from the schema."""

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLEnumType, GraphQLField, GraphQLInputObjectType, GraphQLObjectType, get_named_type

from api.schema.build import SCHEMA

PAGE = 20


@dataclass(frozen=True, slots=True)
class Listed:
    """A connection field: of the query, or of an object."""

    parent: str
    name: str
    entity: str
    filters: tuple[str, ...]
    orders: tuple[str, ...]
    arguments: str = ""  # that are no filter, as the document says them
    object: str = ""  # whose list it is, where it is no root field

    def __str__(self) -> str:
        given = f"({self.arguments})" if self.arguments else ""
        return f"{self.parent}.{self.name}{given}{f' of {self.object}' if self.is_another else ''}"

    @property
    def is_another(self) -> bool:
        """Of an object beside the one with the longest list."""
        return self.object in OTHER_PARENTS.get(f"{self.parent}.{self.name}", ())

    def document(self, selection: str) -> str:
        """The document that asks it for `selection`, its arguments in variables."""
        given = {"first": ("f", "Int"), "after": ("a", "String")}
        if self.filters:
            given["filter"] = ("w", f"{self.entity}Filter")
        if self.orders:
            given["orderBy"] = ("o", f"{self.entity}Order")
        declared = ", ".join(f"${short}: {type_}" for short, type_ in given.values())
        passed = ", ".join(f"{name}: ${short}" for name, (short, _) in given.items())
        given = f"{self.arguments}, {passed}" if self.arguments else passed
        asked = f"{self.name}({given}) {{ {selection} }}"
        if self.parent == "Query":
            return f"query({declared}) {{ {asked} }}"
        return f"query($p: ID!, {declared}) {{ node(id: $p) {{ ... on {self.parent} {{ {asked} }} }} }}"


def lists() -> Iterator[Listed]:
    """Every connection field of the schema."""
    for parent in SCHEMA.type_map.values():
        if isinstance(parent, GraphQLObjectType):
            for name, field in parent.fields.items():
                target = get_named_type(field.type).name
                if target.endswith("Connection") and target != "SearchConnection":  # an engine's, no table's
                    entity, filters, orders = (
                        target.removesuffix("Connection"),
                        _filters(field),
                        _orders(field),
                    )
                    place = f"{parent.name}.{name}"
                    for given in ARGUMENTS.get(place, ("",)):
                        first = "" if parent is SCHEMA.query_type else PARENTS[place]
                        for of in (first, *OTHER_PARENTS.get(place, ())):
                            yield Listed(parent.name, name, entity, filters, orders, given, of)


def cursor(order: str, *values: Any) -> str:
    """A cursor of this order."""
    return base64.b64encode(json.dumps([order, *map(str, values)]).encode()).decode()


def _filters(field: GraphQLField) -> tuple[str, ...]:
    type_ = get_named_type(field.args["filter"].type) if "filter" in field.args else None
    return tuple(type_.fields) if isinstance(type_, GraphQLInputObjectType) else ()


def _orders(field: GraphQLField) -> tuple[str, ...]:
    type_ = get_named_type(field.args["orderBy"].type) if "orderBy" in field.args else None
    if not isinstance(type_, GraphQLInputObjectType):
        return ()
    fields = get_named_type(type_.fields["field"].type)
    assert isinstance(fields, GraphQLEnumType)
    return tuple(fields.values)


# Of lists with arguments of their own: many rows, few, none.
ARGUMENTS: Mapping[str, tuple[str, ...]] = {
    "Query.publicTimeline": ("local: false", "local: true"),
    "Query.courseFeed": tuple(f'courseId: "course_{one}"' for one in (5, 15, 99999)),
    "Query.hashtag": tuple(f'name: "{one}"' for one in ("#Frequent", "rare", "absent")),
}
# Of each list inside an object: the object with the longest one.
PARENTS: Mapping[str, str] = {
    "OrgUnit.children": "unit_1",
    "OrgUnit.courses": "unit_1",
    "AcademicSession.children": "session_1",
    "AcademicSession.offerings": "session_3",
    "Course.offerings": "course_5",
    "Offering.sections": "offering_6",
    "Offering.enrollments": "offering_1",
    "Section.enrollments": "section_603",
    "User.enrollments": "user_9000",
    "User.personalAccessTokens": "user_9",
    "Enrollment.transitions": "enrollment_9",
    "Actor.posts": "actor_5",
    "Actor.feed": "actor_1000005",
    "Actor.followers": "actor_5",
    "Actor.following": "actor_9000",
    "Actor.followRequests": "actor_9000",
    "Actor.announces": "actor_5",
    "Post.replies": "post_7",
    "Post.conversation": "post_7",
    "Conversation.posts": "conversation_8",
    "User.identityChanges": "user_9",
    "FederationIdentity.changes": "identity_9",
    "Report.actions": "report_9",
}
# Objects of whose lists most viewers see nothing.
OTHER_PARENTS: Mapping[str, tuple[str, ...]] = {
    "Actor.followers": ("actor_6",),
    "Actor.followRequests": ("actor_1000005",),
}
_ATTRIBUTE = tuple({"name": "field", "value": value} for value in ("frequent", "rare", "absent"))
_EXTERNAL = ({"type": "sis", "value": "x17"}, {"type": "none", "value": "x17"})
_CHANGED = ("2026-01-01T00:00:00Z", "2026-01-12T13:46:00Z", "2027-01-01T00:00:00Z")
# Of each filter a value of many rows, one of a few, one of none; the first alone where it has no more.
VALUES: Mapping[str, tuple[Any, ...]] = {
    "Notification.kind": ("LIKE", "PROMOTED", "MOVED"),
    "Notification.isRead": (True, False),
    "IdentityConflict.state": ("REJECTED", "OPEN", "MERGED"),
    "Report.state": ("RESOLVED", "OPEN"),
    "Report.target": ("actor_5", "actor_2000007", "actor_99999999"),
    "ModerationAction.actor": ("actor_5", "actor_2000007", "actor_99999999"),
    "ModerationAction.report": ("report_9", "report_17", "report_99999999"),
    "DomainPolicy.domain": ("d77.example", "none.example"),
    "DomainPolicy.action": ("BLOCK", "LIMIT"),
    "FederationHost.host": ("host1.example", "none.example"),
    "Delivery.host": ("host1.example", "host17.example", "none.example"),
    "DeadLetter.host": ("host1.example", "host17.example", "none.example"),
    "OrgUnit.code": ("U17", "none"),
    "OrgUnit.kind": ("DEPARTMENT", "UNIVERSITY", "SCHOOL"),
    "OrgUnit.status": ("ACTIVE", "ARCHIVED"),
    "OrgUnit.updatedSince": ("2026-01-01T00:00:00Z", "2026-01-01T03:18:00Z", "2027-01-01T00:00:00Z"),
    "OrgUnit.externalId": _EXTERNAL,
    "OrgUnit.attribute": _ATTRIBUTE,
    "AcademicSession.code": ("T7", "none"),
    "AcademicSession.kind": ("SEMESTER", "QUARTER"),
    "AcademicSession.status": ("ACTIVE", "ARCHIVED"),
    "AcademicSession.updatedSince": ("2026-01-01T00:00:00Z", "2026-01-01T00:22:00Z", "2027-01-01T00:00:00Z"),
    "AcademicSession.externalId": _EXTERNAL,
    "Course.code": ("C007919", "none"),
    "Course.codePrefix": ("C", "C00791", "none"),
    "Course.orgUnit": ("unit_1", "unit_3", "unit_999"),
    "Course.language": ("en", "ja", "tlh"),
    "Course.status": ("ACTIVE", "ARCHIVED"),
    "Course.updatedSince": _CHANGED,
    "Course.externalId": _EXTERNAL,
    "Course.attribute": _ATTRIBUTE,
    "Offering.code": ("O007907", "none"),
    "Offering.academicSession": ("session_3", "session_2", "session_999"),
    "Offering.course": ("course_5", "course_3", "course_99999"),
    "Offering.orgUnit": ("unit_1", "unit_3", "unit_999"),
    "Offering.state": ("PUBLISHED", "CANCELLED", "DRAFT"),
    "Offering.updatedSince": _CHANGED,
    "Offering.externalId": _EXTERNAL,
    "Offering.attribute": _ATTRIBUTE,
    "Section.code": ("S7919", "none"),
    "Section.offering": ("offering_6", "offering_5000", "offering_99999"),
    "Section.academicSession": ("session_3", "session_2", "session_999"),
    "Section.status": ("ACTIVE", "ARCHIVED"),
    "Section.updatedSince": _CHANGED,
    "Section.externalId": _EXTERNAL,
    "User.handle": ("person-7", "none"),
    "User.status": ("ACTIVE", "SUSPENDED", "DELETED"),
    "User.role": ("STUDENT", "REGISTRAR", "AUDITOR"),
    "User.updatedSince": _CHANGED,
    "User.externalId": _EXTERNAL,
    "User.attribute": _ATTRIBUTE,
    "Enrollment.state": ("ACTIVE", "DENIED", "INVITED"),
    "Enrollment.role": ("STUDENT", "OBSERVER", "DESIGNER"),
    "Enrollment.section": ("section_603", "section_5", "section_999999"),
    "Enrollment.offering": ("offering_1", "offering_999", "offering_99999"),
    "Enrollment.user": ("user_9000", "user_60", "user_99999"),
    "Enrollment.academicSession": ("session_3", "session_2", "session_999"),
    "Enrollment.updatedSince": ("2026-01-01T00:00:00Z", "2026-04-26T17:46:00Z", "2027-01-01T00:00:00Z"),
    "Enrollment.externalId": _EXTERNAL,
    "Activity.actor": ("actor_5", "actor_2000001", "actor_99999999"),
    "Activity.type": ("CREATE", "MOVE", "TENTATIVE_ACCEPT"),
    "Activity.object": ("post_7", "actor_5", "actor_99999999"),
    "Activity.since": ("2026-01-01T00:00:00Z", "2099-01-01T00:00:00Z"),
    "AttributeDefinition.owner": ("USER", "ORG_UNIT"),
    "AttributeDefinition.name": ("field", "none"),
}
