"""Types of arguments on the command lines of the measurements."""

import argparse
from pathlib import Path


def existing(path: str) -> str:
    """A path of a file or folder that is there. Raises: ArgumentTypeError, which argparse tells."""
    if not Path(path).exists():
        raise argparse.ArgumentTypeError(f"must be a file or folder that exists, but got {path!r}")
    return path


def photographs(folder: str) -> str:
    """A folder of photographs, train/CLASS/* and test/CLASS/*. Raises: ArgumentTypeError, which argparse tells."""
    if not Path(folder, "train").is_dir():
        raise argparse.ArgumentTypeError(f"must be a folder with train/CLASS/* and test/CLASS/*, but got {folder!r}")
    return folder
