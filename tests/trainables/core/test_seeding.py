import random
import subprocess
import sys

import numpy as np
import pytest
import torch

from trainables.core.seeding import derive_seed, generator, seed_everything


def test_a_seed_is_the_same_on_every_machine_and_in_every_release() -> None:
    assert derive_seed("weights", 0) == 2545154282492514957


@pytest.mark.parametrize("other", [("1", "a"), ("a", 1), (1, "a", 0), (1,), (1, "b"), ("1a",), ()])
def test_a_seed_changes_with_value_type_order_and_number_of_parts(other: tuple[int | str, ...]) -> None:
    assert derive_seed(*other) != derive_seed(1, "a")


def test_seeds_lie_in_63_bits_and_use_them() -> None:
    seeds = [derive_seed(number) for number in range(200)]
    assert len(set(seeds)) == 200
    assert min(seeds) >= 0
    assert 2**62 < max(seeds) < 2**63


def test_equal_parts_give_equal_generators_on_the_cpu() -> None:
    first, second = generator("order", 3), generator("order", 3)
    assert first.device.type == "cpu"
    assert torch.equal(torch.randperm(50, generator=first), torch.randperm(50, generator=second))
    assert not torch.equal(torch.randperm(50, generator=generator("order", 4)), torch.randperm(50, generator=second))


def draws() -> tuple[float, float, float]:
    return torch.rand(()).item(), float(np.random.random()), random.random()


def test_seed_everything_seeds_torch_numpy_and_random() -> None:
    seed_everything("weights", 1)
    first = draws()
    between = draws()
    seed_everything("weights", 1)
    assert draws() == first
    assert all(one != other for one, other in zip(first, between, strict=True))


def test_deriving_a_seed_loads_no_torch() -> None:
    code = (
        "import sys; from trainables.core.seeding import derive_seed; derive_seed(1); assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
