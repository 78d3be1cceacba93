"""The staged people, which the modules beside this one match, decide and write."""

from sqlalchemy import BigInteger, Boolean, Column, Text, text

from academic.oneroster.loading.objects import Noun, object_stage
from tenants.tables import user_external_ids, users

FILE = "users"
STAGE = object_stage(
    "staged_users",
    Column("is_suspended", Boolean, nullable=False),
    Column("wanted_handle", Text),
    Column("handle", Text),
    Column("given_name", Text),
    Column("family_name", Text),
    Column("display_name", Text),
    Column("pronouns", Text),
    Column("email_id", BigInteger),
    Column("email", Text),
    Column("email_key", Text),
    Column("has_new_ids", Boolean, nullable=False, server_default=text("false")),
    Column("has_new_email", Boolean, nullable=False, server_default=text("false")),
)
USERS = Noun(
    name="user",
    file=FILE,
    table=users,
    external_ids=user_external_ids,
    stage=STAGE,
    plain=("given_name", "family_name", "display_name", "pronouns"),
    texts=(),
    ended="suspended",
)
