"""The error of a request that is refused: an HTTP status and one line."""

from collections.abc import Mapping

from pydantic import BaseModel


class Problem(Exception):
    """A refused request. The application turns it into a response."""

    def __init__(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status, self.message, self.headers = status, message, dict(headers or {})


class ProblemBody(BaseModel):
    """The body of a refusal."""

    error: str
    """One line: place, rule, value, and what to do."""
