"""Directions are Gaussian, scaled filter by filter, and the same in every precision."""

import torch

from trainables.core.landscape.directions import filter_normalised, gaussian, random_signs
from trainables.core.seeding import generator


def some_weights(dtype: torch.dtype = torch.float64) -> list[torch.Tensor]:
    source = torch.Generator().manual_seed(1)
    return [torch.randn(shape, generator=source).to(dtype) for shape in ((5, 3, 3, 3), (4, 5), (5,), (2, 3))]


def test_each_filter_of_a_direction_has_the_norm_of_its_weights() -> None:
    weights = some_weights()
    found = filter_normalised(weights, generator(0, "x"))
    for weight, own in zip(weights[:2], found[:2], strict=True):
        torch.testing.assert_close(own.flatten(1).norm(dim=1), weight.flatten(1).norm(dim=1), rtol=1e-13, atol=0.0)


def test_a_direction_is_a_gaussian_one_but_for_the_scaling() -> None:
    own = filter_normalised([torch.ones(2, 50_000).double()], generator(3, "x"))[0][0]
    drawn = own * (torch.randn(2, 50_000, generator=generator(3, "x"), dtype=torch.float64)[0].norm() / own.norm())
    torch.testing.assert_close(drawn, torch.randn(2, 50_000, generator=generator(3, "x"), dtype=torch.float64)[0])


def test_biases_and_weights_of_normalisation_do_not_move() -> None:
    found = filter_normalised(some_weights(), generator(0, "x"), still={3})
    assert [bool(one.any()) for one in found] == [True, True, False, False]


def test_a_filter_of_zeros_does_not_move() -> None:
    weight = torch.cat([torch.zeros(1, 4), torch.ones(1, 4)])
    found = filter_normalised([weight], generator(0, "x"))[0]
    assert not found[0].any()
    torch.testing.assert_close(found[1].norm(), torch.tensor(2.0))


def test_directions_are_the_same_in_both_precisions_and_differ_between_seeds() -> None:
    wide, narrow = some_weights(), some_weights(torch.float32)
    for make in (filter_normalised, gaussian, random_signs):
        one, other = make(wide, generator(7, "x")), make(narrow, generator(7, "x"))
        assert all(b.dtype == torch.float32 for b in other)
        assert all(torch.allclose(a.float(), b, rtol=1e-6) for a, b in zip(one, other, strict=True))
        assert not torch.equal(one[0], make(wide, generator(8, "x"))[0])


def test_random_signs_are_ones_of_both_signs() -> None:
    signs = random_signs([torch.zeros(1000)], generator(0, "x"))[0]
    assert set(signs.tolist()) == {1.0, -1.0}
    assert abs(float(signs.mean())) < 0.1
