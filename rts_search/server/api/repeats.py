"""The header Idempotency-Key: a request that is sent again with its key is answered, and not done again."""

import hashlib
from typing import Annotated

from fastapi import Depends, Header, Request
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from rts_search.server.access import Runner, State
from rts_search.server.api.own_sweep import summary
from rts_search.server.database.request_keys import Asked, RepeatedError, repeated_job
from rts_search.server.problems import Problem
from rts_search.server.responses import job_view
from rts_search.server.state import state_of


async def asked_with_key(
    request: Request,
    who: Runner,
    state: State,
    idempotency_key: Annotated[
        str | None,
        Header(
            pattern=r"^[!-~]{1,64}$",
            description="A random text. A request that is sent again with it, for example since its answer was lost, "
            "is not done again; the answer says how things are now. Keys are remembered for 7 days.",
        ),
    ] = None,
) -> Asked | None:
    """The key of a request, None without one.

    Raises:
        KeyUsedError: the key was used for another request.
        RepeatedError: the request was done before; `repeated` answers it.
    """
    if idempotency_key is None:
        return None
    told = hashlib.sha256(f"{request.method} {request.url.path}?{request.url.query}\n".encode())
    told.update(await request.body())
    asked = Asked(who.name, idempotency_key, told.hexdigest())
    await run_in_threadpool(repeated_job, state.database, asked)
    return asked


Key = Annotated[Asked | None, Depends(asked_with_key)]


def repeated(request: Request, done: RepeatedError) -> BaseModel:
    """The answer to a request that was done before: as the first time, but with the state of now. Raises: Problem."""
    from rts_search.server.api.planning import plan_view

    state, route = state_of(request), request.scope["route"].path
    if done.job is None:
        return summary(state, request.path_params["name"])
    job = state.jobs.get(done.job)
    if job is None:
        raise Problem(409, "Idempotency-Key: the request was done before, and its sweep was deleted since")
    if job.kind == "plan":
        return plan_view(state, job.id)
    return job_view(job) if route.endswith("/confirm") else summary(state, job.sweep)
