"""What a run on another PostgreSQL than the product's leaves out: the only place where that is said, each with its reason."""

from collections.abc import Mapping
from pathlib import Path

PRODUCT = 18
"""The version that the product brings, on which everything is run."""

SAME_ON_ALL: Mapping[str, str] = {
    "tests/unit": "needs no server",
    "tests/local": "starts the servers that it is about itself, of each version",
    "tests/isolation": "goes through both versions in one run",
    "tests/e2e": "browsers, clients and judges talk HTTP; the statements behind are those of tests/integration",
    "tests/integration/served": "plans are looked at on the PostgreSQL that the product brings",
    "tests/integration/catalogues": "what tests/integration/academic stores, only much more of it",
    "tests/integration/demo": "the demo's PostgreSQL is the product's; what it calls is tested beside it",
    "tests/integration/live": "transports and waiting; what they read is read in tests/integration/outbox",
    "tests/integration/processes": "sockets, signals and time limits",
    "tests/integration/cli/test_up.py": "starts the PostgreSQL that the product brings, whatever the run is about",
    "tests/integration/cli/test_rolling_restart.py": "sockets handed from process to process",
    "tests/integration/search/opensearch": "asks OpenSearch, not PostgreSQL",
    "tests/integration/search/outages": "what is lost when OpenSearch is; the statements are tested beside it",
    "tests/integration/delivery/test_crashes.py": "what workers lose when they die; their statements are tested beside it",
}


OPENSEARCH = "what asks OpenSearch is the same on each PostgreSQL"
"""Why tests that ask for an OpenSearch, wherever they are, are skipped on other versions."""


def is_left_out(path: Path, root: Path, major: int) -> bool:
    """Whether a file or folder below `root` is not run on this version."""
    if major == PRODUCT or not path.is_relative_to(root):
        return False
    own = path.relative_to(root)
    return any(own.is_relative_to(one) for one in SAME_ON_ALL)


def left_out(major: int) -> list[str]:
    """A line for each place that is not run on this version."""
    if major == PRODUCT:
        return []
    return [
        f"not run again on PostgreSQL {major}: {place} ({reason})" for place, reason in SAME_ON_ALL.items()
    ]
