"""A config for a file: a preset with an input that is guessed."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from augcli.commands.init.file import guess_file
from augcli.commands.init.fit import fitted, language_of
from augcli.commands.init.guess import Guesses
from augcli.config import presets
from augcli.config.load import load_input
from augcli.errors import ConfigError
from augcli.io.files.storage import Place
from augcli.io.inputs import find_files, format_of

_KEYS = (
    "format", "encoding", "records", "delimiter", "quote", "header", "skip_lines", "comment", "skip_blanks", "text",
    "tokens", "tags", "scheme", "tag_names", "token_columns", "label", "id", "spans", "spans_in", "offsets", "where",
    "originals_only", "language",
)  # fmt: skip
"""In the order in which they are written."""
_PRESETS = {"en": "starter", "zh": "chinese"}
"""Presets by the languages that they are for."""
_ANY_LANGUAGE = "aeda"
_COMMENT = 31
"""Characters before a comment."""
_WIDTH = 120
_INPUT = re.compile(r"(?m)^input:.*\n(?: .*\n)*")
_OUTPUT = re.compile(r"(?m)^(output:\n)  path: \S+(?: *# (.*))?$")
_MORE = re.compile(r"(?m)(?<=^unlabeled:\n)  path: (\S+)(.*)$")
_PLAIN = re.compile(r"[A-Za-z_/.][\w./-]*")
_NOT_TEXT = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n"})


class Draft(NamedTuple):
    """A config that was guessed."""

    text: str
    doubts: Sequence[str]
    """What is not sure of it."""
    left_out: Sequence[str]
    """Why steps of the preset are not in it."""


def config_for(data: str, preset: str | None, rows: int | None) -> Draft:
    """The config for what is at `data`, on a preset, or else on the one that suits its language.

    Raises ConfigError when there is nothing, no column has texts, or the preset does not fit it, DataError when it
    cannot be read.
    """
    if data == "-":
        raise ConfigError("--from -: stdin can be read only once; save it to a file, and name that")
    files = [place for place, _ in find_files(load_input({"path": data, "text": "text"}))]
    found, form, notes = guess_file(files[0])
    name = preset or _PRESETS.get(found["language"].value, _ANY_LANGUAGE)
    written = presets.text(name, rows)
    language, meant = found["language"].value, language_of(written)
    if meant not in (None, "en", language):
        raise ConfigError(f"the preset {name} is for texts in {meant}, and these are in {language}")
    doubts = [f"{key}: {guess.doubt}" for key, guess in found.items() if guess.doubt]
    if "\n  text: [" in written and "text" in found and not isinstance(found["text"].value, list):
        doubts.append(f"the preset: {name} is for pairs of texts, and these rows have one")
    if not preset and name == _ANY_LANGUAGE:
        notes = [f"the preset {name} suits any language; `augcli steps` says which other steps suit this one", *notes]
    if len(files) > 1:
        notes = [f"{len(files)} files; what is said here is told by {files[0]}", *notes]
    section = _section(data, found, [*notes, *(f"not sure of {doubt}" for doubt in doubts)])
    written = _INPUT.sub(lambda _: section, written, count=1)
    target = _target(files[0] if len(files) == 1 else Path(data), form)
    path = f"  path: {_scalar(target)}"
    written, left_out = fitted(
        _OUTPUT.sub(lambda found: found[1] + "\n".join(_commented(path, found[2])), written), name
    )
    if (own := _MORE.search(written)) and not Path(own[1]).exists():
        if "\n  general: " not in written:
            raise ConfigError(f"the preset {name} needs more texts of this kind: save them as {own[1]}, then try again")
        written = _MORE.sub(r"  # path: \1\2", written)
        doubts.append("unlabeled.path: only general texts are taken; name your own texts without labels there")
    if left_out:
        notes = [f"# left out: {' '.join(reason.splitlines())}" for reason in left_out]
        written = written.replace("\nchains:\n", "\n".join(["", *notes, "chains:", ""]), 1)
    return Draft(written, doubts, left_out)


def _section(data: str, found: Guesses, notes: Sequence[str]) -> str:
    """The section `input` as YAML, with comments."""
    lines = _commented("input:", "guessed from the file: see that it is right")
    lines += [f"  # {' '.join(note.splitlines())}" for note in notes]
    lines.append(f"  path: {_scalar(data)}")
    for key in _KEYS:
        if guess := found.get(key):
            lines += _commented(f"  {key}: {_scalar(guess.value)}", guess.reason)
    return "\n".join(lines) + "\n"


def _commented(line: str, reason: str | None) -> list[str]:
    """A line with its comment behind it, or before it, in parts, where that would be too long."""
    if not reason:
        return [line]
    behind = f"{line:<{_COMMENT - 1}} # {reason}"
    return [behind] if len(behind) <= _WIDTH else [*(f"  # {part}" for part in reason.split("; ")), line]


def _scalar(value: Any) -> str:
    """A value as it stands in YAML."""
    if isinstance(value, list):
        return f"[{', '.join(map(_scalar, value))}]"
    if isinstance(value, str) and _PLAIN.fullmatch(value) and value.lower() not in _NOT_TEXT:
        return value
    spelled = json.dumps(value, ensure_ascii=False)
    return "".join(char if char.isprintable() else f"\\U{ord(char):08x}" for char in spelled)


def _target(data: Place, form: str) -> str:
    """Where the output goes: a file of the same name and format below `out`."""
    name = data.name
    if format_of(name)[1]:
        name = name.rpartition(".")[0]
    stem = name.rpartition(".")[0] or name
    suffix = "ft" if form == "fasttext" else form
    target = Path("out") / f"{re.sub(r'[*?[]]', '', stem) or 'train'}.{suffix}"
    return str(target if target.resolve() != data.resolve() else target.with_stem(f"{target.stem}-augmented"))
