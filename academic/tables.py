"""The tables of terms, courses, offerings, sections and enrollments (all on the tenant's shard)."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    DateTime,
    Double,
    Integer,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from kernel.tables import (
    DataClass,
    DataUse,
    attribute_values,
    column,
    external_ids,
    index,
    language_texts,
    one_of,
    references,
    row_id,
    sort_key,
    tenant_table,
    timestamps,
    unique,
    version,
)

SESSION_KINDS = ("academic_year", "semester", "trimester", "quarter", "term", "teaching_period", "other")
VISIBILITIES = ("private", "tenant", "federation", "public")
DELIVERY_MODES = ("distance_learning", "on_campus", "online", "hybrid", "situated")  # OOAPI v5 modeOfDelivery
OFFERING_STATES = ("draft", "published", "cancelled", "archived")
ENROLLMENT_STATES = (
    "requested",
    "invited",
    "waitlisted",
    "offered",
    "active",
    "suspended",
    "completed",
    "denied",
    "withdrawn",
)
ENROLLMENT_ROLES = ("student", "instructor", "assistant", "observer", "designer", "guest")
AUDIENCES = ("everyone", "student", "guest")

_MOMENT = DateTime(timezone=True)
_STUDY = DataUse(DataClass.PERSONAL, "study administration", "ten years after the term")


def _are_delivery_modes() -> CheckConstraint:
    listed = ", ".join(f"'{mode}'" for mode in DELIVERY_MODES)
    return CheckConstraint(f"delivery_modes <@ array[{listed}]::text[]", name="delivery_modes")


academic_sessions = tenant_table(
    "academic_sessions",
    row_id(),
    column("parent_id", BigInteger, nullable=True),
    column("code", Text),
    *language_texts("title"),
    column("kind", Text),
    column("starts_on", Date),
    column("ends_on", Date),  # the last day that belongs to it
    column("teaching_starts_on", Date, nullable=True),
    column("teaching_ends_on", Date, nullable=True),
    column("status", Text, server_default=text("'active'")),
    *timestamps(),
    version(),
    references("academic_sessions", "parent_id"),
    unique("code"),
    one_of("kind", SESSION_KINDS),
    one_of("status", ("active", "archived")),
    CheckConstraint("starts_on <= ends_on", name="dates"),
    CheckConstraint("teaching_starts_on <= teaching_ends_on", name="teaching_dates"),
)
index(academic_sessions, "starts_on", "id")
index(academic_sessions, "parent_id", "starts_on", "id")
index(academic_sessions, "updated_at", "id")

courses = tenant_table(
    "courses",
    row_id(),
    column("org_unit_id", BigInteger),
    column("code", Text),
    *language_texts("title"),
    *language_texts("description", nullable=True),
    # What the list is ordered by: the title in the tenant's default language, kept by the operations.
    column("sort_title", Text),
    sort_key("title_key", "sort_title"),
    column("credits", JSONB, server_default=text("'[]'")),  # [{scheme, value (hundredths), level}]
    column("teaching_languages", ARRAY(Text), server_default=text("'{}'")),
    column("delivery_modes", ARRAY(Text), server_default=text("'{}'")),
    column("eqf_level", Integer, nullable=True),
    column("isced_f", Text, nullable=True),
    column("visibility", Text, server_default=text("'tenant'")),
    column("status", Text, server_default=text("'active'")),
    *timestamps(),
    version(),
    references("org_units", "org_unit_id"),
    unique("code"),
    one_of("visibility", VISIBILITIES),
    one_of("status", ("active", "archived")),
    _are_delivery_modes(),
    CheckConstraint("eqf_level between 1 and 8", name="eqf_level"),
    CheckConstraint("isced_f ~ '^[0-9]{2,4}$'", name="isced_f"),
    CheckConstraint("length(code) between 1 and 64", name="code"),
)
index(courses, "code", "id")
index(courses, "org_unit_id", "code", "id")
index(courses, "org_unit_id", "title_key", "id")
index(courses, "org_unit_id", "updated_at", "id")
index(courses, "org_unit_id", "id")
index(courses, "org_unit_id", "status", "code", "id")
index(courses, "org_unit_id", "status", "title_key", "id")
index(courses, "status", "code", "id")
index(courses, "status", "title_key", "id")
index(courses, "updated_at", "id")
index(courses, "title_key", "id")
# Array operators are not leakproof, so a filter by language asks this table, kept by the operations.
course_languages = tenant_table(
    "course_languages",
    column("language", Text),
    column("course_id", BigInteger),
    references("courses", "course_id", on_delete="CASCADE"),
    key=("language", "course_id"),
)
index(course_languages, "course_id")

offerings = tenant_table(
    "offerings",
    row_id(),
    column("course_id", BigInteger),
    column("academic_session_id", BigInteger),
    column("code", Text),
    *language_texts("title", nullable=True),  # null: the course's
    *language_texts("description", nullable=True),
    column("teaching_languages", ARRAY(Text), server_default=text("'{}'")),
    column("delivery_modes", ARRAY(Text), server_default=text("'{}'")),
    column("state", Text, server_default=text("'draft'")),
    column("visibility", Text, server_default=text("'tenant'")),
    column("approval_required", Boolean, server_default=text("false")),
    column("starts_on", Date, nullable=True),  # null: the term's
    column("ends_on", Date, nullable=True),
    column("effective_starts_on", Date),
    column("effective_ends_on", Date),
    column("place_name", Text, nullable=True),
    column("latitude", Double, nullable=True),
    column("longitude", Double, nullable=True),
    *timestamps(),
    version(),
    references("courses", "course_id"),
    references("academic_sessions", "academic_session_id"),
    unique("academic_session_id", "code"),
    one_of("state", OFFERING_STATES),
    one_of("visibility", VISIBILITIES),
    _are_delivery_modes(),
    CheckConstraint("starts_on <= ends_on", name="dates"),
    CheckConstraint("effective_starts_on <= effective_ends_on", name="effective_dates"),
    CheckConstraint(
        "latitude between -90 and 90 and longitude between -180 and 180", name="place"
    ),  # NaN is above every number, so it is outside too
    CheckConstraint("(latitude is null) = (longitude is null)", name="point"),
)
index(offerings, "course_id", "effective_starts_on", "id")
index(offerings, "academic_session_id", "code", "id")
index(offerings, "academic_session_id", "effective_starts_on", "id")
index(offerings, "academic_session_id", "updated_at", "id")
index(offerings, "academic_session_id", "id")
index(offerings, "academic_session_id", "state", "code", "id")
index(offerings, "academic_session_id", "state", "effective_starts_on", "id")
index(offerings, "code", "id")
index(offerings, "effective_starts_on", "id")
index(offerings, "updated_at", "id")
index(offerings, "state", "code", "id")
index(offerings, "state", "effective_starts_on", "id")
index(offerings, "state", "id")

# The seat row: its lock is the order of arrival, it hands out waitlist ranks.
offering_seats = tenant_table(
    "offering_seats",
    column("offering_id", BigInteger),
    column("capacity", Integer, nullable=True),  # null: no limit
    column("waitlist_capacity", Integer, nullable=True),
    column("taken", Integer, server_default=text("0")),
    column("waitlisted", Integer, server_default=text("0")),
    column("next_waitlist_rank", BigInteger, server_default=text("1")),
    references("offerings", "offering_id", on_delete="CASCADE"),
    CheckConstraint("capacity >= 0", name="capacity"),
    CheckConstraint("waitlist_capacity >= 0", name="waitlist_capacity"),
    CheckConstraint("taken >= 0", name="taken"),
    CheckConstraint("waitlisted >= 0", name="waitlisted"),
    key=("offering_id",),
)

enrollment_windows = tenant_table(
    "enrollment_windows",
    row_id(),
    column("offering_id", BigInteger),
    column("audience", Text),
    column("opens_at", _MOMENT, nullable=True),
    column("closes_at", _MOMENT, nullable=True),
    references("offerings", "offering_id", on_delete="CASCADE"),
    unique("offering_id", "audience"),
    one_of("audience", AUDIENCES),
    CheckConstraint("opens_at < closes_at", name="order"),
)

sections = tenant_table(
    "sections",
    row_id(),
    column("offering_id", BigInteger),
    column("code", Text),
    *language_texts("title", nullable=True),
    column("capacity", Integer, nullable=True),
    column("starts_on", Date, nullable=True),
    column("ends_on", Date, nullable=True),
    column("effective_starts_on", Date),
    column("effective_ends_on", Date),
    column("status", Text, server_default=text("'active'")),
    *timestamps(),
    version(),
    references("offerings", "offering_id"),
    unique("offering_id", "code"),
    unique("offering_id", "id"),  # lets an enrollment's section be one of its own offering
    one_of("status", ("active", "archived")),
    CheckConstraint("starts_on <= ends_on", name="dates"),
    CheckConstraint("capacity >= 0", name="capacity"),
)
index(sections, "code", "id")
index(sections, "status", "code", "id")
index(sections, "updated_at", "id")

enrollments = tenant_table(
    "enrollments",
    row_id(),
    column("offering_id", BigInteger),
    column("user_id", BigInteger, data=_STUDY),
    column("section_id", BigInteger, nullable=True),
    column("role", Text),
    column("state", Text),
    column("home_state", Text, nullable=True),  # null: home and host are this tenant
    column("host_state", Text, nullable=True),
    column("waitlist_rank", BigInteger, nullable=True),
    column("offered_until", _MOMENT, nullable=True),
    column("state_changed_at", _MOMENT),
    *timestamps(),
    version(),
    references("offerings", "offering_id"),
    references("users", "user_id"),
    references("sections", "offering_id", "section_id", to=("offering_id", "id")),
    unique("offering_id", "user_id"),
    one_of("role", ENROLLMENT_ROLES),
    one_of("state", ENROLLMENT_STATES),
    one_of("home_state", ENROLLMENT_STATES),
    one_of("host_state", ENROLLMENT_STATES),
    CheckConstraint("(state = 'waitlisted') <= (waitlist_rank is not null)", name="waitlist_rank"),
    CheckConstraint("(state = 'offered') <= (offered_until is not null)", name="offered_until"),
)
index(enrollments, "offering_id", "id")
index(enrollments, "offering_id", "state", "id")
index(enrollments, "offering_id", "role", "id")
index(enrollments, "offering_id", "waitlist_rank", where="waitlist_rank is not null", unique=True)
index(enrollments, "user_id", "id")
index(enrollments, "section_id", "id")
index(enrollments, "updated_at", "id")
index(enrollments, "state", "id")

enrollment_transitions = tenant_table(
    "enrollment_transitions",
    row_id(),
    column("enrollment_id", BigInteger),
    column("from_state", Text, nullable=True),
    column("to_state", Text),
    column("action", Text),
    column("actor_id", BigInteger, nullable=True, data=_STUDY),  # null: the system
    column("on_behalf_of_id", BigInteger, nullable=True, data=_STUDY),
    column("reason", Text, nullable=True, data=_STUDY),
    column("created_at", _MOMENT),
    references("enrollments", "enrollment_id", on_delete="CASCADE"),
    references("users", "actor_id"),
    references("users", "on_behalf_of_id"),
    one_of("from_state", ENROLLMENT_STATES),
    one_of("to_state", ENROLLMENT_STATES),
    append_only=True,
)
index(enrollment_transitions, "enrollment_id", "id")

results = tenant_table(
    "results",
    column("enrollment_id", BigInteger),
    column("scheme", Text),
    column("value", Text, data=_STUDY),
    column("is_passed", Boolean, data=_STUDY),
    column("credits", JSONB, server_default=text("'[]'")),
    column("recorded_by_id", BigInteger, nullable=True, data=_STUDY),
    column("recorded_at", _MOMENT),
    references("enrollments", "enrollment_id", on_delete="CASCADE"),
    references("users", "recorded_by_id"),
    CheckConstraint("length(value) between 1 and 64", name="value"),
    key=("enrollment_id",),
)

course_external_ids = external_ids("course")
offering_external_ids = external_ids("offering")
section_external_ids = external_ids("section")
academic_session_external_ids = external_ids("academic_session")
enrollment_external_ids = external_ids("enrollment", data=_STUDY)  # some are made of the person's
course_attributes = attribute_values("course")
offering_attributes = attribute_values("offering")
