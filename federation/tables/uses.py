"""Why federation keeps what it keeps about people, and how long."""

from sqlalchemy import DateTime

from kernel.tables import DataClass, DataUse

MOMENT = DateTime(timezone=True)

PUBLISHED = DataUse(DataClass.PERSONAL, "federation", "until erasure; of remote people until pruned")
IDENTITY = DataUse(
    DataClass.PERSONAL, "recognising a person of several institutions", "until unlinked or erasure"
)
STUDENT_NUMBER = DataUse(DataClass.SENSITIVE, "recognising a student abroad", "until unlinked or erasure")
SIGN_IN = DataUse(DataClass.PERSONAL, "sign-in at the institution's provider", "10 minutes")
KEY = DataUse(DataClass.SECRET, "signing federation messages", "until replaced")
MODERATION = DataUse(DataClass.PERSONAL, "moderation", "two years after the case is closed")
NOTICE = DataUse(DataClass.PERSONAL, "notifications", "90 days")
IN_TRANSIT = DataUse(DataClass.PERSONAL, "delivery between servers", "7 days; dead letters 30 days")
