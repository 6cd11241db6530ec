"""Builds the steps and checks of a chain."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from augcli.config.sections import Section


class Some(Section):
    """The body of `some_of`."""

    n: Annotated[int, Field(ge=0)] | list[Annotated[int, Field(ge=0)]]
    steps: list[Any]


class Perhaps(Section):
    """The body of `maybe`."""

    p: float = Field(ge=0, le=1)
    steps: list[Any]
