"""Every method's step on an emulated GPU: all tensors are on it, no step waits, and the numbers are the CPU's."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from tests.trainables.core.conftest import small_config
from tests.trainables.core.emulated_gpu import EmulatedGpu, WaitedError, on_gpu
from tests.trainables.core.tape import Tape
from trainables.core.data import Dataset
from trainables.core.history.lineage import EpochSettings
from trainables.core.optimizer.capture import Recorder
from trainables.core.settings.config import PerturbationConfig
from trainables.core.training import engine as engine_module
from trainables.core.training.engine import Engine

METHODS = {
    "sgd": EpochSettings("sgd", 0.05),
    "ngd": EpochSettings("ngd", 0.05, 0.0),
    "pugd": EpochSettings("pugd", 0.05, 1.0, 1.0),
    "rts": EpochSettings("pugd", 0.05, 0.5, 2.0, "first", reset_momentum=True),
    "sam": EpochSettings("sam", 0.05, 0.05, None, perturbation=PerturbationConfig("sam")),
    "asam": EpochSettings("asam", 0.05, 0.5, None, perturbation=PerturbationConfig("asam", eta=0.01)),
    "amp": EpochSettings("amp", 0.05, 0.5, None, perturbation=PerturbationConfig("amp", inner_lr=1.0, inner_steps=2)),
}
AUGMENTED = {"crop_padding": 1, "horizontal_flip": True, "rotation": 10.0, "cutout": 2}
MORE_AUGMENTED = {
    **AUGMENTED,
    "random_resized_crop": {},
    "rand_augment": {},
    "color_jitter": {"brightness": 0.4, "contrast": 0.4},
    "gamma": {},
    "random_erasing": {},
    "mixup": 0.2,
    "cutmix": 1.0,
}
VIT = {"patch_size": 4, "embed_dim": 32, "depth": 2, "num_heads": 2}
DROPS = {"proj_drop_rate": 0.1, "drop_path_rate": 0.2, "attn_drop_rate": 0.1}
MODELS: dict[str, dict[str, Any]] = {
    "small": {"name": "small"},
    "plain": {"name": "small", "options": {"norm": False}},
    "dropout": {"name": f"{__name__}:with_dropout"},
    "vit": {"name": "timm/vit_tiny_patch16_224", "options": {**VIT, **DROPS}},
    "resnet18": {"name": "resnet18"},
    "upanet16": {"name": "upanet16"},
}
CASES = [
    *(("small", method, "fp32") for method in METHODS),
    ("small", "rts", "bf16"),
    ("dropout", "rts", "fp32"),
    ("dropout", "amp", "bf16"),
    ("vit", "asam", "bf16"),
]
MORE_CASES = [
    *(("small", method, "bf16") for method in METHODS if method != "rts"),
    *(("dropout", *case) for case in (("sgd", "fp32"), ("sgd", "bf16"), ("rts", "bf16"), ("amp", "fp32"))),
    *(("vit", *case) for case in (("pugd", "fp32"), ("pugd", "bf16"), ("asam", "fp32"))),
    ("resnet18", "rts", "fp32"),
    ("upanet16", "rts", "bf16"),
]


def with_dropout(num_classes: int, in_channels: int, **_: Any) -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(in_channels, 8, 3),
        nn.BatchNorm2d(8),
        nn.ReLU(),
        nn.Dropout2d(0.2),
        nn.Flatten(),
        nn.Dropout(0.5),
        nn.Linear(8 * 36, num_classes),
    )


def engine_of(
    data: Dataset, model: str, device: str, step: str = "fused", recorder: Recorder | None = None, **training: Any
) -> Engine:
    """An engine with mini-batches so small that large models are fast; the last of an epoch is smaller for `small`."""
    size = {"small": 40, "resnet18": 2, "upanet16": 2}.get(model, 4)
    settings = {"augmentation": AUGMENTED, "batch_size": size, "step": step, **training}
    config = small_config(training=settings, model=MODELS[model])
    return Engine(config, data, torch.device(device), recorder=recorder)


def without_waiting(engine: Engine, card: EmulatedGpu, monkeypatch: pytest.MonkeyPatch) -> None:
    step = engine._step

    def guarded(*batch: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        with card.no_waiting():
            return step(*batch)

    monkeypatch.setattr(engine, "_step", guarded)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("model", "method", "precision"),
    [*CASES, *(pytest.param(*case, marks=pytest.mark.campaign) for case in MORE_CASES)],
)
def test_recorded_steps_on_an_emulated_gpu_are_those_of_the_cpu_bit_for_bit(
    digits: Dataset, card: EmulatedGpu, monkeypatch: pytest.MonkeyPatch, model: str, method: str, precision: str
) -> None:
    epochs, steps = (2, None) if model == "small" else (1, 3)
    tape = Tape()
    plain = engine_of(digits, model, "cpu", "reference", precision=precision)
    recorded = engine_of(digits, model, "cuda", recorder=tape, precision=precision)
    without_waiting(recorded, card, monkeypatch)
    for epoch in range(epochs):
        figures = plain.train_epoch(epoch, METHODS[method], most_steps=steps)
        assert recorded.train_epoch(epoch, METHODS[method], most_steps=steps) == figures
    assert (tape.made, tape.replays) == (epochs, 2 * epochs)
    for name, tensor in recorded.parameters().items():
        assert on_gpu(tensor), name
        assert tensor.dtype in (torch.float32, torch.int64), name
    assert tape.left_behind() == 0, "no tensor of the step holds the memory of a recording"
    assert recorded.dump() == plain.dump()
    if model == "small":
        assert recorded.evaluate(digits.val) == plain.evaluate(digits.val)


def test_unit_gradients_and_the_sgd_steps_between_them_have_recordings_of_their_own(
    digits: Dataset, card: EmulatedGpu, monkeypatch: pytest.MonkeyPatch
) -> None:
    tape, settings = Tape(), EpochSettings("ngd", 0.05, 0.0, every=2)
    plain = engine_of(digits, "small", "cpu", "reference", batch_size=16)
    recorded = engine_of(digits, "small", "cuda", recorder=tape, batch_size=16)
    without_waiting(recorded, card, monkeypatch)
    assert recorded.train_epoch(0, settings) == plain.train_epoch(0, settings)
    assert (tape.made, tape.replays) == (2, 6)
    assert recorded.dump() == plain.dump()


def test_recorded_steps_on_mixed_images_are_those_of_the_cpu_bit_for_bit(
    digits: Dataset, card: EmulatedGpu, monkeypatch: pytest.MonkeyPatch
) -> None:
    tape = Tape()
    plain = engine_of(digits, "small", "cpu", "reference", augmentation=MORE_AUGMENTED)
    recorded = engine_of(digits, "small", "cuda", recorder=tape, augmentation=MORE_AUGMENTED)
    without_waiting(recorded, card, monkeypatch)
    assert recorded.train_epoch(0, METHODS["rts"]) == plain.train_epoch(0, METHODS["rts"])
    assert (tape.made, tape.replays) == (1, 2)
    assert recorded.dump() == plain.dump()


@pytest.mark.parametrize("free", [2**40, 0], ids=["images on the GPU", "images sent batch by batch"])
@pytest.mark.parametrize("augmentation", [AUGMENTED, MORE_AUGMENTED], ids=["some", "all"])
def test_the_host_waits_no_oftener_in_a_longer_epoch(
    digits: Dataset, card: EmulatedGpu, monkeypatch: pytest.MonkeyPatch, augmentation: dict[str, Any], free: int
) -> None:
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda _: (free, 2**40))
    engine = engine_of(digits, "small", "cuda", "reference", batch_size=16, augmentation=augmentation)
    counts = []
    for steps in (2, 7):
        before = len(card.waits)
        engine.train_epoch(0, METHODS["rts"], most_steps=steps)
        counts.append(len(card.waits) - before)
    assert counts[0] == counts[1] > 0, "draws go to the device, and figures to the host, once an epoch"


def test_an_evaluation_waits_at_its_end_alone(
    digits: Dataset, card: EmulatedGpu, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_module, "EVALUATION_BATCH", 50)
    engine, before = engine_of(digits, "small", "cuda", "reference"), len(card.waits)
    engine.evaluate(digits.val)
    assert card.waits[before:] == ["tolist"]


def test_a_state_goes_to_the_host_tensor_by_tensor_and_back(digits: Dataset, card: EmulatedGpu) -> None:
    one, two = (engine_of(digits, "small", "cuda", recorder=Tape()) for _ in range(2))
    one.train_epoch(0, METHODS["pugd"])
    before = len(card.waits)
    state = one.dump()
    assert len(card.waits) - before == len(one.parameters()) + len(list(one._model.parameters()))
    two.load(state)
    assert all(on_gpu(tensor) for tensor in two.parameters().values())
    assert two.train_epoch(1, METHODS["pugd"]) == one.train_epoch(1, METHODS["pugd"])


def test_the_emulated_gpu_has_the_rules_of_a_real_one(card: EmulatedGpu) -> None:
    there, here = torch.ones(3, device="cuda"), torch.ones(3)
    assert (there.device, here.device, (2 * there)[1:].device) == (
        torch.device("cuda", 0),
        torch.device("cpu"),
        there.device,
    )
    with pytest.raises(RuntimeError, match="expected all tensors on one device"):
        there + here
    with pytest.raises(TypeError, match="can't convert cuda:0"):
        there.numpy()
    assert there.sum().item() == 3.0
    with card.no_waiting():
        there.add_(there)
        for waits in (lambda: there.sum().item(), lambda: there[there > 1], there.cpu, lambda: here.to("cuda")):
            with pytest.raises(WaitedError):
                waits()
        assert here.pin_memory().to("cuda", non_blocking=True).device.type == "cuda"
    assert not on_gpu(there.cpu())
    assert on_gpu(there)


def test_a_tape_computes_nothing_before_it_is_replayed_and_leaves_nothing_behind() -> None:
    tape, numbers = Tape(), torch.arange(4.0)
    drawn = torch.get_rng_state()
    replay, (total,) = tape.record(lambda: (numbers.mul_(2).sum() + torch.rand(()),))
    assert numbers.tolist() == [0.0, 1.0, 2.0, 3.0]
    assert total.isnan()
    assert torch.equal(drawn, torch.get_rng_state())
    replay()
    assert 12.0 <= float(total) < 13.0
    numbers.fill_(1.0)
    replay()
    assert 8.0 <= float(total) < 9.0
    tape.release()
    assert total.isnan()
    assert numbers.tolist() == [2.0] * 4
