"""An offering's page, and offerings in a list."""

from collections.abc import Sequence
from html import escape

from api.federation_http.answers import Answer
from api.federation_http.asked import Asked
from api.federation_http.pages.layout import Page, Writer, facts
from federation.actors.documents import as_html
from federation.actors.shown import ShownActor
from federation.content.plain_text import preview
from federation.objects.events import FoundOffering, course_document, place_of, remaining


def offering_page(asked: Asked, offering: FoundOffering, group: ShownActor) -> Answer:
    """The page of one offering."""
    write = Writer(asked)
    about = write.plain(offering.facts["description"] or offering.facts["course_description"])
    title = write.plain(offering.title)
    course_page = group.row.profile_url or group.row.address
    kind = f'{escape(write.words["offering"])} · <a href="{escape(course_page)}">{escape(write.words["course"])}: '
    body = (
        f'{write.text(offering.title, "h1")}<p class="soft">{kind}{escape(write.plain(group.names))}</a></p>'
        f"{_cancelled(write, offering)}{_facts(write, offering)}"
        + (f'<div dir="auto">{as_html(about)}</div>' if about else "")
    )
    data = None
    if group.course is not None:
        data = course_document(
            group.course, course_page, [offering], asked.tenant, asked.here, write.language
        )
    address = asked.here.offering(offering.id)
    return write.page(
        Page(
            title,
            body,
            address,
            description=preview(about, 200) if about else "",
            document=address,
            data=data,
        )
    )


def offering_list(write: Writer, offerings: Sequence[FoundOffering]) -> str:
    """Offerings of a course, each with its term and dates."""
    return f'<ul class="plain">{"".join(_entry(write, one) for one in offerings)}</ul>'


def _entry(write: Writer, offering: FoundOffering) -> str:
    link = f'<a href="{escape(write.asked.here.offering(offering.id))}">{write.text(offering.title)}</a>'
    term = write.text(offering.facts["term"])
    return (
        f'<li>{link} <span class="soft">({term}, {_dates(offering)})</span>{_cancelled(write, offering)}</li>'
    )


def _facts(write: Writer, offering: FoundOffering) -> str:
    words, given = write.words, offering.facts
    place = place_of(offering, write.asked.here)
    languages = given["teaching_languages"] or given["course_languages"]
    return facts(
        [
            (words["term"], write.text(given["term"])),
            (words["dates"], _dates(offering)),
            (words["place"], f"<bdi>{escape(place.name)}</bdi>" if place else ""),
            (words["seats"], _seats(write, offering)),
            (words["languages"], escape(", ".join(languages))),
            (words["code"], escape(given["code"])),
        ]
    )


def _seats(write: Writer, offering: FoundOffering) -> str:
    free = remaining(offering)
    if free is None:
        return escape(write.words["no_limit"])
    return f"{offering.facts['capacity']} · {write.count('seats_free', free)}"


def _dates(offering: FoundOffering) -> str:
    first, last = offering.facts["effective_starts_on"], offering.facts["effective_ends_on"]
    return f'<bdi dir="ltr"><time datetime="{first}">{first}</time> – <time datetime="{last}">{last}</time></bdi>'


def _cancelled(write: Writer, offering: FoundOffering) -> str:
    if offering.facts["state"] != "cancelled":
        return ""
    return f' <strong class="notice">{escape(write.words["cancelled"])}</strong>'
