"""The page of a person, course, unit or the institution."""

from collections.abc import Sequence
from html import escape

from api.federation_http.answers import Answer
from api.federation_http.asked import Asked
from api.federation_http.pages.layout import Page, Writer, facts, handle, link
from api.federation_http.pages.offerings import offering_list
from api.federation_http.pages.posts import post_article
from federation.actors.documents import as_html
from federation.actors.shown import ShownActor
from federation.content.plain_text import links_in, preview, text_of
from federation.content.sanitising import sanitised
from federation.objects.events import FoundOffering, course_document
from federation.objects.posts import FoundPost

_PREVIEW = 200


def profile_page(
    asked: Asked, actor: ShownActor, recent: Sequence[FoundPost], offerings: Sequence[FoundOffering]
) -> Answer:
    """The page: who it is, and what was public lately. A course's has its offerings, and schema.org's words for them."""
    write, row = Writer(asked), actor.row
    name = write.plain(actor.names) or row.display_name or row.preferred_username
    about = as_html(write.plain(actor.description)) if actor.description else sanitised(row.biography)
    body = "".join(
        (
            _heading(write, actor, name),
            f'<div dir="auto">{about}</div>' if about else "",
            _facts(write, actor),
            _counts(write, actor),
            _offerings(write, offerings),
            _posts(write, actor, name, recent),
        )
    )
    page = row.profile_url or row.address
    data = None
    if actor.course is not None:
        data = course_document(actor.course, page, offerings, asked.tenant, asked.here, write.language)
    return write.page(
        Page(
            name,
            body,
            page,
            kind="profile",
            description=preview(text_of(about), _PREVIEW),
            image=row.avatar_url,
            document=row.address,
            me=_elsewhere(actor),
            data=data,
            is_listed=row.is_discoverable,
        )
    )


def _heading(write: Writer, actor: ShownActor, name: str) -> str:
    row = actor.row
    picture = f'<img class="avatar" src="{escape(row.avatar_url)}" alt="">' if row.avatar_url else ""
    title = write.text(actor.names, "h1") if actor.names else f'<h1 dir="auto">{escape(name)}</h1>'
    if row.moved_to:
        there = link(row.moved_to, ' rel="me nofollow"')
        hint = f'<p class="notice">{write.say("moved", link=there)}</p>'
    else:
        shown = f"<strong>{handle(row.handle)}</strong>"
        hint = f'<p class="soft">{write.say("follow_hint", handle=shown)}</p>'
    kind = escape(_kind(write, actor))
    return f'{picture}{title}<p class="soft">{kind} · {handle(row.handle)}</p>{hint}'


def _kind(write: Writer, actor: ShownActor) -> str:
    row = actor.row
    if row.course_id is not None:
        return write.words["course"]
    return write.words[
        {"person": "person", "group": "group", "application": "institution"}.get(row.kind, "person")
    ]


def _facts(write: Writer, actor: ShownActor) -> str:
    course, words = actor.course, write.words
    rows = [(one["name"], sanitised(one["value"])) for one in actor.row.attachments]
    if course is not None:
        rows = [
            (words["code"], escape(course["code"])),
            (words["languages"], escape(", ".join(course["teaching_languages"]))),
            *rows,
        ]
    return facts(rows)


def _counts(write: Writer, actor: ShownActor) -> str:
    followers = write.count("followers", actor.row.followers_count)
    return f'<p class="counts">{followers} · {write.count("following", actor.row.following_count)}</p>'


def _offerings(write: Writer, offerings: Sequence[FoundOffering]) -> str:
    if not offerings:
        return ""
    return f"<h2>{escape(write.words['offerings'])}</h2>{offering_list(write, offerings)}"


def _posts(write: Writer, actor: ShownActor, name: str, recent: Sequence[FoundPost]) -> str:
    shown = "".join(
        post_article(write, post, name=name)
        if post.author.id == actor.row.id
        else post_article(write, post, shared_by=name)
        for post in recent
    )
    return (
        f"<h2>{escape(write.words['posts'])}</h2>{shown or '<p>' + escape(write.words['no_posts']) + '</p>'}"
    )


def _elsewhere(actor: ShownActor) -> list[str]:
    """Other pages that the person says are theirs too: a verifier looks for `rel=me`."""
    claimed = [
        one["value"] for one in actor.row.attachments if one.get("is_own") and _IS_THEIRS in one["value"]
    ]
    linked = [link for value in claimed for link in links_in(value)]
    return list(dict.fromkeys((*actor.row.also_known_as, *linked)))


# As the line was written: what people type is escaped, so no text of theirs says it.
_IS_THEIRS = 'rel="me '
