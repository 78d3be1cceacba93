"""Answers made smaller for clients that say they take gzip (RFC 9110, section 12.5.3).

What lets a stranger read secrets out of the sizes of compressed answers (BREACH) is a browser that sends requests of the
stranger's making with somebody's credentials, answers that repeat what the stranger wrote beside the secret, and a view
of the wire. Nothing here recognises a browser by itself: a token is sent by a page that holds it, and such a page needs
no sizes to learn it. Answers to mutations, which may hold a new token beside what was sent, are not compressed even so.
"""

import asyncio
import zlib
from functools import lru_cache

from api.http.messages import Headers
from api.http.negotiation import weighted

LEAST = 1_024  # below it the headers are most of the answer
# In place up to here (some 0.1 ms), in a thread beyond: zlib lets others run meanwhile.
MOST_IN_PLACE = 32_768
_LEVEL = 1  # a tenth larger than level 6 for a third of its time
_GZIP = 31  # zlib's name for: largest window, gzip's header and checksum

GZIPPED: Headers = ((b"content-encoding", b"gzip"),)


@lru_cache(maxsize=128)
def takes_gzip(accept_encoding: str) -> bool:
    """Whether gzip is accepted, and no less than the answer as it is."""
    qualities = {name: quality for name, _, quality in weighted(accept_encoding.lower())}
    gzip = qualities.get("gzip", qualities.get("x-gzip", qualities.get("*", 0.0)))
    return gzip > 0 and gzip >= qualities.get("identity", 0.0)


def compressed(body: bytes) -> bytes:
    """The body as gzip."""
    compressor = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP)
    return compressor.compress(body) + compressor.flush()


async def compressed_aside(body: bytes) -> bytes:
    """The same, holding nobody up."""
    if len(body) <= MOST_IN_PLACE:
        return compressed(body)
    return await asyncio.to_thread(compressed, body)
