"""The sections of the form with their fields."""

from collections.abc import Mapping, Sequence
from typing import Any

from rts_search.server.form.fields import Field, Group
from trainables.core.data.registry import DATASETS


def _using(setting: str) -> Mapping[str, Sequence[str]]:
    """The data sets that use a setting."""
    return {"dataset.name": [name for name, loader in DATASETS.items() if setting in loader.uses]}


def _listing(arm: str) -> Mapping[str, Sequence[str]] | None:
    """The baselines with which the number of an arm's trials is used."""
    return None if arm == "rts" else {"baselines": [arm]}


def _domain(place: str, label: str, example: Any) -> Field:
    return Field(f"space.{place}", label, "domain", example=example)


def _schedule(part: str) -> list[Field]:
    name = part.capitalize()
    return [
        Field(f"space.{part}.shape", f"{name}: shapes", "names"),
        _domain(f"{part}.value", f"{name}: value (constant)", {"loguniform": [0.1, 10.0]}),
        _domain(f"{part}.beta_min", f"{name}: beta_min", {"loguniform": [0.1, 1.0]}),
        _domain(f"{part}.beta_max", f"{name}: beta_max", {"uniform": [1.0, 3.0]}),
    ]


ARMS = ("rts", "sgd", "ngd", "pugd", "sam", "asam", "amp", "looksam", "gsam", "friendly_sam")
"""Methods whose number of trials has a field; the baselines among them only where they are listed."""

GROUPS: Sequence[Group] = (
    Group(
        "Data",
        [
            Field("dataset.name", "Data set"),
            Field("dataset.root", "Folder with the data", only=_using("root"), suggestions="folders"),
            Field("dataset.file", "File of the table", only=_using("file")),
            Field("dataset.val", "Folder of the validation part", only=_using("val")),
            Field("dataset.image_size", "Image size", only=_using("image_size")),
            Field("dataset.resize", "How images are resized", only=_using("resize")),
            Field("dataset.download", "Download when missing", only=_using("download")),
            Field("dataset.test_fraction", "Share of the test part", only=_using("test_fraction")),
            Field("dataset.val_fraction", "Share of the validation part"),
            Field("dataset.num_train", "Training images to use"),
        ],
        open=True,
    ),
    Group(
        "Model",
        [
            Field("model.name", "Model", suggestions="models"),
            Field("model.pretrained", "Pretrained weights"),
            Field("model.bsconv.kind", "Blueprint separable convolutions"),
        ],
        open=True,
    ),
    Group(
        "Training",
        [
            Field("training.epochs", "Epochs"),
            Field("training.batch_size", "Batch size"),
            Field("training.lr", "Learning rate"),
            Field("training.lr_schedule.name", "Learning rate schedule"),
            Field("training.optimizer.name", "Base update"),
            Field("training.momentum", "Momentum"),
            Field("training.weight_decay", "Weight decay"),
            Field("training.label_smoothing", "Label smoothing"),
            Field("training.clip_grad_norm", "Largest norm of a gradient"),
            Field("training.ema", "Moving average of the weights"),
            Field("training.class_weights", "Class weights"),
            Field("training.precision", "Precision"),
            Field("training.seed", "Seed of the training"),
        ],
        open=True,
    ),
    Group(
        "Augmentation",
        [
            Field(f"training.augmentation.{name}", label)
            for name, label in (
                ("crop_padding", "Random crop: padding"),
                ("horizontal_flip", "Horizontal flip"),
                ("rotation", "Rotation"),
                ("cutout", "Cutout"),
                ("crop_size", "Crop size"),
                ("rand_augment.num_ops", "RandAugment: operations"),
                ("rand_augment.magnitude", "RandAugment: magnitude"),
                ("random_erasing.probability", "Random erasing: probability"),
                ("mixup", "Mixup: alpha"),
                ("cutmix", "CutMix: alpha"),
            )
        ],
    ),
    Group(
        "Search space",
        [
            Field("space.ready", "Ready-made space", "choice"),
            _domain("training.lr", "Learning rate (for every method)", {"loguniform": [0.01, 1.0]}),
            _domain("training.weight_decay", "Weight decay (for every method)", {"loguniform": [1e-5, 1e-2]}),
            _domain("training.batch_size", "Batch size (for every method)", [32, 64, 128]),
            *_schedule("radius"),
            *_schedule("scale"),
            _domain("timing.switch_epoch", "Epochs of SGD before PUGD", [0, 3, 6, 9]),
        ],
        hint="A setting that is searched here must not be given under Training. Where the learning rate, the weight "
        "decay or the batch size is searched, the baselines are tuned as well.",
    ),
    Group(
        "Search",
        [
            Field("search.sampler", "Sampler"),
            Field("search.trials", "Trials besides the baselines"),
            Field("search.seed", "Seed of the search"),
            Field("scheduler.name", "Early stopping"),
            Field("objective.metric", "Metric"),
            Field("objective.rule", "Epoch that counts"),
            Field("search.warm_start", "Start from the results of", suggestions="sweeps"),
        ],
        open=True,
    ),
    Group(
        "Baselines and arms",
        [
            Field("baselines", "Baselines", "names"),
            Field("search.tune_baselines", "Tune the baselines, too"),
            *(Field(f"search.effort.{arm}", f"Trials of {arm}", "number", _listing(arm)) for arm in ARMS),
        ],
        hint="Tuned baselines are arms: each has as many trials as the search, unless a number is given for it here.",
    ),
    Group(
        "Budget",
        [
            Field("budget.hours", "Hours"),
            Field("budget.gpu_hours", "GPU hours"),
            Field("budget.gradient_evaluations", "Gradient evaluations"),
            Field("budget.trials", "Trials, at most"),
        ],
        hint="The sweep ends when the first limit is reached. Without a number there is no limit.",
    ),
    Group(
        "Machine",
        [
            Field("resources.gpus_per_trial", "GPUs per trial"),
            Field("resources.cpus_per_trial", "CPU cores per trial"),
            Field("resources.max_concurrent_trials", "Most trials at a time"),
        ],
    ),
    Group(
        "Confirmation",
        [
            Field("confirm", "Confirm the best at the end", "section"),
            Field("confirm.seeds", "Seeds", only={"confirm": ["true"]}),
            Field("confirm.top_k", "Contenders", only={"confirm": ["true"]}),
            Field("confirm.at", "Length of tuned baselines", only={"confirm": ["true"]}),
        ],
    ),
    Group(
        "Store and trackers",
        [
            Field("store.keep", "States to keep"),
            Field("store.sharing", "Share epochs"),
            Field("store.max_size", "Largest size of the store"),
            Field("track", "Trackers", "names"),
        ],
    ),
)
NAME = Field("name", "Name")
FIELDS = (NAME, *(field for group in GROUPS for field in group.fields))
BY_PLACE: Mapping[str, Field] = {field.place: field for field in FIELDS}
