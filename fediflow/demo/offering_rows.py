"""The rows of offerings and of what belongs to them; their seat rows are written with the enrollments."""

from collections.abc import Sequence
from datetime import date

from academic.model.dates import DateSpan, effective_dates
from academic.tables import (
    enrollment_windows,
    offering_attributes,
    offering_external_ids,
    offerings,
    section_external_ids,
    sections,
)
from fediflow.demo.calendar import Session, halves
from fediflow.demo.moments import DAY, as_datetime
from fediflow.demo.offerings import Offering
from fediflow.demo.rows import TableRows, table_rows
from fediflow.demo.setting import Setting
from fediflow.demo.structure import EXAM_FORMS, Structure
from fediflow.demo.words.vocabulary import Text


def offering_rows(
    setting: Setting, structure: Structure, planned: Sequence[Offering]
) -> tuple[TableRows, ...]:
    """All that the offerings consist of, besides their seats."""
    rows = _OfferingRows(setting, structure)
    for offering in planned:
        rows.add(offering)
    return rows.parts


class _OfferingRows:
    """Offerings with their sections, windows, values and external ids."""

    def __init__(self, setting: Setting, structure: Structure) -> None:
        self._setting = setting
        self._structure = structure
        self._random = setting.chance("offering rows")
        self._offerings = table_rows(
            offerings,
            "id course_id academic_session_id code title teaching_languages delivery_modes state visibility"
            " approval_required starts_on ends_on effective_starts_on effective_ends_on place_name latitude longitude"
            " created_at updated_at",
        )
        self._sections = table_rows(
            sections,
            "id offering_id code title capacity effective_starts_on effective_ends_on created_at updated_at",
        )
        self._windows = table_rows(enrollment_windows, "id offering_id audience opens_at closes_at")
        self._values = table_rows(offering_attributes, "offering_id definition_id value")
        self._external = table_rows(offering_external_ids, "type value offering_id")
        self._section_external = table_rows(section_external_ids, "type value section_id")

    @property
    def parts(self) -> tuple[TableRows, ...]:
        """All that was added."""
        return (
            self._offerings,
            self._sections,
            self._windows,
            self._values,
            self._external,
            self._section_external,
        )

    def add(self, offering: Offering) -> None:
        """Adds the rows of one offering."""
        code = f"{offering.course.code}-{offering.session.code}"
        own = self._own_dates(offering.session)
        effective = effective_dates(None, own, DateSpan(offering.session.starts_on, offering.session.ends_on))
        assert effective.starts_on is not None
        assert effective.ends_on is not None
        self._add_offering(offering, code, own, (effective.starts_on, effective.ends_on))
        self._add_sections(offering, code, (effective.starts_on, effective.ends_on))
        self._add_windows(offering)
        fields = self._structure.fields
        exam = self._random.choice(EXAM_FORMS)
        recorded = "true" if self._random.random() < 0.25 else "false"
        self._values.rows.append((offering.id, fields["examForm"], exam))
        self._values.rows.append((offering.id, fields["recorded"], recorded))
        self._external.rows.append(("sisId", f"offering-{code.lower()}", offering.id))

    def _own_dates(self, session: Session) -> DateSpan:
        """One in twelve is taught in half of the teaching period."""
        if session.teaching is None or self._random.random() > 1 / 12:
            return DateSpan()
        return DateSpan(*self._random.choice(halves(session.teaching)))

    def _add_offering(
        self, offering: Offering, code: str, own: DateSpan, effective: tuple[date, date]
    ) -> None:
        course = offering.course
        title = self._setting.texts(self._block_title(course.title)) if own.starts_on else None
        online = course.delivery == ("online",)
        place = None if online else self._random.choice(self._setting.university.places)
        point = (place.name, place.latitude, place.longitude) if place else (None, None, None)
        at = as_datetime(offering.opens - 10 * DAY)
        self._offerings.rows.append(
            (
                offering.id,
                course.id,
                self._structure.sessions[offering.session.code],
                code,
                title,
                course.languages,
                course.delivery,
                offering.state,
                offering.visibility,
                offering.approval_required,
                own.starts_on,
                own.ends_on,
                *effective,
                *point,
                at,
                at,
            )
        )

    def _block_title(self, title: Text) -> Text:
        block = self._setting.university.words.block
        return block[0].format(title=title[0]), block[1].format(title=title[1])

    def _add_sections(self, offering: Offering, code: str, effective: tuple[date, date]) -> None:
        at = as_datetime(offering.opens - 9 * DAY)
        pattern = self._setting.university.words.section
        for number, section_id in enumerate(offering.sections, start=1):
            title = self._setting.texts((pattern[0].format(number=number), pattern[1].format(number=number)))
            capacity = -(-(offering.capacity or 0) // len(offering.sections))
            self._sections.rows.append(
                (section_id, offering.id, f"G{number}", title, capacity, *effective, at, at)
            )
            self._section_external.rows.append(("sisId", f"section-{code.lower()}-g{number}", section_id))

    def _add_windows(self, offering: Offering) -> None:
        """Students first; guests, where they may come at all, three weeks later."""
        windows = [("student", offering.opens)]
        if offering.visibility in ("public", "federation") and self._random.random() < 0.4:
            windows.append(("guest", offering.opens + 21 * DAY))
        for audience, opens in windows:
            self._windows.rows.append(
                (
                    self._setting.ids.at(offering.opens - 9 * DAY),
                    offering.id,
                    audience,
                    as_datetime(opens),
                    as_datetime(offering.closes),
                )
            )
