"""Answers by GET that a client may keep and ask about again: ETag and If-None-Match (RFC 9110, sections 8.8.3 and 13.1.2).

The tag is of what was asked for, so it is weak: `extensions` beside `data` (the cost, say) differ from answer to answer,
and a compressed answer has other bytes than a plain one, while both mean the same.
"""

from hashlib import blake2b

from api.http.messages import Headers

# Kept by the one who asked alone, and asked about before each use: what it says may change at any moment.
_KEPT = (b"cache-control", b"private, no-cache")


def tag_of(data: bytes, media: str) -> bytes:
    """The ETag of an answer with this data."""
    digest = blake2b(data, digest_size=15, person=media[-16:].encode())
    return b'W/"%b"' % digest.hexdigest().encode()


def kept(tag: bytes) -> Headers:
    """The headers that let the client keep the answer."""
    return (_KEPT, (b"etag", tag))


def is_known(tag: bytes, if_none_match: str | None) -> bool:
    """Whether the client says that it has this answer already."""
    if if_none_match is None:
        return False
    if if_none_match.strip() == "*":
        return True
    opaque = tag.removeprefix(b"W/").decode()
    return any(one.strip().removeprefix("W/") == opaque for one in if_none_match.split(","))
