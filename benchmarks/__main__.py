"""`python -m benchmarks NAME` runs one measurement."""

import sys

from benchmarks import step, turnover

MEASUREMENTS = {"step": step.main, "turnover": turnover.main}


def main() -> None:
    """Run the measurement that was named."""
    name = sys.argv[1] if len(sys.argv) == 2 else ""
    if name not in MEASUREMENTS:
        sys.exit(f"usage: python -m benchmarks {' | '.join(MEASUREMENTS)}")
    MEASUREMENTS[name]()


if __name__ == "__main__":
    main()
