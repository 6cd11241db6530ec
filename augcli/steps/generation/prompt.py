"""Prompts for language models: templates, and how a row's text is put into them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args

import jinja2

from augcli.errors import ResourceError

Task = Literal["paraphrase", "simplify", "expand", "style"]
TASKS: tuple[str, ...] = get_args(Task)
EXAMPLES = "examples"
_BORDER = "\n---\n"
"""Between what is the same for all texts, which servers keep in their caches, and what holds the text."""


class Prompt(NamedTuple):
    """A template, and what it says of itself in provenance: name@version."""

    system: jinja2.Template
    user: jinja2.Template
    name: str

    def messages(self, texts: Sequence[str], values: dict[str, Any]) -> list[dict[str, str]]:
        """What is sent for texts, which stand between tags that they do not hold themselves."""
        number, tag, held = 0, "text", "\n".join(texts)
        while f"<{tag}>" in held or f"</{tag}" in held:
            number += 1
            tag = f"text{number}"
        given = {**values, "tag": tag}
        return [
            {"role": role, "content": template.render(given).strip("\n")}
            for role, template in (("system", self.system), ("user", self.user))
        ]


@cache
def prompt_of(task: str, language: str) -> Prompt:
    """The prompt for a task that comes along, or in a file of jinja2 with a line `---` before what holds the text.

    Raises ResourceError when the file cannot be read or is no such template.
    """
    if task in TASKS or task == EXAMPLES:
        name = f"{EXAMPLES if task == EXAMPLES else 'rewrite'}.{'zh' if language == 'zh' else 'en'}.j2"
        source = files(__package__).joinpath("prompts", name).read_text("utf-8")
    else:
        try:
            source = Path(task).read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise ResourceError(f"the template {task} cannot be read: {error}") from error
    system, border, user = source.partition(_BORDER)
    if not border or "text" not in user:
        raise ResourceError(f"{task}: expected a line --- and below it {{{{ text }}}}, which stands for the row's text")
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=False)
    try:
        above, below = (environment.from_string(part) for part in (system, user))
    except jinja2.TemplateSyntaxError as error:
        raise ResourceError(f"{task}: line {error.lineno}: {error.message}") from error
    return Prompt(above, below, f"{Path(task).stem}@{sha256(source.encode()).hexdigest()[:8]}")
