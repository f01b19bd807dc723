import pytest
import torch

from trainables.core.models.upanet import Dense, SpatialPixelAttention, Transition, UPANet


def test_a_transition_changes_the_width_and_halves_the_size_where_asked() -> None:
    images = torch.rand(2, 3, 8, 8)
    assert Transition(3, 16, halve=False)(images).shape == (2, 16, 8, 8)
    assert Transition(3, 16, halve=True)(images).shape == (2, 16, 4, 4)


def test_a_dense_block_keeps_its_input_and_adds_channels_normalised_per_image() -> None:
    images = torch.rand(2, 6, 8, 8)
    output = Dense(6, 4)(images)
    assert torch.equal(output[:, :6], images)
    assert output.shape == (2, 10, 8, 8)
    added = output[:, 6:].flatten(1)
    torch.testing.assert_close(added.mean(1), torch.zeros(2), atol=1e-5, rtol=0.0)
    torch.testing.assert_close(added.std(1, correction=0), torch.ones(2), atol=1e-3, rtol=0.0)


def test_spatial_attention_is_the_mean_plus_a_learnt_weighting_of_the_pixels() -> None:
    attention, images = SpatialPixelAttention(4), torch.rand(2, 5, 4, 4)
    weight, bias = attention.weigh.weight.view(4, 4), attention.weigh.bias
    pooled = (images * (weight + 1 / 16)).sum((2, 3)) + bias
    expected = (pooled - pooled.mean(1, keepdim=True)) / (pooled.var(1, correction=0, keepdim=True) + 1e-5).sqrt()
    torch.testing.assert_close(attention(images), expected)


@pytest.mark.parametrize("size", [8, 32, 64])
def test_the_classifier_sees_every_layer_module(size: int) -> None:
    model = UPANet(num_classes=10, in_channels=3, image_size=size, width=16)
    outputs: list[tuple[int, ...]] = []
    for layer in model.layers:
        layer.register_forward_hook(lambda _module, _inputs, output: outputs.append(tuple(output.shape[1:])))
    assert model(torch.rand(2, 3, size, size)).shape == (2, 10)
    channels_and_halvings = ((16, 1), (32, 1), (64, 2), (128, 4), (256, 8))
    assert outputs == [(channels, size // by, size // by) for channels, by in channels_and_halvings]
    assert model.classify[1].in_features == 16 + 32 + 64 + 128 + 256
