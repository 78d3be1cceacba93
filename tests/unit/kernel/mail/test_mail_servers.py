"""Mail servers and mailboxes, read off what operators write."""

import pytest

from kernel.errors import InvalidInput
from kernel.mail.servers import SmtpServer, addressed, mailbox, smtp_server


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example.edu", SmtpServer("mail.example.edu", 587, False)),
        ("smtps://mail.example.edu", SmtpServer("mail.example.edu", 465, True)),
        (
            "smtp://u%40x:p%3Aw@mail.example.edu:2525",
            SmtpServer("mail.example.edu", 2525, False, "u@x", "p:w"),
        ),
        ("smtp://[::1]:25", SmtpServer("::1", 25, False)),
    ],
)
def test_a_url_says_where_how_and_as_whom(url: str, server: SmtpServer) -> None:
    assert smtp_server(url) == server
    assert "p:w" not in repr(smtp_server(url))


@pytest.mark.parametrize(
    "url",
    [
        *("", "mail.example.edu", "http://mail.example.edu", "smtp://", "smtp://h:0", "smtp://h:99999"),
        *("smtp://user@h", "smtp://h/path", "smtp://h?x=1", "smtp://[::1"),
    ],
)
def test_what_is_no_url_of_one_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        smtp_server(url)
    assert len(url) < 8 or url not in caught.value.message


@pytest.mark.parametrize(
    ("url", "is_plain"),
    [
        ("smtp://localhost:25", True),
        ("smtp://127.0.0.1:25", True),
        ("smtp://[::1]:25", True),
        ("smtp://u:p@localhost:25", False),  # a password is said to nobody in the clear
        ("smtps://localhost", False),
        ("smtp://mail.example.edu:25", False),
        ("smtp://127.example.edu:25", False),
    ],
)
def test_only_this_machine_is_spoken_to_in_the_clear(url: str, is_plain: bool) -> None:
    assert smtp_server(url).may_be_plain is is_plain


def test_a_mailbox_is_an_address_with_or_without_a_name() -> None:
    assert str(mailbox("a@b.example")) == "a@b.example"
    assert mailbox("Ünï <a@b.example>").display_name == "Ünï"
    assert addressed("ana@bücher.example").addr_spec == "ana@xn--bcher-kva.example"


@pytest.mark.parametrize(
    "address",
    [
        *("", "ana", "@b.example", "a@", "a@b..example", "a b@c.example", "a@b.example\r\nBcc: c@d.example"),
        *(
            "änä@b.example",
            ".a@b.example",
            "a..b@c.example",
            "a@-b.example",
            '"a b"@c.example',
            "a@[127.0.0.1]",
        ),
        "a\r\n@b.example",
    ],
)
def test_what_no_server_can_be_given_is_no_address(address: str) -> None:
    with pytest.raises(InvalidInput):
        addressed(address)
    with pytest.raises(InvalidInput):
        mailbox(address)
