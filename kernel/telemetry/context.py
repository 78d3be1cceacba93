"""What every log line of a request carries."""

from contextlib import AbstractContextManager

from structlog.contextvars import bound_contextvars


def log_context(*, request_id: str, tenant: str | None = None) -> AbstractContextManager[None]:
    """Inside, every log line names the request and, once it is known, the tenant (its slug)."""
    known = {"request_id": request_id} | ({"tenant": tenant} if tenant else {})
    return bound_contextvars(**known)
