"""BatchNorm's statistics are those of the images, and back again afterwards."""

import torch
from torch import nn

from trainables.core.landscape.running_statistics import recompute, recomputed, tracking


def net() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Dropout(0.5), nn.LayerNorm(4)).double().eval()


def batches() -> list[torch.Tensor]:
    torch.manual_seed(1)
    return list(torch.randn(60, 3).double().tensor_split(3))


def test_the_statistics_are_the_means_over_the_batches() -> None:
    model = net()
    recompute(model, batches())
    made = [model[0](batch).detach() for batch in batches()]
    torch.testing.assert_close(model[1].running_mean, torch.stack([one.mean(0) for one in made]).mean(0))
    torch.testing.assert_close(model[1].running_var, torch.stack([one.var(0) for one in made]).mean(0))
    assert not any(module.training for module in model.modules())
    assert model[1].momentum == 0.1


def test_at_the_end_of_the_context_everything_is_as_before() -> None:
    model = net()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    with recomputed(model, batches()):
        assert not torch.equal(model[1].running_mean, before["1.running_mean"])
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


def test_only_layers_with_running_statistics_are_found() -> None:
    assert [type(one) for one in tracking(net())] == [nn.BatchNorm1d]
    assert tracking(nn.BatchNorm2d(3, track_running_stats=False)) == []
