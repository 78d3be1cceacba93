"""Letters: what they say and in which language, that they are sent once, and what happens when they cannot be."""

import asyncio
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from sqlalchemy import update

from federation.notifications.letters.taking import LEASE, claim
from federation.notifications.model import next_digest
from federation.tables.notifications import notifications
from kernel.mail.sending import LetterUnconfirmed, MailServerAway
from tenants.tables import users
from tests.fediverse import Person, person
from tests.integration.notifications.post_office import PostOffice
from tests.integration.notifications.posting import Posting
from tests.integration.notifications.told import letters_of, reachable, tell, wants
from tests.integration.posts.acting import likes, posts
from tests.world import World


async def _liked(world: World, fans: int = 1, **user: Any) -> tuple[Person, str]:
    """Somebody whom a letter waits for: their post was liked."""
    ana = await person(world, "ana")
    address = await reachable(ana)
    await wants(ana, "like", email="at_once")
    if user:
        async with world.door.write(world.as_system("alpha")) as tx:
            own = (users.c.tenant_id == tx.tenant_id, users.c.id == ana.user_id)
            await tx.connection.execute(update(users).where(*own).values(**user))
    post_id = await posts(ana)
    for number in range(fans):
        await likes(await person(world, f"fan{number}"), post_id)
    await tell(world, sends_mail=True)
    return ana, address


async def _letter(world: World, someone: Person) -> Any:
    (letter,) = await letters_of(world, someone.user_id)
    return letter


def _text(letter: EmailMessage, kind: str) -> str:
    body = letter.get_body((kind,))
    assert body is not None
    return str(body.get_content())


