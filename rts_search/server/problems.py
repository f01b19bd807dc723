"""What is refused, as a status and one line."""

from collections.abc import Mapping

from pydantic import BaseModel


class Problem(Exception):
    """A request that is refused."""

    def __init__(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status, self.message, self.headers = status, message, dict(headers or {})


class ProblemBody(BaseModel):
    """How a refusal is told."""

    error: str
    """One line: place, rule, value and way out."""
