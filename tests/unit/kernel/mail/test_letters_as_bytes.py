"""Letters as bytes: whole for every server, and nothing in them becomes a header."""

from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.errors import InvalidInput
from kernel.mail.letters import Letter, one_line
from kernel.mail.servers import addressed, mailbox


def _letter(**given: Any) -> Letter:
    values: dict[str, Any] = {
        "message_id": "1@u.example",
        "sender": mailbox("U <u@u.example>"),
        "recipient": addressed("ana@mail.example", "Ana"),
        "subject": "Subject",
        "text": "Text",
        "html": "<p>Text</p>",
        "language": "en",
        "written_at": datetime(2026, 1, 1, tzinfo=UTC),
    }
    return Letter(**{**values, **given})


@given(name=st.text(max_size=100), subject=st.text(max_size=400), body=st.text(max_size=400))
def test_nothing_that_people_write_becomes_a_header(name: str, subject: str, body: str) -> None:
    def plain(text: str) -> str:
        return text.encode("utf-8", "ignore").decode()

    letter = _letter(
        recipient=addressed("ana@mail.example", plain(name) + "\r\nBcc: thief@x.example"),
        subject=plain(subject) + "\r\nBcc: thief@x.example\r\n\r\nbody",
        text=plain(body),
        html=plain(body),
    )
    raw = letter.as_bytes()
    read = message_from_bytes(raw, policy=default)
    assert sorted(read.keys()) == sorted(
        ["From", "To", "Subject", "Date", "Message-ID", "Content-Language", "MIME-Version", "Content-Type"]
    )
    assert [one.addr_spec for one in read["to"].addresses] == ["ana@mail.example"]
    assert raw.isascii()
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
    assert b"\n" not in raw.replace(b"\r\n", b"")


def _content(read: EmailMessage, kind: str) -> str:
    part = read.get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n").rstrip("\n")


def test_both_texts_arrive_as_they_were_written() -> None:
    text = "Grüße\n.\nこんにちは مرحبا " + "x" * 3000
    read = message_from_bytes(
        _letter(text=text, html=f"<p>{text}</p>").as_bytes(), EmailMessage, policy=default
    )
    assert _content(read, "plain") == text
    assert _content(read, "html") == f"<p>{text}</p>"


def test_further_headers_stand_as_they_are_even_when_long() -> None:
    url = f"<https://u.example/{'a' * 300}>"
    raw = _letter(headers={"List-Unsubscribe": url}).as_bytes()
    assert f"List-Unsubscribe: {url}\r\n".encode() in raw


@pytest.mark.parametrize(("name", "value"), [("X", "a\r\nBcc: b"), ("X", "ä"), ("X: y", "z"), ("X", "")])
def test_a_further_header_of_more_than_a_line_is_refused(name: str, value: str) -> None:
    with pytest.raises(InvalidInput):
        _letter(headers={name: value}).as_bytes()


def test_one_line_is_one() -> None:
    assert one_line("a\r\n\u2028b\x00c\t d") == "a b c d"
