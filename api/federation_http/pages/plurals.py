"""Which plural a number takes in the languages that pages speak: CLDR's rules for whole numbers."""

from collections.abc import Callable, Mapping


def plural_of(language: str, number: int) -> str:
    """CLDR's name of the plural: zero, one, two, few, many or other."""
    return _RULES[language](number)


def _one(number: int) -> str:
    return "one" if number == 1 else "other"


def _french(number: int) -> str:
    return "one" if number < 2 else "other"


def _arabic(number: int) -> str:
    if number < 3:
        return ("zero", "one", "two")[number]
    rest = number % 100
    if rest < 3:
        return "other"
    return "few" if rest < 11 else "many"


_RULES: Mapping[str, Callable[[int], str]] = {
    "ar": _arabic,
    "de": _one,
    "en": _one,
    "es": _one,
    "fr": _french,
    "ja": lambda _: "other",
}
