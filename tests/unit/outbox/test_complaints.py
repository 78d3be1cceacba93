"""Complaints: said once, and never with a value in them."""

from structlog.testing import capture_logs

from kernel.errors import Unavailable
from kernel.outbox.complaints import Complaint


def _raised(error: Exception) -> Exception:
    try:
        raise error
    except type(error) as caught:
        return caught


def test_the_same_failure_is_told_once_and_its_end_once() -> None:
    complaint = Complaint("thing", {"shard": "one"})
    with capture_logs() as logs:
        for _ in range(5):
            complaint.failed(_raised(ValueError("planted@example.org")), position=3)
        complaint.settled()
        complaint.settled()
    assert [log["event"] for log in logs] == ["thing fails", "thing works again"]
    assert (logs[0]["error"], logs[0]["shard"], logs[0]["position"]) == ("ValueError", "one", 3)
    assert str(logs[0]["at"]).startswith(f"{__name__}:")
    assert logs[1]["failures"] == 5
    assert "planted" not in str(logs)


def test_another_failure_is_told_again() -> None:
    complaint = Complaint("thing", {})
    with capture_logs() as logs:
        complaint.failed(ValueError())
        complaint.failed(KeyError())
        complaint.failed(KeyError())
        complaint.failed(KeyError(), position=2)
    assert [(log["error"], log.get("position")) for log in logs] == [
        ("ValueError", None),
        ("KeyError", None),
        ("KeyError", 2),
    ]


def test_our_own_errors_say_what_they_are_about() -> None:
    with capture_logs() as logs:
        Complaint("thing", {}).failed(Unavailable("Redis does not answer"))
    assert logs[0]["error"] == "Unavailable: Redis does not answer"
