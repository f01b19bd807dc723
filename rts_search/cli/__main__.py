"""`python -m rts_search.cli` is `rts-search`."""

from rts_search.cli import main

if __name__ == "__main__":
    main()
