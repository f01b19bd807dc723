"""The HTTP API for scripts, which the pages use too."""