async def test_a_letter_is_sent_once_and_says_how_to_end_it(
    world: World, office: PostOffice, posting: Posting
) -> None:
    ana, address = await _liked(world)
    await posting.send(office)
    await posting.send(office)
    (letter,) = office.to(address)
    stored = await _letter(world, ana)
    assert (stored["state"], stored["attempts"], stored["last_error"]) == ("sent", 1, None)
    assert await posting.waiting(stored["id"]) is None
    assert letter["message-id"] == f"<{stored['message_id']}>"
    assert stored["message_id"] == f"notification-{stored['id']}@alpha.test"
    assert letter["from"] == "Fédiflow <no-reply@fediflow.test>"
    assert letter["auto-submitted"] == "auto-generated"
    assert letter["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"
    link = letter["list-unsubscribe"][1:-1]
    assert link.startswith("https://alpha.test/unsubscribe/")
    assert link in _text(letter, "plain")
    assert link in _text(letter, "html")


async def test_ten_likes_are_one_letter(world: World, office: PostOffice, posting: Posting) -> None:
    _, address = await _liked(world, fans=10, preferred_language="en")
    await posting.send(office)
    (letter,) = office.to(address)
    assert letter["subject"] == "University of alpha: 10 notifications"
    assert _text(letter, "plain").count("likes your post") == 10


@pytest.mark.parametrize(
    ("language", "said", "direction"),
    [
        ("en", "likes your post", "ltr"),
        ("de-AT", "gefällt Ihr Beitrag", "ltr"),
        ("fr", "aime votre publication", "ltr"),
        ("es", "le gusta su publicación", "ltr"),
        ("ja", "「いいね」しました", "ltr"),
        ("ar", "إعجاب بمنشورك", "rtl"),
        ("cy", "gefällt Ihr Beitrag", "ltr"),  # not spoken here: the institution's
    ],
)
async def test_letters_are_in_the_language_of_whom_they_are_to(
    world: World, office: PostOffice, posting: Posting, language: str, said: str, direction: str
) -> None:
    _, address = await _liked(world, preferred_language=language)
    await posting.send(office)
    (letter,) = office.to(address)
    assert said in letter["subject"]
    assert said in _text(letter, "plain")
    assert f'dir="{direction}"' in _text(letter, "html")


async def test_what_people_call_themselves_is_text_and_no_header(
    world: World, office: PostOffice, posting: Posting
) -> None:
    ana, address = await _liked(world, display_name="Ana\r\nBcc: thief@example.org\r\n\r\n<b>")
    evil = await person(world, "evil", display_name='<script>"&\r\nBcc: thief@example.org')
    async with ana.acting() as tx:
        own = (notifications.c.tenant_id == tx.tenant_id, notifications.c.user_id == ana.user_id)
        await tx.connection.execute(update(notifications).where(*own).values(actor_id=evil.actor_id))
    await posting.send(office)
    (letter,) = office.to(address)
    assert letter["bcc"] is None
    assert [recipient for recipient, _ in office.taken if "thief" in recipient] == []
    assert "<script>" not in _text(letter, "html")
    assert "&lt;script&gt;" in _text(letter, "html")


async def test_a_letter_about_what_was_read_meanwhile_is_not_sent(
    world: World, office: PostOffice, posting: Posting
) -> None:
    ana, address = await _liked(world)
    async with ana.acting() as tx:
        own = (notifications.c.tenant_id == tx.tenant_id, notifications.c.user_id == ana.user_id)
        await tx.connection.execute(update(notifications).where(*own).values(is_read=True))
    await posting.send(office)
    assert office.to(address) == []
    assert (await _letter(world, ana))["state"] == "dropped"


async def test_an_address_that_is_verified_no_more_gets_no_letter(
    world: World, office: PostOffice, posting: Posting
) -> None:
    ana, address = await _liked(world)
    await reachable(ana, is_verified=False)
    await posting.send(office)
    assert office.to(address) == []
    assert (await _letter(world, ana))["state"] == "dropped"


async def test_nothing_goes_before_its_minute_is_over(
    world: World, office: PostOffice, posting: Posting
) -> None:
    ana, address = await _liked(world)
    almost = (await _letter(world, ana))["due_at"] - timedelta(seconds=1)
    posting.now = lambda: almost  # type: ignore[method-assign]
    await posting.send(office)
    assert office.to(address) == []


async def test_what_is_daily_waits_for_the_morning_of_the_institution(
    world: World, office: PostOffice, posting: Posting
) -> None:
    ana = await person(world, "ana")
    address = await reachable(ana)
    await wants(ana, "like", email="daily")
    await likes(await person(world, "fan"), await posts(ana))
    now = datetime.now(UTC)
    await tell(world, sends_mail=True, clock=lambda: now)
    letter = await _letter(world, ana)
    morning = next_digest(now, world["alpha"].tenant.time_zone)
    assert (letter["is_digest"], letter["due_at"]) == (True, morning)
    posting.at(morning - timedelta(minutes=1))
    await posting.send(office)
    assert office.to(address) == []
    posting.at(morning)
    await posting.send(office)
    (sent,) = office.to(address)
    assert sent["subject"] == "Ihr Tag: Universität alpha"


async def test_a_temporary_refusal_is_tried_again_later_for_a_day(
    world: World, office: PostOffice, posting: Posting
) -> None:
    ana, address = await _liked(world)
    office.rcpt = lambda to: "451 later" if to == address else None
    for attempt in range(1, 5):
        await posting.send(office)
        letter = await _letter(world, ana)
        assert (letter["state"], letter["attempts"]) == ("waiting", attempt)
        wait = letter["due_at"] - posting.now()
        assert wait < timedelta(hours=2)
        assert "451" in letter["last_error"]
        posting.late += wait + timedelta(seconds=1)
    office.rcpt = lambda to: None
    await posting.send(office)
    assert len(office.to(address)) == 1
    first = office.to(address)[0]["message-id"]
    assert first == f"<{(await _letter(world, ana))['message_id']}>"


async def test_a_letter_that_cannot_be_sent_for_a_day_is_given_up(
    world: World, office: PostOffice, posting: Posting
) -> None:
    ana, address = await _liked(world)
    posting.late = timedelta(days=1, minutes=1)
    await posting.send(office)
    letter = await _letter(world, ana)
    assert (letter["state"], letter["last_error"]) == ("failed", "it could not be sent in time")
    assert office.to(address) == []


async def test_a_permanent_refusal_is_the_end(world: World, office: PostOffice, posting: Posting) -> None:
    ana, address = await _liked(world)
    office.rcpt = lambda to: "550 <ana> is secret" if to == address else None
    await posting.send(office)
    letter = await _letter(world, ana)
    assert letter["state"] == "failed"
    assert letter["last_error"] == "the mail server answered 550 to its envelope"
    assert await posting.waiting(letter["id"]) is None


async def test_one_that_is_refused_holds_back_no_other(
    world: World, office: PostOffice, posting: Posting
) -> None:
    _, refused = await _liked(world)
    _, taken = await _liked(world)
    office.data = lambda server, envelope: "554 spam" if envelope.rcpt_tos == [refused] else None
    await posting.send(office, conversations=1)
    assert (len(office.to(refused)), len(office.to(taken))) == (0, 1)


async def test_while_the_server_is_away_letters_wait_without_losing_attempts(
    world: World, office: PostOffice, posting: Posting
) -> None:
    ana, address = await _liked(world)
    closed = PostOffice(port=1)
    with pytest.raises(MailServerAway):
        await posting.sender(closed).send_due(posting.shard, posting.stop)
    letter = await _letter(world, ana)
    assert (letter["state"], letter["attempts"]) == ("waiting", 0)
    posting.late += timedelta(minutes=1, seconds=1)
    await posting.send(office)
    assert len(office.to(address)) == 1


async def test_an_answer_that_never_comes_is_no_reason_to_send_it_twice(
    world: World, office: PostOffice, posting: Posting
) -> None:
    ana, address = await _liked(world)

    def hang_up(server: Any, envelope: Any) -> str | None:
        if envelope.rcpt_tos == [address]:
            server.transport.abort()
        return None

    office.data = hang_up
    with pytest.raises(LetterUnconfirmed):
        await posting.send(office)
    letter = await _letter(world, ana)
    assert letter["state"] == "failed"
    posting.late += timedelta(hours=3)
    await posting.send(office)
    assert len(office.to(address)) == 1


async def test_who_dies_between_two_steps_sends_nothing_twice(
    world: World, office: PostOffice, posting: Posting
) -> None:
    """Killed after claiming: sent by the next. Killed while sending: nobody knows, so nobody sends it again."""
    ana, address = await _liked(world)
    tenant = world["alpha"].tenant
    await claim(posting.shard, posting.now(), each=100, most=1000)  # and dies
    await posting.send(office)
    assert office.to(address) == []
    posting.late += LEASE + timedelta(seconds=1)
    claims = await claim(posting.shard, posting.now(), each=100, most=1000)
    stored = await _letter(world, ana)
    (own,) = [one for one in claims if one.letter_id == stored["id"]]
    assert await posting.box.take(tenant, own, posting.now()) is not None  # and dies
    assert (await _letter(world, ana))["state"] == "sending"
    await posting.send(office)
    assert office.to(address) == []
    posting.late += LEASE + timedelta(seconds=1)
    await posting.send(office)
    letter = await _letter(world, ana)
    assert office.to(address) == []
    assert (letter["state"], letter["attempts"]) == ("failed", 1)
    assert "nobody knows" in letter["last_error"]


async def test_who_lost_its_claim_sends_nothing_and_who_is_late_is_believed(
    world: World, office: PostOffice, posting: Posting
) -> None:
    ana, address = await _liked(world)
    tenant, stored = world["alpha"].tenant, await _letter(world, ana)
    (old,) = [
        one
        for one in await claim(posting.shard, posting.now(), each=100, most=1000)
        if one.letter_id == stored["id"]
    ]
    posting.late += LEASE + timedelta(seconds=1)
    (new,) = [
        one
        for one in await claim(posting.shard, posting.now(), each=100, most=1000)
        if one.letter_id == stored["id"]
    ]
    taken = await posting.box.take(tenant, new, posting.now())
    assert taken is not None
    assert await posting.box.take(tenant, old, posting.now() - LEASE) is None
    assert (await _letter(world, ana))["state"] == "sending"
    posting.late += LEASE + timedelta(seconds=1)
    await posting.send(office)
    assert (await _letter(world, ana))["state"] == "failed"
    await posting.box.sent(tenant, taken, posting.now())  # the first was slow, and sent it after all
    assert (await _letter(world, ana))["state"] == "sent"
    assert office.to(address) == []


async def test_two_workers_at_once_send_each_letter_once(
    world: World, office: PostOffice, posting: Posting
) -> None:
    addresses = [(await _liked(world))[1] for _ in range(6)]
    await asyncio.gather(posting.send(office, at_once=2), posting.send(office, at_once=2))
    assert [len(office.to(address)) for address in addresses] == [1] * 6


async def test_an_institution_sends_no_more_than_its_share_in_a_minute(
    world: World, office: PostOffice, posting: Posting
) -> None:
    fixed = posting.now() + timedelta(hours=1)
    posting.now = lambda: fixed  # type: ignore[method-assign]  # a minute that does not end
    await tell(world, sends_mail=True)
    await posting.send(office)  # what others left has its share, too
    addresses = [(await _liked(world))[1] for _ in range(3)]
    sender = posting.sender(office, each=1, a_minute=2)
    while await sender.send_due(posting.shard, posting.stop):
        pass
    assert sum(len(office.to(address)) for address in addresses) == 2


async def test_a_worker_that_stops_gives_back_what_it_had_not_begun(
    world: World, office: PostOffice, posting: Posting
) -> None:
    _, address = await _liked(world)
    posting.stop.set()
    assert await posting.sender(office).send_due(posting.shard, posting.stop) > 0
    assert office.to(address) == []
    posting.stop.clear()
    await posting.send(office)
    assert len(office.to(address)) == 1
