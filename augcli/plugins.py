"""What plug-ins import: the base classes, and the types that go with them."""

from __future__ import annotations

from augcli.checks.check import Check, ScoreCheck
from augcli.errors import ResourceError
from augcli.language.resources import DataPath, Lexicon
from augcli.models.hosted.service import FORM, JSON, Call, Error, Kind, Limits, Secrets
from augcli.steps.model_step import ModelStep
from augcli.steps.operation import Texts
from augcli.steps.step import PerTextStep, RateStep, Step, StepResult, SubstitutionStep
from augcli.text.edits import Edit
from augcli.text.rng import Rng
from augcli.text.text import Text
from augcli.translation.platform import COMMON, Platform, in_order, same

__all__ = [
    "COMMON",
    "FORM",
    "JSON",
    "Call",
    "Check",
    "DataPath",
    "Edit",
    "Error",
    "Kind",
    "Lexicon",
    "Limits",
    "ModelStep",
    "PerTextStep",
    "Platform",
    "RateStep",
    "ResourceError",
    "Rng",
    "ScoreCheck",
    "Secrets",
    "Step",
    "StepResult",
    "SubstitutionStep",
    "Text",
    "Texts",
    "in_order",
    "same",
]
