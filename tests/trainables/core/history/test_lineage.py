"""Addresses of epochs: equal work has an equal address, other work another."""

from pathlib import Path
from typing import Any

import pytest

from tests.trainables.core.conftest import small_config
from trainables.core.history.lineage import ENGINES, EpochSettings, epoch_settings, full_cost, next_key, start_key
from trainables.core.models.weights import weights_identity
from trainables.core.settings.config import AUTO, STEPS, ModelConfig, TrainingConfig, TrialConfig

AUGMENTATIONS: list[dict[str, Any]] = [
    {"random_resized_crop": {}},
    {"random_resized_crop": {"scale_min": 0.5}},
    {"rand_augment": {}},
    {"rand_augment": {"num_ops": 1}},
    {"color_jitter": {"brightness": 0.4}},
    {"color_jitter": {"hue": 0.4}},
    {"gamma": {}},
    {"gamma": {"max": 2.0}},
    {"random_erasing": {}},
    {"random_erasing": {"probability": 0.25}},
    {"mixup": 0.2},
    {"cutmix": 0.2},
]


def addresses(config: TrialConfig, fingerprint: str = "data", private_to: str = "") -> list[str]:
    """Keys of the states after 0, 1, ... epochs for a fixed switch epoch."""
    keys = [start_key(config, fingerprint, private_to)]
    for epoch in range(config.training.epochs):
        keys.append(next_key(keys[-1], epoch_settings(config, epoch, config.timing.switch_epoch)))
    return keys


def test_addresses_are_those_of_the_first_release() -> None:
    pugd, sgd = (
        next_key("start", EpochSettings(*values)) for values in (("pugd", 0.1, 1.0, 1.0, "both"), ("sgd", 0.1))
    )
    assert (pugd[:12], sgd[:12]) == ("3f4985cf3fe5", "fb44b1a37e49"), "what is stored stays known"


def test_every_step_has_a_flavour_and_the_first_of_fused_is_not_taken_up_any_more() -> None:
    assert tuple(ENGINES) == STEPS
    as_before = ({"step": step, "memory_format": "contiguous"} for step in STEPS)
    reference, fused = (start_key(small_config(training=training), "data") for training in as_before)
    assert reference[:12] == "a71123c2ea7c", "the reference computes what it always did"
    assert fused[:12] != "d4794727c658", "the first fused step rounded otherwise"


def test_another_perturbation_is_another_lineage_and_its_scale_does_not_act() -> None:
    sam = {"perturbation": {"kind": "sam"}}
    two = {"scale": {"shape": "constant", "value": 2.0}}
    assert addresses(small_config(**sam))[-1] != addresses(small_config())[-1]
    assert addresses(small_config(**sam, **two)) == addresses(small_config(**sam))
    asam = [addresses(small_config(perturbation={"kind": "asam", "eta": eta}))[-1] for eta in (0.01, 0.1)]
    assert asam[0] != asam[1]


def test_configs_that_differ_in_switch_epoch_share_the_addresses_before_it() -> None:
    early, late = addresses(small_config(switch_epoch=2)), addresses(small_config(switch_epoch=3))
    assert early[:3] == late[:3]
    assert early[3] != late[3]
    assert early[4] != late[4], "what differs once has another past for ever"


def test_the_radius_does_not_matter_before_the_switch() -> None:
    one = addresses(small_config(radius={"shape": "constant", "value": 0.5}))
    two = addresses(small_config(radius={"shape": "cosine", "beta_min": 0.1, "beta_max": 2.0}))
    assert one[:3] == two[:3]
    assert one[3] != two[3]


def test_pure_sgd_by_any_radius_is_one_lineage() -> None:
    one = addresses(small_config(switch_epoch=4, radius={"shape": "constant", "value": 0.5}))
    assert one == addresses(small_config(switch_epoch=4))


def test_a_schedule_that_happens_to_be_equal_shares() -> None:
    constant = small_config(radius={"shape": "constant", "value": 2.0})
    step = small_config(radius={"shape": "step", "beta_max": 2.0, "step_size": 99, "gamma": 0.5})
    assert addresses(constant) == addresses(step)


def test_a_trial_says_what_auto_is_and_has_its_address() -> None:
    auto, fused = (small_config(training={"step": step}) for step in (AUTO, "fused"))
    assert auto == fused
    assert TrainingConfig(epochs=1, batch_size=1, lr=1.0).step == AUTO
    assert auto.to_dict()["training"]["step"] == "fused"
    assert addresses(auto) == addresses(fused)


