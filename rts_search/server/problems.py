"""The error of a request that is refused: an HTTP status and one line."""

from collections.abc import Mapping

from pydantic import BaseModel

REFUSALS: Mapping[int, str] = {
    400: "The request cannot be read.",
    401: "There is no valid token or session.",
    403: "The user may not do this.",
    404: "There is no such sweep, trial or plan.",
    408: "The request did not come in time.",
    409: "The state of the sweep does not allow this.",
    413: "The body is too large.",
    415: "The content type is not supported.",
    422: "The request is not valid, or its Idempotency-Key was used for another request.",
    429: "Too many requests.",
    503: "Too many listeners, or the database does not answer.",
}
"""The statuses of refusals, as the OpenAPI document describes them."""


class Problem(Exception):
    """A refused request. The application turns it into a response."""

    def __init__(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status, self.message, self.headers = status, message, dict(headers or {})


class ProblemBody(BaseModel):
    """The body of a refusal."""

    error: str
    """One line: place, rule, value, and what to do."""
