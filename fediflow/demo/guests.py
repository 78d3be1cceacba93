"""The demo's people as its explorer page offers them."""

from api.explorer.guests import Guest, GuestInstitution, Guests
from fediflow.demo.samples import DEMO_PASSWORD, SAMPLES
from fediflow.demo.universities import UNIVERSITIES, University


def demo_guests() -> Guests:
    """Every sample person of every university, and the password they share."""
    return Guests(DEMO_PASSWORD, tuple(_institution(university) for university in UNIVERSITIES))


def _institution(university: University) -> GuestInstitution:
    (language, other_language), (name, other_name) = university.languages, university.words.university
    return GuestInstitution(
        slug=university.slug,
        name=name,
        language=language,
        other_name=other_name,
        other_language=other_language,
        guests=tuple(Guest(sample.handle, sample.role.value, sample.in_unit) for sample in SAMPLES),
    )