@pytest.mark.parametrize(
    "sections",
    [
        {"training": {"seed": 1}},
        {"training": {"batch_size": 16}},
        {"training": {"momentum": 0.8}},
        {"training": {"weight_decay": 0.0}},
        {"training": {"precision": "bf16"}},
        {"training": {"step": "fused"}},
        {"training": {"memory_format": "contiguous"}},
        {"training": {"shuffle": "blocks"}},
        {"training": {"augmentation": {"crop_padding": 1}}},
        {"training": {"augmentation": {"horizontal_flip": "alternating"}}},
        {"training": {"augmentation": {"rotation": 15}}},
        {"training": {"augmentation": {"cutout": 4}}},
        *({"training": {"augmentation": augmentation}} for augmentation in AUGMENTATIONS),
        {"model": {"name": "small", "options": {"width": 8}}},
        {"model": {"name": "small", "bsconv": "u"}},
        {"model": {"name": "small", "bsconv": "s"}},
        {"model": {"name": "small", "bsconv": {"kind": "s", "p": 0.5}}},
        {"model": {"name": "small", "bsconv": {"kind": "s", "alpha": 0.5}}},
        {"training": {"head_lr_factor": 10.0}},
        {"training": {"clip_grad_norm": 1.0}},
        {"training": {"label_smoothing": 0.1}},
        {"training": {"class_weights": "balanced"}},
        {"training": {"ema": 0.9}},
        {"training": {"optimizer": {"name": "adamw"}}},
        {"training": {"optimizer": {"name": "adamw", "betas": [0.8, 0.9]}}},
        {"training": {"optimizer": {"nesterov": True}}},
        {"training": {"optimizer": {"decay_norm_and_bias": False}}},
        {"model": {"name": "torchvision/resnet18", "pretrained": "default"}},
    ],
)
def test_every_choice_for_the_start_opens_a_lineage_of_its_own(sections: dict[str, Any]) -> None:
    assert addresses(small_config(**sections))[0] != addresses(small_config())[0]


def test_all_augmentations_have_addresses_of_their_own() -> None:
    keys = {start_key(small_config(training={"augmentation": some}), "data") for some in AUGMENTATIONS}
    assert len(keys) == len(AUGMENTATIONS)


def test_augmentations_that_do_nothing_keep_the_address() -> None:
    nothing = dict.fromkeys(("random_resized_crop", "rand_augment", "color_jitter", "gamma", "random_erasing"))
    for augmentation in ({"mixup": 0.0, "cutmix": 0.0}, nothing):
        config = small_config(training={"augmentation": augmentation})
        assert start_key(config, "data") == start_key(small_config(), "data")


def test_a_choice_that_is_as_if_it_did_not_exist_keeps_the_address() -> None:
    training = {
        "head_lr_factor": 1.0,
        "label_smoothing": 0.0,
        "optimizer": {"name": "sgd", "nesterov": False, "decay_norm_and_bias": True},
    }
    plain = small_config(model={"name": "small", "bsconv": None, "pretrained": None}, training=training)
    assert start_key(plain, "data") == start_key(small_config(), "data")


@pytest.mark.parametrize(
    ("name", "kind", "key"),
    [
        ("small", "u", "3ff09019480f932c"),
        ("small", "s", "f1af45dbc0b4d7a6"),
        ("resnet18", "u", "d2fa17e7ce266ca5"),
        ("resnet18", "s", "9d5449e6b710d27f"),
        ("timm/resnet18", "s", "31ed07d1ac2da334"),
    ],
)
def test_rewritten_resnets_keep_their_addresses_of_earlier_versions(name: str, kind: str, key: str) -> None:
    for bsconv in (kind, {"kind": kind}):
        assert start_key(small_config(model={"name": name, "bsconv": bsconv}), "data").startswith(key)


@pytest.mark.parametrize(
    ("name", "before"),
    [
        ("timm/mobilenetv1_100", "e1d66bd0bf534917"),
        ("torchvision/mobilenet_v2", "bb0b73206416366a"),
        ("timm/legacy_xception", "8f0f7dfced321b16"),
    ],
)
def test_networks_whose_blocks_are_rewritten_now_have_other_addresses(name: str, before: str) -> None:
    assert not start_key(small_config(model={"name": name, "bsconv": "u"}), "data").startswith(before)


