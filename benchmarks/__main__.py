"""`python -m benchmarks NAME [FOLDER]` runs one measurement, on the photographs of a folder where it takes one.

`python -m benchmarks gpu --help` says what the one for a GPU takes.
"""

import importlib
import sys

ON_IMAGES = ("epoch", "loader", "sweep", "learning")
MEASUREMENTS = ("step", *ON_IMAGES, "turnover", "study", "resumes", "load", "verdict")
WITH_OPTIONS = "gpu"


def main() -> None:
    """Run the measurement that was named; one alone is loaded, since a GPU machine may have no Ray."""
    name, *rest = sys.argv[1:] or [""]
    if name == WITH_OPTIONS:
        importlib.import_module(f"benchmarks.{name}").main(*rest)
        return
    if name not in MEASUREMENTS or len(rest) > (name in ON_IMAGES):
        others = " | ".join(name for name in (*MEASUREMENTS, WITH_OPTIONS) if name not in ON_IMAGES)
        sys.exit(f"usage: python -m benchmarks {others} or {' | '.join(ON_IMAGES)} [FOLDER of train and test]")
    measurement = importlib.import_module(f"benchmarks.{name}")
    measurement.main(*((rest or [None]) if name in ON_IMAGES else ()))


if __name__ == "__main__":
    main()
