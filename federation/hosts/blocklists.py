"""Lists of domains as servers exchange them: CSV with `#domain,#severity,…`, as Mastodon writes and reads it."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from kernel.errors import InvalidInput

COLUMNS = ("#domain", "#severity", "#reject_media", "#reject_reports", "#public_comment", "#obfuscate")
_ACTIONS = {"suspend": "block", "silence": "limit", "allow": "allow"}
SEVERITIES = {action: severity for severity, action in _ACTIONS.items()}
_LONGEST = 300
_MOST_FAULTS = 20
_NAME = frozenset("abcdefghijklmnopqrstuvwxyz0123456789.-:")


@dataclass(frozen=True, slots=True)
class DomainRule:
    """What is done with a domain and all below it: allow, limit or block."""

    domain: str
    action: str
    why: str | None = None


def read_blocklist(text: str) -> Sequence[DomainRule]:
    """The rules of a list, the last of a domain counting; `InvalidInput` names the lines that cannot be read, 20 at most.

    Without a header line it is a domain a line, all of them blocked. Severity `noop` says nothing and is left out.
    """
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))
    header = [name.strip().lstrip("#").lower() for name in rows[0]] if rows else []
    has_header = "domain" in header
    at = {name: place for place, name in enumerate(header)} if has_header else {"domain": 0}
    rules: dict[str, DomainRule] = {}
    faults: list[str] = []
    for line, row in enumerate(rows[has_header:], 1 + has_header):
        if not any(cell.strip() for cell in row):
            continue
        domain, severity = _named(_cell(row, at, "domain")), _cell(row, at, "severity").lower() or "suspend"
        if domain is None:
            faults.append(f"line {line}: {_no_domain(_cell(row, at, 'domain'))}")
        elif severity in _ACTIONS:
            why = _cell(row, at, "public_comment")[:500] or None
            rules[domain] = DomainRule(domain, _ACTIONS[severity], why)
        elif severity != "noop":
            faults.append(f"line {line}: {severity[:40]!r} is none of suspend, silence, allow, noop")
    if faults:
        more = len(faults) - _MOST_FAULTS
        raise InvalidInput(
            "; ".join(faults[:_MOST_FAULTS]) + (f"; and {more} more lines" if more > 0 else "")
        )
    return list(rules.values())


def with_comments(rules: Iterable[DomainRule], before: Mapping[str, DomainRule]) -> list[DomainRule]:
    """The rules of a list, the last of a domain counting, with the comments of before where the list has none."""
    named = {rule.domain: rule for rule in rules}
    return [
        replace(rule, why=before[domain].why) if rule.why is None and domain in before else rule
        for domain, rule in named.items()
    ]


def read_domain(text: str, *, path: Sequence[str]) -> str:
    """A domain as rules name it; `InvalidInput` at the path for what is none."""
    domain = _named(text)
    if domain is None:
        raise InvalidInput(_no_domain(text), path=list(path))
    return domain


def write_blocklist(rules: Iterable[DomainRule]) -> str:
    """The same rules as text, in order of the domains; other servers know no `allow`."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for rule in sorted(rules, key=lambda one: one.domain):
        is_block = str(rule.action == "block").lower()
        writer.writerow(
            (rule.domain, SEVERITIES[rule.action], is_block, is_block, _plain(rule.why or ""), "false")
        )
    return out.getvalue()


def _cell(row: Sequence[str], at: dict[str, int], name: str) -> str:
    place = at.get(name)
    return row[place].strip() if place is not None and place < len(row) else ""


def _no_domain(text: str) -> str:
    return f"{text[:80]!r} is not a domain (write it in ASCII, xn--…)"


def _named(text: str) -> str | None:
    domain = text.strip().lower().removeprefix("*.").strip(".")
    return domain if domain and len(domain) <= _LONGEST and set(domain) <= _NAME else None


def _plain(text: str) -> str:
    """Nothing that a spreadsheet would compute."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@") else text
