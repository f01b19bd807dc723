"""Optimizer, schedules and timing, driven as a user would, against what the published implementations compute."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from trainables.core.optimizer.pugd import PUGD
from trainables.core.settings.config import ScheduleConfig, TimingConfig
from trainables.core.settings.learning_rates import learning_rate
from trainables.core.settings.lr_schedule_config import LrScheduleConfig
from trainables.core.settings.schedules import Schedule
from trainables.core.settings.timing import make_rule

pytestmark = pytest.mark.shared

SHAPES = {"cos": "cosine", "sin": "sine", "icos": "inverse_cosine", "isin": "inverse_sine"}
CASES = (
    "sgd",
    "ngd",
    "pugd",
    "radius_cos",
    "radius_sin",
    "radius_icos",
    "radius_isin",
    "scale_cos",
    "scale_sin",
    "scale_icos",
    "scale_isin",
    "radius_isin_scale_cos",
    "radius_icos_scale_sin",
    "timing_switch_2",
    "timing_switch_4",
    "sam_0.05",
    "sam_0.5",
    "asam_0.5_0.01",
    "asam_1.0_0.0",
)
RELATIVE = 1e-9


@pytest.fixture
def problem(shared: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((shared / "conformance" / "optimizer_traces.json").read_text())
    return loaded


def network(problem: dict[str, Any]) -> nn.Sequential:
    fc1_weight, fc1_bias, fc2_weight, fc2_bias = (torch.tensor(v, dtype=torch.float64) for v in problem["init"])
    net = nn.Sequential(nn.Linear(*fc1_weight.T.shape), nn.Tanh(), nn.Linear(*fc2_weight.T.shape)).double()
    names = ("0.weight", "0.bias", "2.weight", "2.bias")
    net.load_state_dict(dict(zip(names, (fc1_weight, fc1_bias, fc2_weight, fc2_bias), strict=True)))
    return net


def schedule_of(setting: float | dict[str, Any], epochs: int) -> Schedule:
    if not isinstance(setting, dict):
        return Schedule(ScheduleConfig(value=setting), epochs)
    assert setting["T"] == epochs
    shape = SHAPES[setting["kind"]]
    return Schedule(ScheduleConfig(shape, beta_min=setting["beta_min"], beta_max=setting["beta_max"]), epochs)


def as_point(case: dict[str, Any], epochs: int) -> tuple[Schedule, Schedule, TimingConfig]:
    """Radius, scale and timing of a case: sgd never switches, ngd is radius 0."""
    switch_epoch = epochs if case["method"] == "sgd" else case.get("switch_epoch", 0)
    radius = 0.0 if case["method"] == "ngd" else case.get("radius", case.get("rho", 1.0))
    timing = TimingConfig(switch_epoch=switch_epoch)
    return schedule_of(radius, epochs), schedule_of(case.get("scale", 1.0), epochs), timing


def train(problem: dict[str, Any], case: dict[str, Any]) -> tuple[list[float], list[Tensor], list[int]]:
    """The loss of every batch, the parameters after every epoch, the gradients per step in every epoch."""
    x, y = torch.tensor(problem["X"], dtype=torch.float64), torch.tensor(problem["y"])
    epochs, size = problem["epochs"], problem["batch_size"]
    net = network(problem)
    radius, scale, timing = as_point(case, epochs)
    rule = make_rule(timing)
    phase, eta = (case["method"], case.get("eta", 0.0)) if case["method"] in ("sam", "asam") else ("pugd", 0.0)
    optimizer = PUGD(net.named_parameters(), problem["lr"], problem["momentum"], problem["weight_decay"], eta=eta)
    losses: list[float] = []
    parameters, gradients = [], []
    for epoch in range(epochs):
        switch_epoch = rule.switch_epoch
        assert switch_epoch is not None
        for group in optimizer.param_groups:
            group["phase"] = "sgd" if epoch < switch_epoch else phase
            group["lr"] = learning_rate(problem["lr"], LrScheduleConfig("cosine"), epoch, epochs)
            group["radius"], group["scale"] = (s.value(epoch, switch_epoch) for s in (radius, scale))
        gradients.append(optimizer.gradients_per_step)
        losses += [update(net, optimizer, x[i : i + size], y[i : i + size]) for i in range(0, len(x), size)]
        parameters.append(torch.cat([p.detach().flatten() for p in net.parameters()]))
        rule.observe([1.0], losses[-1], losses[-1])
    return losses, parameters, gradients


def update(net: nn.Module, optimizer: PUGD, x: Tensor, y: Tensor) -> float:
    def closure() -> Tensor:
        optimizer.zero_grad()
        loss = functional.cross_entropy(net(x), y)
        loss.backward()
        return loss

    loss = optimizer.step(closure)
    assert loss is not None
    return loss.item()


def test_every_case_is_covered(problem: dict[str, Any]) -> None:
    assert sorted(CASES) == sorted(problem["cases"])


@pytest.mark.parametrize("name", CASES)
def test_the_trace_of_the_published_implementation_is_met(problem: dict[str, Any], name: str) -> None:
    case = problem["cases"][name]
    losses, parameters, _ = train(problem, case)
    assert losses == pytest.approx(case["trace"]["batch_losses"], rel=RELATIVE, abs=0.0)
    wanted = torch.tensor(case["trace"]["params_after_epoch"], dtype=torch.float64)
    torch.testing.assert_close(torch.stack(parameters), wanted, rtol=RELATIVE, atol=0.0)


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("sgd", [1, 1, 1, 1, 1, 1]),
        ("ngd", [1, 1, 1, 1, 1, 1]),
        ("pugd", [2, 2, 2, 2, 2, 2]),
        ("radius_sin", [1, 2, 2, 2, 2, 2]),
        ("timing_switch_2", [1, 1, 2, 2, 2, 2]),
    ],
)
def test_a_trace_is_met_with_no_more_gradients_than_it_needs(
    problem: dict[str, Any], name: str, wanted: list[int]
) -> None:
    assert train(problem, problem["cases"][name])[2] == wanted
