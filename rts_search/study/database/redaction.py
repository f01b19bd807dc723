"""Removes the password of a database from URLs and messages."""

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

SECRETS = ("password", "sslpassword")
"""Names of a URL's query whose values are secret."""


def hidden(url: URL) -> str:
    """The URL with every password replaced by asterisks."""
    secret = {name: "***" for name in SECRETS if name in url.query}
    return url.update_query_dict(secret).render_as_string(hide_password=True)


def redacted(text: str, storage_url: str) -> str:
    """A message of a driver or server, with every password replaced by asterisks."""
    try:
        url = make_url(storage_url)
    except (ArgumentError, ValueError):
        return text
    for secret in (url.password, *(url.query.get(name) for name in SECRETS)):
        if isinstance(secret, str) and secret:
            text = text.replace(secret, "***")
    return text
