"""Which files the config names."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from difflib import get_close_matches
from itertools import takewhile
from pathlib import Path
from typing import Literal, cast

from augcli.config.config import Config
from augcli.config.sections import Format
from augcli.io.files.storage import Place, entries, is_url, place

SUFFIXES = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "json",
    ".parquet": "parquet",
    ".arrow": "arrow",
    ".xlsx": "xlsx",
    ".txt": "txt",
    ".ft": "fasttext",
    ".conll": "conll",
}
_PACKED_SUFFIXES = {".gz": "gz", ".bz2": "bz2", ".xz": "xz", ".zst": "zst", ".zstd": "zst", ".zip": "zip"}


def format_of(path: str) -> tuple[Format | None, str]:
    """Format and compression ("", gz, bz2, xz, zst, zip) that a file name stands for."""
    suffixes = [suffix.lower() for suffix in Path(path).suffixes]
    packed = _PACKED_SUFFIXES.get(suffixes[-1], "") if suffixes else ""
    inner = suffixes[-2:-1] if packed else suffixes[-1:]
    return cast("Format | None", SUFFIXES.get(inner[0]) if inner else None), packed


def find_files(config: Config, section: Literal["input", "unlabeled"] = "input") -> list[tuple[Place, str]]:
    """Each file that a section of the config names, with the name that its rows go by."""
    data = getattr(config, section)
    wanted = [data.path] if isinstance(data.path, str) else data.path or []
    found: list[Place] = []
    for pattern in wanted:
        if pattern == "-":
            found.append(Path("-"))
            continue
        place, files = find_inputs(config, pattern)
        files = [file for file in files if file == place or file.name[0] != "."]
        if place.is_dir() and not data.format:
            files = [file for file in files if format_of(file.name)[0] not in (None, "txt")]  # notes, licences
            files = _saved_data_set(config, section, place) or files
        if not files:
            hint = _near_names(config, pattern)
            where = (
                f"{place}, or it cannot be reached"
                if is_url(pattern)
                else f"{place.absolute()} (nor below the current folder)"
            )
            message = f"nothing to read at {where}{hint}"
            raise config.error(message, section, "path")
        found += files
    files_at: dict[Place, int] = Counter(path.resolve() for path in found)
    if twice := [path for path in found if files_at[path.resolve()] > 1]:
        raise config.error(f"{twice[0]} is named twice", section, "path")
    alike: dict[str, list[Place]] = {}
    for path in found:
        alike.setdefault(path.name, []).append(path)
    common = {name: _folders_in_common(paths) for name, paths in alike.items()}
    return [(path, _name(path, common[path.name])) for path in found]


def _saved_data_set(config: Config, section: str, folder: Place) -> list[Place]:
    """The files with the rows of a data set that Hugging Face's `datasets` saved in a folder; none of other folders."""
    if (folder / "dataset_dict.json").is_file():
        splits = json.loads((folder / "dataset_dict.json").read_bytes())["splits"]
        message = f"{folder} holds a data set with several splits; name the folder of one: {folder / splits[0]}"
        raise config.error(message, section, "path")
    if not (folder / "state.json").is_file():
        return []
    state = json.loads((folder / "state.json").read_bytes())
    if state.get("_indices_data_files"):
        message = f"{folder} holds a choice of rows of another data set; save what its flatten_indices() gives"
        raise config.error(message, section, "path")
    return [folder / entry["filename"] for entry in state.get("_data_files", ())]


def _near_names(config: Config, pattern: str) -> str:
    """Files beside the one that is not there whose names are nearly its name, as a question."""
    if is_url(pattern):
        return ""
    for folder in ((config.folder / pattern).parent, Path(pattern).parent):
        names = [entry.name for entry in folder.iterdir() if entry.is_file()] if folder.is_dir() else []
        if near := get_close_matches(Path(pattern).name, names, n=1, cutoff=0.75):
            return f"; did you mean {near[0]}?"
    return ""


def find_inputs(config: Config, pattern: str) -> tuple[Place, list[Place]]:
    """The folder that `pattern` was looked up in, and the files, glob matches or folder entries, sorted."""
    if is_url(pattern):
        return _find_url(pattern)
    for folder in (config.folder, Path()):
        found = folder / pattern
        if found.is_dir():
            return found, sorted(entry for entry in found.iterdir() if entry.is_file() and entry.name[0] != ".")
        if found.is_file() or not re.search(r"[*?\[]", pattern):
            if found.exists():
                return found, [found]
        elif matches := sorted(entry for entry in _glob(folder, pattern) if entry.is_file()):
            return found, [*matches]
    return config.folder / pattern, []


def _glob(folder: Path, pattern: str) -> list[Path]:
    absolute = Path(pattern)
    if absolute.is_absolute():
        return list(Path(absolute.anchor).glob(str(absolute.relative_to(absolute.anchor))))
    return list(folder.glob(pattern))


def _find_url(pattern: str) -> tuple[Place, list[Place]]:
    start, magic, rest = re.fullmatch(r"(?s)([^*?\[]*)([*?\[]?)(.*)", pattern).groups()  # type: ignore[union-attr]
    root, _, name = start.rpartition("/")
    if magic:
        found = [entry for entry in place(root).glob(name + magic + rest) if entry.is_file()]
    else:
        whole = place(pattern)
        found = [whole] if whole.is_file() else [entry for entry in entries(whole) if entry.is_file()]
    return place(pattern), sorted(found, key=str)


def _parts(path: Place) -> list[str]:
    return path.absolute().as_posix().split("/")


def _folders_in_common(paths: Sequence[Place]) -> int:
    levels = zip(*(_parts(path)[:-1] for path in paths), strict=False)
    return sum(1 for _ in takewhile(lambda level: len(set(level)) == 1, levels))


def _name(path: Place, common: int) -> str:
    """The file name; where several files are called so, with the folders in which they differ."""
    return "stdin" if str(path) == "-" else "/".join(_parts(path)[common:])
