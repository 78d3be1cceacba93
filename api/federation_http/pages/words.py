"""What pages say by themselves, in the languages they speak; texts of the institution come in its own."""

from collections.abc import Mapping, Sequence

from kernel.languages import choose_language

_WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "posts": "Posts",
        "followers": "followers",
        "following": "following",
        "offerings": "Offerings",
        "offering": "Offering",
        "course": "Course",
        "group": "Group",
        "institution": "Institution",
        "person": "Person",
        "no_posts": "Nothing public yet.",
        "moved": "Has moved to",
        "no_sign_in": "You are not signed in.",
        "gone": "This is no longer here.",
        "gone_text": "It was deleted by those it belonged to.",
        "term": "Term",
        "dates": "Dates",
        "place": "Place",
        "seats": "Seats",
        "free": "free",
        "no_limit": "no limit",
        "languages": "Languages",
        "code": "Code",
        "cancelled": "Cancelled",
        "warning": "Content warning",
        "reply_to": "In reply to",
        "replies": "replies",
        "likes": "likes",
        "shares": "shares",
        "edited": "edited",
        "follow_hint": "Follow from any server of the social web:",
        "to_content": "To the content",
        "attachments": "Attachments",
        "tagged": "Posts tagged",
    },
    "de": {
        "posts": "Beiträge",
        "followers": "folgen",
        "following": "gefolgt",
        "offerings": "Angebote",
        "offering": "Angebot",
        "course": "Kurs",
        "group": "Gruppe",
        "institution": "Einrichtung",
        "person": "Person",
        "no_posts": "Noch nichts Öffentliches.",
        "moved": "Ist umgezogen zu",
        "no_sign_in": "Die Anmeldung ist nicht gelungen.",
        "gone": "Das gibt es nicht mehr.",
        "gone_text": "Es wurde von denen gelöscht, denen es gehörte.",
        "term": "Semester",
        "dates": "Zeitraum",
        "place": "Ort",
        "seats": "Plätze",
        "free": "frei",
        "no_limit": "unbegrenzt",
        "languages": "Sprachen",
        "code": "Kennung",
        "cancelled": "Abgesagt",
        "warning": "Inhaltswarnung",
        "reply_to": "Antwort auf",
        "replies": "Antworten",
        "likes": "Gefällt mir",
        "shares": "geteilt",
        "edited": "bearbeitet",
        "follow_hint": "Von jedem Server des sozialen Netzes aus folgen:",
        "to_content": "Zum Inhalt",
        "attachments": "Anhänge",
        "tagged": "Beiträge mit",
    },
}


def page_language(languages: Sequence[str]) -> str:
    """The language in which a page speaks by itself: the first of these that it speaks, else English."""
    return choose_language(list(_WORDS), [*languages, "en"])


def words_in(language: str) -> Mapping[str, str]:
    """The words of a language that pages speak."""
    return _WORDS[language]
