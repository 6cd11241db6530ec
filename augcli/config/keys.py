"""The sections of a config by the dotted names of their keys."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_origin

from pydantic import BaseModel

from augcli.config.adapt import AdaptConfig
from augcli.config.config import Config
from augcli.config.problems import models_in
from augcli.config.vectors import VectorsConfig
from augcli.models.hosted.chat import Chat
from augcli.plugin import config_keys

NAME = "NAME"
"""Stands for the name of a chain."""


def sections() -> dict[str, type[BaseModel]]:
    """All sections: "" for the whole, `input`, `chains.NAME`, `chains.NAME.keep`, and so on; also of trainings."""
    return {
        "": Config,
        **{name: model for whole in (AdaptConfig, VectorsConfig, Config) for name, model in _sections_of(whole)},
        f"services.{Chat.name}": Chat,
    }


def _sections_of(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, type[BaseModel]]]:
    for key, field in config_keys(model).items():
        for inner in models_in(field.annotation):
            name = f"{prefix}{key}.{NAME}" if get_origin(field.annotation) is dict else f"{prefix}{key}"
            yield name, inner
            yield from _sections_of(inner, f"{name}.")
