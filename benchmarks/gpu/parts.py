"""The parts in the order of their worth: when time runs out, it runs out for the last ones."""

from dataclasses import dataclass, field

MINUTES = 8
"""For so many the parts' seconds are meant; for others they grow or shrink alike."""
SAME_SUMS = {"CUBLAS_WORKSPACE_CONFIG": ":4096:8"}
"""cuBLAS reads this when it starts: matrix products that add in the same order every time."""


@dataclass(frozen=True)
class Part:
    """One part of the measurement."""

    name: str
    what: str
    seconds: float
    """Most that it may take of MINUTES."""
    environment: dict[str, str] = field(default_factory=dict)
    package: str = "benchmarks.gpu"

    @property
    def module(self) -> str:
        """Where its `run(task)` stands."""
        return f"{self.package}.{self.name}"


PARTS = (
    Part("tests", "the tests marked gpu", 80),
    Part("equality", "recorded steps against plain ones, bit by bit", 45, SAME_SUMS),
    Part("memory", "40 short epochs: allocated and reserved memory", 45),
    Part("times", "a step done as it stands, its recording, its replay", 30),
    Part("breaking", "exceptions while a step is recorded", 20, SAME_SUMS),
    Part("waiting", "no step makes the host wait", 25),
    Part("resuming", "4 epochs against 2, a dump and 2 more", 30, SAME_SUMS),
    Part("throughput", "epochs against the plain script; PUGD against SGD", 120),
    Part("updates", "the optimizer's update against the least that memory allows", 12),
    Part("sharing", "several trials on one card, with and without CUDA MPS", 65),
    Part("curve", "upanet16 for as many epochs as fit, beside a recorded curve", 90),
)
