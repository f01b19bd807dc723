"""`python -m benchmarks NAME [FOLDER]` runs one measurement, on the photographs of a folder where it takes one."""

import importlib
import sys

ON_IMAGES = ("epoch", "loader", "sweep", "learning")
MEASUREMENTS = ("step", *ON_IMAGES, "turnover", "study", "resumes", "load", "verdict")


def main() -> None:
    """Run the measurement that was named; one alone is loaded, since a GPU machine may have no Ray."""
    name, *rest = sys.argv[1:] or [""]
    if name not in MEASUREMENTS or len(rest) > (name in ON_IMAGES):
        others = " | ".join(name for name in MEASUREMENTS if name not in ON_IMAGES)
        sys.exit(f"usage: python -m benchmarks {others} or {' | '.join(ON_IMAGES)} [FOLDER of train and test]")
    measurement = importlib.import_module(f"benchmarks.{name}")
    measurement.main(*((rest or [None]) if name in ON_IMAGES else ()))


if __name__ == "__main__":
    main()
