"""What a server says it is (NodeInfo), for operators to see; asked at most daily by whoever calls this."""

from federation.protocol.reading import RemoteSoftware, Unreadable, read_nodeinfo, read_nodeinfo_links
from federation.protocol.reading.discovery import MOST_JRD_BYTES
from federation.remote.documents import Documents, scheme_of
from federation.remote.failures import FetchFailure, NotFetched

MOST_NODEINFO_BYTES = 128 * 1024


async def software_of(documents: Documents, host: str) -> RemoteSoftware:
    """The software of a host (with its port, as in tables); raises `NotFetched` where it does not say."""
    server = f"{scheme_of(host, documents)}://{host}"
    try:
        links = await documents.text(
            f"{server}/.well-known/nodeinfo", accept="application/json", most_bytes=MOST_JRD_BYTES
        )
        at = read_nodeinfo_links(links, server=server)
        told = await documents.text(at, accept="application/json", most_bytes=MOST_NODEINFO_BYTES)
        return read_nodeinfo(told)
    except Unreadable as error:
        raise NotFetched(FetchFailure.UNREADABLE, f"{host}: {error.message}") from error
