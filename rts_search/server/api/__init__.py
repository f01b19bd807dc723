"""The HTTP interface for scripts."""
