"""Where the files of a model lie."""

from __future__ import annotations

import re
from functools import cache
from hashlib import sha256
from pathlib import Path

from augcli.errors import ResourceError
from augcli.language.resources import Lexicon, digest
from augcli.models.device import need

WEIGHTS = ("*.safetensors", "*.bin")


MODEL_FILES = ("*.json", "*.txt", "*.model", "*.spm", *WEIGHTS)
"""What belongs to a model: weights, config, vocabulary."""


def folder_of(model: str, revision: str | None = None) -> Path:
    """Where the files of a model lie: a folder, or a name on the Hugging Face hub that was fetched before.

    No network is used. Raises ResourceError with the command that fetches it.
    """
    folder = Path(model)
    if folder.is_dir():
        if not (folder / "config.json").is_file():
            raise ResourceError(f"{folder.resolve()} is no model: it has no config.json")
        return folder
    if not re.fullmatch(r"[\w.-]+(/[\w.-]+)?", model) or model.startswith("."):
        raise ResourceError(f"there is no folder {folder.resolve()}")
    need("huggingface_hub")
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(model, revision=revision, local_files_only=True))
    except (LocalEntryNotFoundError, HFValidationError):
        asked = f"{model} --revision {revision}" if revision else model
        raise ResourceError(
            f"there is no folder {model}, and no model of that name in the Hugging Face cache; "
            f"if it is on the hub, get it with: hf download {asked}"
        ) from None


def files_of(folder: Path) -> list[Path]:
    """The files of a model that its predictions depend on."""
    return sorted({file for pattern in MODEL_FILES for file in folder.glob(pattern)})


def lexicon_of(name: str, model: str, revision: str | None = None) -> Lexicon:
    """A model of the user's, for the report."""
    return Lexicon(name, str(folder_of(model, revision)), "yours", patterns=MODEL_FILES)


@cache
def revision_of(folder: Path) -> str:
    """What tells one version of a model from another: twelve digits of the sha256 of its files."""
    return sha256(b"".join(digest(file) for file in files_of(folder))).hexdigest()[:12]
