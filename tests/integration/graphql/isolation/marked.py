"""Institutions alike but for a mark that is in every text of theirs."""

from dataclasses import dataclass, field

from tests.world import ROLES, Institution, World

# Two on one shard, one on the other.
SHARDS = {"iso-a": "one", "iso-b": "one", "iso-c": "two"}
PERSONAL = "Planted"


@dataclass(slots=True)
class Marked:
    """An institution whose every text holds its own mark."""

    made: Institution
    mark: str
    ids: list[str] = field(default_factory=list)


def mark_of(slug: str) -> str:
    """What stands in every text of the institution."""
    return f"qq{slug}qq"


async def plant(world: World, made: Institution, mark: str) -> None:
    """Writes the mark into every text of the institution's people, courses and offerings."""
    slug, ids = made.tenant.slug, made.ids
    for role in ROLES:
        data = await world.data(
            """mutation($u: UpdateUserInput!, $e: SetEmailsInput!) {
              updateUser(input: $u) { userErrors { message } } setEmails(input: $e) { userErrors { message } } }""",
            {
                "u": {
                    "id": ids[f"user:{role}"],
                    "displayName": f"{mark} {PERSONAL} {role}",
                    "givenName": f"{mark}{PERSONAL}",
                    "biography": mark,
                    "externalIds": [{"type": "sis", "value": f"{role}-{mark}"}],
                },
                "e": {
                    "id": ids[f"user:{role}"],
                    "emails": [{"address": f"{role}@{mark}.example", "isPrimary": True}],
                },
            },
            at=slug,
        )
        assert data == {"updateUser": {"userErrors": []}, "setEmails": {"userErrors": []}}
    for number in range(1, 6):
        data = await world.data(
            """mutation($c: UpdateCourseInput!, $s: CreateSectionInput!, $o: UpdateOfferingInput!) {
              updateCourse(input: $c) { userErrors { message } } updateOffering(input: $o) { userErrors { message } }
              createSection(input: $s) { section { id } userErrors { message } } }""",
            {
                "c": {
                    "id": ids[f"course:{number}"],
                    "title": [{"language": "en", "text": f"{mark} title {number}"}],
                    "externalIds": [{"type": "sis", "value": f"c{number}{mark}"}],
                },
                "o": {"id": ids[f"offering:{number}"], "place": {"name": mark}},
                "s": {
                    "offeringId": ids[f"offering:{number}"],
                    "code": f"S{number}",
                    "title": [{"language": "en", "text": mark}],
                },
            },
            at=slug,
        )
        ids[f"section:{number}"] = data["createSection"]["section"]["id"]
