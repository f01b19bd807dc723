"""The opponent of the measurements: a plain PyTorch training script, as usually published.

It transforms images one by one with PIL in a DataLoader, updates one parameter after the other, reads loss and hits at
every step, and computes in fp32.
"""

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms

from trainables.core.data import Dataset as Data

LR, MOMENTUM, WEIGHT_DECAY = 0.1, 0.9, 5e-4
PADDING = 4


class Pictures(Dataset[tuple[Tensor, int]]):
    """The training images as a torch data set: decoded, (n, height, width, 3), and transformed one by one with PIL."""

    def __init__(self, dataset: Data) -> None:
        images, mean, std = dataset.train.images, dataset.mean, dataset.std
        self._images, self._labels = np.ascontiguousarray(images.transpose(0, 2, 3, 1)), dataset.train.labels
        self._transform = transforms.Compose(
            [
                transforms.RandomCrop(images.shape[2], padding=PADDING),
                transforms.RandomHorizontalFlip(),
                transforms.ToTensor(),
                transforms.Normalize(mean, std),
            ]
        )

    def __len__(self) -> int:
        return len(self._labels)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        return self._transform(Image.fromarray(self._images[index])), int(self._labels[index])


def loader(pictures: Pictures, batch_size: int, workers: int) -> DataLoader[tuple[Tensor, int]]:
    """Make a DataLoader that loads in this process (workers = 0), or in processes that stay for all epochs."""
    return DataLoader(pictures, batch_size, shuffle=True, num_workers=workers, persistent_workers=workers > 0)


class Loop(torch.optim.Optimizer):
    """PUGD as a usual two-step wrapper around torch's SGD, with a loop over the parameters."""

    def __init__(self, w: list[Tensor]) -> None:
        super().__init__(w, {})
        self.base = torch.optim.SGD(w, LR, MOMENTUM, weight_decay=WEIGHT_DECAY, foreach=False)

    @torch.no_grad()
    def first_step(self) -> None:
        norm = _norm([p.abs() * p.grad for p in self._with_gradient()]) + 1e-12
        for p in self._with_gradient():
            eps = p.abs() * p.grad / norm
            p.add_(eps)
            self.state[p]["eps"], self.state[p]["g"] = eps, p.grad.clone()
        self.zero_grad()

    @torch.no_grad()
    def second_step(self) -> None:
        for p in self._with_gradient():
            p.sub_(self.state[p]["eps"])
            p.grad.add_(self.state[p]["g"])
        norm = _norm([p.grad for p in self._with_gradient()]) + 1e-12
        for p in self._with_gradient():
            p.grad.div_(norm)
        self.base.step()
        self.zero_grad()

    def _with_gradient(self) -> list[Tensor]:
        return [p for group in self.param_groups for p in group["params"] if p.grad is not None]


def _norm(tensors: list[Tensor]) -> Tensor:
    return torch.norm(torch.stack([tensor.norm(2) for tensor in tensors]), 2)


class PlainTraining:
    """A model and its training loop."""

    def __init__(
        self, model: nn.Module, pictures: Pictures, batch_size: int, workers: int, device: torch.device
    ) -> None:
        self._model, self._device = model.to(device), device
        self._optimizer = Loop(list(model.parameters()))
        self._loader = loader(pictures, batch_size, workers)

    def epoch(self, phase: str) -> float:
        """Train one epoch of sgd or pugd. Returns the mean loss."""
        self._model.train()
        criterion = nn.CrossEntropyLoss()
        total, hits, seen = 0.0, 0, 0
        for batch, wanted in self._loader:
            images, labels = batch.to(self._device), wanted.to(self._device)
            self._optimizer.zero_grad()
            output = self._model(images)
            loss = criterion(output, labels)
            loss.backward()
            if phase == "sgd":
                self._optimizer.base.step()
            else:
                self._optimizer.first_step()
                criterion(self._model(images), labels).backward()
                self._optimizer.second_step()
            total += loss.item() * len(labels)
            hits += int(output.argmax(1).eq(labels).sum().item())
            seen += len(labels)
        return total / seen
