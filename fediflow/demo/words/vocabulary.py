"""What a word list holds; every text is given in the university's two languages, first the default one."""

from dataclasses import dataclass

Text = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Name:
    """A given or family name in its own script, and how a handle spells it."""

    native: str
    latin: str


@dataclass(frozen=True, slots=True)
class Department:
    """A department, its ISCED-F field, and what it teaches."""

    code: str
    name: Text
    isced_f: str
    topics: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class Faculty:
    """A faculty and its departments."""

    code: str
    name: Text
    departments: tuple[Department, ...]


@dataclass(frozen=True, slots=True)
class Aspect:
    """One way to teach a topic: patterns of title and description around `{topic}`, and its usual size."""

    suffix: str
    title: Text
    description: Text
    level: str
    credits: int  # hundredths
    capacity: tuple[int, int]  # from, to


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Everything a university's people, units, courses and remarks are made of."""

    given_names: tuple[Name, ...]
    family_names: tuple[Name, ...]
    display: str  # pattern of {given} and {family}
    biography: str  # pattern of {topic}
    university: Text
    faculties: tuple[Faculty, ...]
    foundations: Aspect
    advanced: Aspect
    applied: tuple[Aspect, ...]  # each topic gets one of them
    block: Text  # pattern of {title}, of an offering taught in half the time
    section: Text  # pattern of {number}
    reasons: dict[str, str]  # by action, in the default language
    labels: dict[str, Text]  # of the university's own fields

    @property
    def departments(self) -> tuple[Department, ...]:
        """All departments, faculty by faculty."""
        return tuple(department for faculty in self.faculties for department in faculty.departments)


def names(text: str) -> tuple[Name, ...]:
    """Names separated by commas, each `native` or `native/latin`."""
    parted = (name.strip().partition("/") for name in text.replace("\n", " ").split(",") if name.strip())
    return tuple(Name(native, latin or native.lower()) for native, _, latin in parted)


def pairs(text: str) -> tuple[Text, ...]:
    """One text a line, as `default language | other language`."""
    parted = (line.partition("|") for line in text.strip().splitlines())
    return tuple((first.strip(), second.strip()) for first, _, second in parted)
