"""Large models without their numbers."""

from collections.abc import Iterator

import pytest
import torch


@pytest.fixture
def without_numbers() -> Iterator[None]:
    """Tensors have shapes and no values (torch's meta device), so that a model of any size is built and run at once."""
    with torch.device("meta"):
        yield
