"""Run the command line by `python -m rts_search.cli`, which is the same as `rts-search`."""

from rts_search.cli import main

if __name__ == "__main__":
    main()
