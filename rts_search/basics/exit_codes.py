"""Exit codes of the command line."""

USER_ERROR = 2
"""A mistake of the user; one line says what to change."""
INTERRUPTED = 130
"""Stopped by SIGINT, SIGTERM or SIGHUP; 130 is the code that shells give to SIGINT. The work can be resumed."""
DIVERGED = 1
"""A training diverged."""
DAMAGED = 1
"""The store holds damaged files, or lacks records."""
