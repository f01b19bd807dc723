"""One trial's model, optimizer and data on the device, and the training and validation of one epoch."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from itertools import islice

import torch
from torch import Tensor, nn
from torch.nn import functional

from trainables.core.data import Dataset, Part
from trainables.core.history.lineage import EpochSettings, steps_per_epoch
from trainables.core.history.state import dump_state, load_state, most_bytes
from trainables.core.models.bsconv import orthonormal_penalty, subspaces
from trainables.core.models.build import build_model
from trainables.core.optimizer.capture import Figures, Recorder, ReplayedSteps, StepOnBatch
from trainables.core.optimizer.clipping import clip_
from trainables.core.optimizer.cuda_graphs import CudaGraphs
from trainables.core.optimizer.groups import next_phase
from trainables.core.optimizer.path_network import PathNetwork
from trainables.core.seeding import generator, seed_everything
from trainables.core.settings.config import TrialConfig
from trainables.core.training.augmentation import Augmentation, Normalisation
from trainables.core.training.augmentations.random_crop import middle
from trainables.core.training.averaging import WeightAverage
from trainables.core.training.base_optimizer import optimizer_of
from trainables.core.training.criterion import Criterion
from trainables.core.training.epoch_figures import EpochFigures, StepFigures
from trainables.core.training.evaluation import Counts, Evaluation
from trainables.core.training.feed import Feed, sent
from trainables.core.training.freezing import Body
from trainables.core.training.group_settings import group_settings
from trainables.core.training.loss import hits, mean_loss
from trainables.core.training.shuffling import epoch_order
from trainables.core.training.step_rates import StepRates

EVALUATION_BATCH = 512
"""Number of images that are evaluated at a time."""
MEMORY_FORMATS = {"contiguous": torch.contiguous_format, "channels_last": torch.channels_last}


class Engine:
    """Trains one trial epoch by epoch. All its random numbers depend on (seed, epoch) only."""

    def __init__(
        self,
        config: TrialConfig,
        dataset: Dataset,
        device: torch.device,
        micro_batches: int = 1,
        recorder: Recorder | None = None,
    ) -> None:
        """Build the untrained model from the seed and put the data on the device.

        micro_batches: number of parts in which a mini-batch goes through the model, >= 1. More parts need less memory
        and change the result by rounding only. A model with BatchNorm always gets the whole mini-batch.
        recorder: records the steps. Default: CUDA graphs for the fused step on a GPU, else no recording.
        """
        if device.type == "cuda":
            torch.set_float32_matmul_precision("high")  # TF32, which cuDNN's convolutions use anyway
        self._training, self._device = config.training, device
        on_gpu = device.type == "cuda" and config.training.step == "fused"
        self._recorder = recorder or (CudaGraphs(device) if on_gpu else None)
        self._step_rates = StepRates(device if self._recorder else None)
        self._normalise = Normalisation(dataset.mean, dataset.std, device)
        images = dataset.train.images
        size = config.training.augmentation.seen(images.shape[2])
        seed_everything(config.training.seed, "weights")
        model = build_model(config.model, len(dataset.classes), images.shape[1], size)
        self._memory_format = MEMORY_FORMATS[config.training.memory_format]
        self._model = model.to(device).to(memory_format=self._memory_format)
        self._micro_batches = 1 if _looks_at_the_batch(self._model) else micro_batches
        self._penalty = config.model.separable.penalty if config.model.separable else 0.0
        self._subspaces = subspaces(self._model) if self._penalty else ()
        self._optimizer = optimizer_of(self._model, config.training)
        self._image = (images.shape[1], size, size)
        self._body = Body(self._model, config.training.freeze_epochs)
        self._average = None if config.training.ema is None else WeightAverage(self._model, config.training.ema)
        self._feed = Feed(dataset.train, device)
        self._criterion = Criterion(config.training, self._feed.labels, len(dataset.classes))

    def train_epoch(
        self, epoch: int, settings: EpochSettings, most_steps: int | None = None, to_the_last: bool = False
    ) -> EpochFigures:
        """Train one pass over the training images. Raises: DivergedError when a loss or gradient is not finite.

        most_steps: do only the first so many steps of the epoch, >= 1; used to measure. With to_the_last, the last of
        them is replaced by the epoch's last step, whose mini-batch may be smaller.
        """
        self._apply(settings)
        self._step_rates.begin_epoch(epoch, settings, self._optimizer.param_groups)
        seed_everything(self._training.seed, "epoch", epoch)
        recorder = self._recorder
        if recorder is None:
            return self._pass(epoch, self._step, most_steps, to_the_last).collected(epoch)
        try:
            with self._working():
                return self._replayed_epoch(epoch, recorder, most_steps, to_the_last)
        finally:
            self._model.zero_grad()  # gradients that were made in a recording would keep its memory in use
            recorder.release()

    def _working(self) -> AbstractContextManager[None]:
        return nullcontext() if self._recorder is None else self._recorder.working()

    @property
    def records(self) -> bool:
        """Whether steps are recorded; it becomes False when a recording fails."""
        return self._recorder is not None

    def _replayed_epoch(
        self, epoch: int, recorder: Recorder, most_steps: int | None, to_the_last: bool
    ) -> EpochFigures:
        step = ReplayedSteps(self._step, recorder, self._way_back, lambda: next_phase(self._optimizer.param_groups))
        figures = self._pass(epoch, step, most_steps, to_the_last).collected(epoch)
        if not step.hindrance:
            return figures
        self._recorder = None
        note = f"its steps cannot be recorded and are done one by one, which is slower: {step.hindrance}"
        return replace(figures, notes=(note,))

    def _way_back(self) -> Callable[[], None]:
        """Return a function that undoes what a step changed on the host when its recording failed."""
        back = self._optimizer.way_back()
        buffers = [(module, dict(module._buffers)) for module in self._model.modules()]

        def undo() -> None:
            back()
            for module, before in buffers:
                module._buffers.update(before)

        return undo

    def _pass(self, epoch: int, step: StepOnBatch, most_steps: int | None, to_the_last: bool) -> StepFigures:
        """Do the steps of an epoch."""
        source = generator(self._training.seed, "order", epoch)
        order = epoch_order(len(self._feed.labels), self._training.shuffle, source)
        augmentation = Augmentation(
            self._training.augmentation, self._feed.images, self._device, self._training.seed, epoch
        )
        self._model.train()
        self._body.freeze(self._frozen)
        losses, right, norms, scales, seen = [], [], [], [], 0
        size = self._training.batch_size
        steps = whole = steps_per_epoch(len(order), size)
        if most_steps is not None and most_steps < steps:
            left_out = slice((most_steps - to_the_last) * size, (steps - 1) * size if to_the_last else len(order))
            order, steps = torch.cat([order[: left_out.start], order[left_out.stop :]]), most_steps
        batches = zip(order.split(size), self._feed.batches(order, size), strict=True)
        for number, (here, (indices, pixels, labels)) in enumerate(islice(batches, steps)):
            self._step_rates.set(number, whole)
            self._optimizer.number_step(epoch * whole + number)
            images = self._normalised(augmentation.moved(pixels, indices, here))
            images = augmentation.cut_out(images, indices)
            loss, hit, norm, *scale = step(*augmentation.mixed(images, labels, indices))
            losses.append(loss * len(indices))
            right.append(hit)
            norms.append(norm)
            scales += scale
            seen += len(indices)
        told = torch.stack(scales) if scales else None
        return StepFigures(seen, torch.stack(losses), torch.stack(right), torch.stack(norms), told)

    def evaluate(self, part: Part) -> Evaluation:
        """Evaluate the model on a part of the data, without gradients."""
        self._model.eval()
        counts = Counts()
        images, labels = torch.from_numpy(part.images), torch.from_numpy(part.labels)
        # On the stream of the training, since torch keeps freed memory per stream: so both use the same memory.
        with torch.no_grad(), self._working(), nullcontext() if self._average is None else self._average.shown():
            for pixels, wanted in zip(images.split(EVALUATION_BATCH), labels.split(EVALUATION_BATCH), strict=True):
                there = sent(wanted, self._device)
                seen = middle(sent(pixels, self._device), self._training.augmentation.crop_size)
                with self._autocast():
                    logits = self._model(self._normalised(seen))
                counts.add(functional.cross_entropy(logits.float(), there, reduction="sum"), logits, there)
            return counts.found()

    def dump(self) -> bytes:
        """Return the complete state between two epochs as bytes; see `dump_state`."""
        averages = {} if self._average is None else self._average.tensors()
        return dump_state(self._model, self._optimizer, averages)

    @property
    def most_state_bytes(self) -> int:
        """A size in bytes that no state of this engine has."""
        return most_bytes(self._model)

    def load(self, payload: bytes) -> None:
        """Continue from a state that `dump` returned. Raises: DamagedError when it is not a state of this model."""
        averages = load_state(payload, self._model, self._optimizer)
        if self._average is not None:
            self._average.load(averages)

    def parameters(self) -> dict[str, Tensor]:
        """Return the model's parameters and buffers by name; with an average, the averaged ones."""
        averages = {} if self._average is None else self._average.tensors()
        return {**self._model.state_dict(), **averages}

    def network(self) -> nn.Module:
        """Return the model in evaluation mode with the weights that `parameters` tells. The engine is used up then.

        Each weight gets memory of its own, where it was a part of the optimizer's.
        """
        self._model.load_state_dict(self.parameters())
        for weight in self._model.parameters():
            weight.data, weight.grad = weight.data.clone(), None
        return self._model.requires_grad_(True).eval()

    def _apply(self, settings: EpochSettings) -> None:
        if settings.reset_momentum:
            self._optimizer.reset_momentum()
        self._optimizer.begin_epoch()
        own = group_settings(settings)
        for group in self._optimizer.param_groups:
            group.update(own)
        if settings.phase == "path_sgd" and self._optimizer.paths is None:
            self._optimizer.paths = PathNetwork(self._model.train(), self._image)
        self._first_statistics_only = settings.bn_stats == "first"
        self._frozen = settings.frozen

    def _step(self, images: Tensor, *targets: Tensor) -> Figures:
        """Do one update on a mini-batch. Returns its loss, hits and gradient norm at the unperturbed weights, and the
        scale where it is adaptive.

        targets: the labels; for mixed images also the partners' labels and the shares, see `mean_loss`.
        """
        self._model.zero_grad()
        loss, hit = self._gradient(images, *targets)
        norm = self._clipped()
        gradients = self._optimizer.gradients_per_step
        if gradients == 1:
            self._optimizer.step()
        else:
            for _ in range(gradients - 1):
                self._optimizer.first_step()
                with _frozen_statistics(self._model, self._first_statistics_only):
                    self._gradient(images, *targets)
                if self._training.clip_grad_norm is not None:
                    self._clipped()
            self._optimizer.second_step()
        if self._average is not None:
            self._average.update()
        scale = self._optimizer.take_scale()
        return (loss, hit, norm) if scale is None else (loss, hit, norm, scale)

    def _clipped(self) -> Tensor:
        """Clip the present gradient, if the trial asks for it. Returns its norm before."""
        norm, most = self._optimizer.grad_norm(), self._training.clip_grad_norm
        if most is not None:
            clip_([p.grad for p in self._model.parameters() if p.grad is not None], norm, most)
        return norm

    def _gradient(self, images: Tensor, *targets: Tensor) -> tuple[Tensor, Tensor]:
        """Add the gradient of one mini-batch to those of the parameters, one micro-batch at a time.

        Returns the mean loss and the hits. The penalty of bsconv `s`, label smoothing and class weights are part of the
        gradient, but not of the loss that is returned.
        """
        losses, right = [], []
        for some, *wanted in zip(*(tensor.chunk(self._micro_batches) for tensor in (images, *targets)), strict=True):
            with self._autocast():
                logits = self._model(some)
            loss = self._criterion(logits.float(), *wanted)
            penalised = loss + orthonormal_penalty(self._subspaces, self._penalty) if self._subspaces else loss
            share = len(some) / len(images)
            weight = 1.0 if share == 1.0 else self._criterion.share(wanted, targets)
            (penalised if share == 1.0 else penalised * weight).backward()
            shown = loss.detach() if self._criterion.plain else mean_loss(logits.detach().float(), *wanted)
            losses.append(shown * share)
            right.append(hits(logits.detach(), *wanted))
        return torch.stack(losses).sum(), torch.stack(right).sum()

    def _normalised(self, images: Tensor) -> Tensor:
        normalised = self._normalise(images)
        # In two steps, since normalising and changing the memory order at once takes five times as long on a CPU.
        return normalised.contiguous(memory_format=self._memory_format)

    def _autocast(self) -> torch.autocast:
        return torch.autocast(self._device.type, torch.bfloat16, enabled=self._training.precision == "bf16")


def _looks_at_the_batch(model: nn.Module) -> bool:
    """Whether an image's logits depend on the other images of its batch, as with BatchNorm."""
    return any(isinstance(module, nn.modules.batchnorm._BatchNorm) for module in model.modules())


@contextmanager
def _frozen_statistics(model: nn.Module, frozen: bool) -> Iterator[None]:
    """A context in which, if `frozen`, BatchNorm does not update its running statistics."""
    layers = [m for m in model.modules() if frozen and isinstance(m, nn.modules.batchnorm._BatchNorm)]
    tracking = [layer for layer in layers if layer.track_running_stats]
    try:
        for layer in tracking:
            layer.track_running_stats = False
        yield
    finally:
        for layer in tracking:
            layer.track_running_stats = True
