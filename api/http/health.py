"""Whether the process lives, whether it can serve, and what it counts."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from kernel.errors import FediflowError

# Raises when what it checks is not well; the text it gives is shown.
Check = Callable[[], Awaitable[str]]
CHECK_SECONDS = 2.0


def health_routes(
    *, databases: Mapping[str, Check], cache: Check, metrics: Callable[[], bytes]
) -> list[Route]:
    """`/livez`, `/readyz`, `/health`, `/health/db`, `/health/cache` and `/metrics`."""

    async def live(request: Request) -> Response:
        return _json({"status": "ok"})

    async def ready(request: Request) -> Response:
        return _report(await _run(databases))

    async def whole(request: Request) -> Response:
        found = await _run(databases)
        found["cache"] = (await _run({"cache": cache}))["cache"]
        # Redis lost = slower, never wrong: it does not make the service unwell.
        return _report(found, ignored=("cache",))

    async def of_databases(request: Request) -> Response:
        return _report(await _run(databases))

    async def of_cache(request: Request) -> Response:
        return _report(await _run({"cache": cache}))

    async def of_metrics(request: Request) -> Response:
        return Response(metrics(), media_type="text/plain; version=0.0.4; charset=utf-8")

    return [
        Route("/livez", live),
        Route("/readyz", ready),
        Route("/health", whole),
        Route("/health/db", of_databases),
        Route("/health/cache", of_cache),
        Route("/metrics", of_metrics),
    ]


async def _run(checks: Mapping[str, Check]) -> dict[str, tuple[bool, str]]:
    outcomes = await asyncio.gather(*[_one(check) for check in checks.values()])
    return dict(zip(checks, outcomes, strict=True))


async def _one(check: Check) -> tuple[bool, str]:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            return True, await check()
    except FediflowError as error:
        return False, error.message
    except TimeoutError:
        return False, f"no answer within {CHECK_SECONDS:.0f} s"
    except OSError as error:
        return False, type(error).__name__


def _report(found: Mapping[str, tuple[bool, str]], ignored: tuple[str, ...] = ()) -> Response:
    well = all(ok for name, (ok, _) in found.items() if name not in ignored)
    body = {
        "status": "ok" if well else "unavailable",
        "checks": {name: {"ok": ok, "detail": detail} for name, (ok, detail) in found.items()},
    }
    return _json(body, 200 if well else 503)


def _json(body: object, status: int = 200) -> Response:
    return Response(orjson.dumps(body), status, media_type="application/json")
