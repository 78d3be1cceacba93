"""Names of hosts in their one form, whatever script they are written in."""

import idna


def ascii_host(name: str) -> str | None:
    """A name in lower case as the network has it (`ü.example` is `xn--tda.example`); None for one that cannot be.

    A port behind it stays. Names in ASCII are only made lower case: whether they are names is for the caller to judge.
    """
    if name.isascii():
        return name.lower()
    host, colon, port = name.partition(":")
    try:
        return idna.encode(host, uts46=True).decode("ascii").lower() + colon + port
    except (idna.IDNAError, UnicodeError):
        return None
