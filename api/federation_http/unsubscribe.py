"""`/unsubscribe/…`: ends letters about some kinds of notifications with one click and without signing in (RFC 8058).

Mail programs POST to it by themselves; people who open the link get a page with a button, because programs that look at
links before people do must not end anything.
"""

from collections.abc import Sequence
from html import escape

from starlette.routing import Route

from api.federation_http.answers import Answer
from api.federation_http.asked import Asked
from api.federation_http.pages.layout import HEADERS, Page, Writer, lang
from api.federation_http.reception import Reception
from api.http.caller import Network
from federation.notifications.letters.unsubscribing import Unsubscribed, read_unsubscribe_token
from federation.notifications.letters.words import Words, words_for
from federation.notifications.operations import stop_letters
from federation.objects.published import Published
from kernel.errors import InvalidInput
from tenants.authority import system_principal
from tenants.data_keys import DataKeys
from tenants.directory import Directory
from tenants.door import Door

PATH = "/unsubscribe/{token}"
_FORM = "form-action 'none'"
# The one form there is among the pages: it goes back to where it came from.
_HEADERS = {
    **HEADERS,
    "content-security-policy": HEADERS["content-security-policy"].replace(_FORM, "form-action 'self'"),
}


class Unsubscribing:
    """Answers the links of letters."""

    def __init__(self, door: Door, keys: DataKeys) -> None:
        self._door = door
        self._keys = keys

    async def answer(self, asked: Asked) -> Answer:
        """POST ends the letters, anything else shows what it would end; 400 where the link is none of this institution's."""
        words = words_for(asked.languages)
        try:
            said = await self._said(asked)
        except InvalidInput:
            return _page(asked, words, f"<p>{escape(words['page_broken'])}</p>", status=400)
        if asked.request.method != "POST":
            return _page(asked, words, _question(words, said))
        async with self._door.write(system_principal(asked.tenant)) as tx:
            await stop_letters(tx, user_id=said.user_id, kinds=said.kinds)
        return _page(asked, words, f"<p>{escape(words['page_done'])}</p>{_kinds(words, said)}")

    async def _said(self, asked: Asked) -> Unsubscribed:
        async with self._door.read(asked.tenant) as driver:
            keys = await self._keys.read(driver, asked.tenant.id)
        if keys is None:
            raise InvalidInput("this institution never wrote a letter")
        return read_unsubscribe_token(keys, str(asked.request.path_params["token"]))


def unsubscribe_routes(
    door: Door,
    keys: DataKeys,
    directory: Directory,
    published: Published,
    trusted_proxies: tuple[Network, ...],
) -> Sequence[Route]:
    """The address that letters end with."""
    reception = Reception(directory, published, trusted_proxies)
    endpoint = reception.endpoint(Unsubscribing(door, keys).answer, has_page=True, is_plain=True)
    return [Route(PATH, endpoint, methods=["GET", "POST"])]


def _question(words: Words, said: Unsubscribed) -> str:
    return (
        f"<p>{escape(words['page_question'])}</p>{_kinds(words, said)}"
        '<form method="post"><input type="hidden" name="List-Unsubscribe" value="One-Click">'
        f'<button type="submit">{escape(words["page_button"])}</button></form>'
    )


def _kinds(words: Words, said: Unsubscribed) -> str:
    names = "".join(f"<li>{escape(words[f'kind_{kind.value}'])}</li>" for kind in said.kinds)
    return f"<ul>{names}</ul>"


def _page(asked: Asked, words: Words, body: str, *, status: int = 200) -> Answer:
    title = words["page_title"]
    whole = f"<div{lang(words.language)}><h1>{escape(title)}</h1>{body}</div>"
    page = Page(title, whole, asked.here.base + "/unsubscribe", is_listed=False)
    made = Writer(asked).page(page, status=status)
    return Answer(made.body, made.media, None, status, _HEADERS)
