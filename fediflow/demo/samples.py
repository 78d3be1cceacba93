"""The persons of each university that a visitor may sign in as, all with one password that is no secret."""

from dataclasses import dataclass

from kernel.crypto.passwords import DEFAULT_HASHER
from tenants.model import Role

DEMO_PASSWORD = "fediflow-demo"  # noqa: S105 - printed for everybody who starts the demo
_SALT = b"fediflow-demo-01"  # fixed, so that the demo is the same every time


@dataclass(frozen=True, slots=True)
class Sample:
    """A person to sign in as; `in_unit` limits the role to the first faculty."""

    handle: str
    role: Role
    in_unit: bool = False


ADMIN = Sample("admin", Role.TENANT_ADMIN)
REGISTRAR = Sample("registrar", Role.REGISTRAR)
FACULTY_REGISTRAR = Sample("faculty-registrar", Role.REGISTRAR, in_unit=True)
INSTRUCTOR = Sample("instructor", Role.INSTRUCTOR)
STUDENT = Sample("student", Role.STUDENT)
ANALYST = Sample("analyst", Role.ANALYST)
AUDITOR = Sample("auditor", Role.AUDITOR)

SAMPLES = (ADMIN, REGISTRAR, FACULTY_REGISTRAR, INSTRUCTOR, STUDENT, ANALYST, AUDITOR)


def demo_password_hash() -> str:
    """What is kept of the password; making it takes a while on purpose, so make it once."""
    return DEFAULT_HASHER.hash(DEMO_PASSWORD, salt=_SALT)
