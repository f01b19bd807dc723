"""The names in the database stay as they are, and each is written in one module."""

import ast
from collections.abc import Iterator
from pathlib import Path

import rts_search
from rts_search.study import attributes

PACKAGE = Path(rts_search.__file__).parent
ON_DISK = {
    "SWEEP": "sweep",
    "DATA": "data",
    "MODEL_SOURCE": "model_source",
    "MODEL_TOLD": "model_told",
    "MODULES": "modules",
    "MODEL_WEIGHTS": "model_weights",
    "LAUNCHED_BY": "launched_by",
    "EXECUTOR": "executor",
    "RESULTS": "results",
    "IDENTITY": "identity",
    "DRIVER": "driver",
    "STOP": "stop",
    "NAMED_RUNS": "named_runs",
    "FORMAT": "rts_search",
    "TIMES": "times",
    "BEGUN": "begun",
    "CHECKSUMS": "checksums",
    "TEST": "test:",
    "WARM_START": "warm_start:",
    "PART_OF_CONFIRMATION": ":confirm",
    "RUN": "run:",
    "LOOK": "look:",
    "SEEDS": "seeds",
    "PLANNED_ALPHA": "planned_alpha",
    "UNTESTED": "untested",
    "VERDICT": "verdict",
    "CONFIG": "config",
    "BASELINE": "baseline",
    "ARM": "arm",
    "PLACE_IN_ARM": "place_in_arm",
    "REPEATS": "repeats",
    "EPOCH": "epoch:",
    "TURNS": "turns",
    "HELD": "held",
    "PASSED": "passed",
    "REASON": "reason",
    "SHORT_OF_MEMORY": "short_of_memory",
    "CHECKSUM": "checksum",
    "IN_VAIN": "in_vain",
    "DRAWN": "rts_search:drawn",
    "CONSTRAINT": "constraints:diverged",
    "GENERATION": "NSGAIISampler:generation",
}
USED_NOWHERE_ELSE = {value for value in ON_DISK.values() if ":" in value} | {"rts_search", "planned_alpha", "in_vain"}
"""The other names are words that are also used in sweep files, JSON and tables."""
MAPPINGS = ("attrs", "user_attrs", "system_attrs")


def test_the_names_are_those_of_every_earlier_version() -> None:
    assert {name: value for name, value in vars(attributes).items() if name.isupper()} == ON_DISK


def test_numbered_names_are_those_of_every_earlier_version() -> None:
    assert attributes.test_name(7) == "test:7"
    assert attributes.warm_start_name(100) == "warm_start:000100"
    assert attributes.run_name(3) == "run:000003"
    assert attributes.look_name(0) == "look:000000"
    assert attributes.epoch_name(12) == "epoch:000012"
    assert [attributes.number_in(name) for name in ("test:7", "epoch:000012")] == [7, 12]


def test_no_other_module_writes_a_name_out() -> None:
    found = []
    for file in sorted(PACKAGE.rglob("*.py")):
        if file != Path(attributes.__file__):
            found += [f"{file.relative_to(PACKAGE)}:{line}: {text}" for line, text in _written_out(file.read_text())]
    assert found == []


def _written_out(source: str) -> Iterator[tuple[int, str]]:
    """Line and text of every literal that names an attribute."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and node.value in USED_NOWHERE_ELSE:
            yield node.lineno, str(node.value)
        for place in _places(node):
            if isinstance(place, ast.Constant | ast.JoinedStr):
                yield place.lineno, ast.unparse(place)


def _places(node: ast.AST) -> list[ast.expr]:
    """The expressions of a node that name an attribute of a study or a trial."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if node.func.attr in ("set_user_attr", "set_system_attr"):
            return node.args[:1]
        if node.func.attr.startswith("set_") and node.func.attr.endswith("_attr"):  # a storage's, behind an id
            return node.args[1:2]
        return node.args[:1] if node.func.attr == "get" and _is_mapping(node.func.value) else []
    if isinstance(node, ast.Subscript) and _is_mapping(node.value):
        return [node.slice]
    if isinstance(node, ast.Compare) and _is_mapping(node.comparators[0]):
        return [node.left]
    return []


def _is_mapping(node: ast.expr) -> bool:
    name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
    return name in MAPPINGS


def test_the_search_finds_a_name_that_is_written_out() -> None:
    sources = [
        'study.set_user_attr("sweep", {})',
        'storage.set_trial_user_attr(3, "turns", [])',
        'trial.user_attrs["config"]',
        'attrs.get("reason")',
        'name.startswith("epoch:")',
        'f"run:{number}"',
        '"held" in trial.user_attrs',
    ]
    assert [len(list(_written_out(source))) for source in sources] == [1] * len(sources)