def test_the_content_of_pretrained_weights_is_part_of_the_address_and_their_place_is_not(tmp_path: Path) -> None:
    keys = []
    for name, content in (("a.pt", b"1"), ("b.pt", b"1"), ("c.pt", b"2")):
        (tmp_path / name).write_bytes(content)
        keys.append(start_key(small_config(model={"name": "small", "pretrained": str(tmp_path / name)}), "data"))
    assert keys[0] == keys[1]
    assert len({*keys, start_key(small_config(), "data")}) == 3


def test_default_weights_are_known_by_where_they_are_published() -> None:
    names = ("resnet18", "torchvision/resnet18", "torchvision/resnet34", "timm/test_vit", "timm/mobilenetv1_100")
    models = [
        {"name": name, "pretrained": "default", "options": {"stem": "imagenet"} if "/" not in name else {}}
        for name in names
    ]
    assert len({start_key(small_config(model=model), "data") for model in models}) == len(names)
    found = [weights_identity(ModelConfig.from_dict(model)) for model in models]
    assert found[0] == found[1] == "https://download.pytorch.org/models/resnet18-f37072fd.pth"
    assert str(found[3]).startswith("test_vit.r160_in1k timm/test_vit.r160_in1k")


def test_other_data_and_a_private_lineage_start_elsewhere() -> None:
    config = small_config()
    keys = {addresses(config, "data")[0], addresses(config, "other")[0], addresses(config, "data", "trial/1")[0]}
    assert len(keys) == 3


def test_the_learning_rate_counts_where_it_acts() -> None:
    constant = addresses(small_config(training={"lr_schedule": "constant"}))
    cosine = addresses(small_config(training={"lr_schedule": "cosine"}))
    assert constant[:2] == cosine[:2], "both start with the same learning rate"
    assert constant[2] != cosine[2]


def test_a_section_with_a_name_alone_has_the_addresses_of_the_name() -> None:
    for name in ("constant", "cosine", "linear"):
        section = addresses(small_config(training={"lr_schedule": {"name": name}}))
        assert section == addresses(small_config(training={"lr_schedule": name}))


def test_a_warm_up_counts_in_its_epochs_alone_and_they_are_shared_whatever_follows() -> None:
    schedules = [
        {"name": "step", "milestones": [0.75], "warmup_epochs": 2},
        {"name": "linear", "warmup_epochs": 2},
        {"name": "constant", "warmup_epochs": 2, "warmup_factor": 0.1},
        {"name": "constant"},
    ]
    step, linear, other, none = (addresses(small_config(training={"lr_schedule": each})) for each in schedules)
    assert step[:4] == linear[:4]
    assert step[4] != linear[4]
    assert len({step[1], other[1], none[1]}) == 3
    settings = [epoch_settings(small_config(training={"lr_schedule": schedules[0]}), n, 4) for n in range(4)]
    assert [each.ramp is None for each in settings] == [False, False, True, True]


def test_milestones_as_shares_and_as_epochs_are_one_lineage() -> None:
    shares, epochs = ({"name": "step", "milestones": [place]} for place in (0.5, 2))
    one, other = (addresses(small_config(training={"lr_schedule": each})) for each in (shares, epochs))
    assert one == other


def test_an_undecided_rule_means_sgd_and_radius_zero_means_ngd() -> None:
    config = small_config(radius={"shape": "constant", "value": 0.0})
    assert epoch_settings(config, 3, None).phase == "sgd"
    settings = epoch_settings(config, 3, 2)
    assert (settings.phase, settings.radius, settings.gradients_per_step) == ("ngd", None, 1)


def test_momentum_is_reset_in_the_first_pugd_epoch_alone_and_never_before_training() -> None:
    config = small_config(training={"reset_momentum": True})
    assert [epoch_settings(config, epoch, 2).reset_momentum for epoch in range(4)] == [False, False, True, False]
    assert not epoch_settings(config, 0, 0).reset_momentum


def test_a_pugd_step_costs_two_gradients_and_a_full_trial_two_per_step() -> None:
    assert EpochSettings("pugd", 0.1, 1.0, 1.0).gradients_per_step == 2
    assert EpochSettings("sgd", 0.1).gradients_per_step == 1
    assert full_cost(epochs=12, steps_per_epoch=36) == 864


def test_the_source_of_a_users_own_model_is_part_of_the_address(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    source = tmp_path / "my_lineage_model.py"
    config = small_config(model={"name": "my_lineage_model:net"})
    source.write_text("net = 1\n")
    before = start_key(config, "data")
    source.write_text("net = 2\n")
    assert start_key(config, "data") != before
