"""The list of all parts, the most important first: when time runs out, the last ones are left out."""

from dataclasses import dataclass, field

MINUTES = 8
"""The seconds of the parts below are for a run of this many minutes. For other times they are scaled."""
SAME_SUMS = {"CUBLAS_WORKSPACE_CONFIG": ":4096:8"}
"""cuBLAS reads this variable when it starts; matrix products are then deterministic."""


@dataclass(frozen=True)
class Part:
    """One part of the measurement."""

    name: str
    what: str
    """What it measures, in a few words."""
    seconds: float
    """Its time limit in a run of MINUTES."""
    environment: dict[str, str] = field(default_factory=dict)
    """Environment variables of its process."""
    package: str = "benchmarks.gpu"

    @property
    def module(self) -> str:
        """Name of the module with its `run(task)`."""
        return f"{self.package}.{self.name}"


PARTS = (
    Part("tests", "the tests marked gpu", 80),
    Part("equality", "recorded steps against plain ones, bit by bit", 45, SAME_SUMS),
    Part("memory", "allocated and reserved memory over 40 short epochs", 45),
    Part("times", "a plain step, its recording and its replay", 30),
    Part("breaking", "steps that cannot be recorded", 20, SAME_SUMS),
    Part("waiting", "whether a step makes the host wait", 25),
    Part("resuming", "a resumed training against an uninterrupted one", 30, SAME_SUMS),
    Part("throughput", "epochs against the plain script; PUGD against SGD", 120),
    Part("updates", "the optimizer's update against the limit of the memory's bandwidth", 12),
    Part("sharing", "several trials on one card, with and without CUDA MPS", 65),
    Part("curve", "upanet16 for as many epochs as time allows, against a recorded curve", 90),
)
