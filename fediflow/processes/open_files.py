"""Open files: each connection is one, and what a process is given to begin with is often little."""

import resource

_ENOUGH = 65_536


def most_open_files() -> int:
    """How many this process may have, after it has been given as many as it may ask for."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    may_have = _ENOUGH if hard == resource.RLIM_INFINITY else min(hard, _ENOUGH)
    if soft != resource.RLIM_INFINITY and soft < may_have:
        resource.setrlimit(resource.RLIMIT_NOFILE, (may_have, hard))
        return may_have
    return _ENOUGH if soft == resource.RLIM_INFINITY else soft
