"""The weights of a network while it is trained: grouped for the optimizer, copied, and put back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch


def weight_groups(model: Any, weight_decay: float) -> list[dict[str, Any]]:
    """The weights for an optimizer: matrices decay, biases and layer norms do not."""
    plain = [weight for weight in model.parameters() if weight.ndim < 2]
    others = [weight for weight in model.parameters() if weight.ndim >= 2]
    return [{"params": others, "weight_decay": weight_decay}, {"params": plain, "weight_decay": 0.0}]


def copy_weights(model: Any) -> dict[str, torch.Tensor]:
    """The weights as they are now, by name."""
    return {name: weight.detach().clone() for name, weight in model.named_parameters()}


def restore_weights(model: Any, weights: Mapping[str, torch.Tensor]) -> None:
    """Give a model these weights, by name."""
    import torch

    with torch.no_grad():
        for name, weight in model.named_parameters():
            weight.copy_(weights[name])
