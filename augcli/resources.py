"""The lexicons that steps read: which file of which installed package, under which licence."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import file_digest
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from augcli.errors import ResourceError


@dataclass(frozen=True, slots=True)
class Lexicon:
    """A file with words. Without a package it is the user's own, and `file` its path."""

    name: str
    file: str
    licence: str
    package: str = ""
    module: str = ""

    def path(self) -> Path:
        """Where the file is. Raises ResourceError with the command that installs it."""
        if not self.package:
            return Path(self.file)
        spec = find_spec(self.module)
        path = Path(spec.origin).parent / self.file if spec and spec.origin else None
        if path is None or not path.is_file():
            raise ResourceError(f"the {self.name} is {self.remedy}")
        return path

    @property
    def remedy(self) -> str:
        """What to do when it is missing."""
        return f"missing: pip install {self.package}"

    def present(self) -> bool:
        """Whether the file is there."""
        try:
            return self.path().is_file()
        except ResourceError:
            return False

    def sha256(self) -> str:
        """Of the file. Raises ResourceError when it is missing."""
        with self.path().open("rb") as file:
            return file_digest(file, "sha256").hexdigest()

    def described(self) -> dict[str, str]:
        """For the report."""
        source = f"{self.package} {self.version}" if self.package else "your own"
        return {"name": self.name, "from": source, "file": self.file, "licence": self.licence, "sha256": self.sha256()}

    @property
    def version(self) -> str:
        """Version of the package; empty when there is none."""
        try:
            return version(self.package)
        except (PackageNotFoundError, ValueError):
            return ""


CODESPELL = Lexicon(
    "list of common misspellings", "data/dictionary.txt", "CC BY-SA 3.0", "codespell", "codespell_lib"
)  # fmt: skip
JIEBA = Lexicon("Chinese dictionary", "dict.txt", "MIT", "jieba", "jieba")
PINYIN = Lexicon("pinyin of Chinese characters", "pinyin_dict.json", "MIT", "pypinyin", "pypinyin")
SIMILAR_CHARS = Lexicon("characters of similar shape", "lexicons/similar_chars.txt", "Apache-2.0", "augcli", "augcli")
PACKAGED = (CODESPELL, JIEBA, PINYIN, SIMILAR_CHARS)
"""All lexicons that come with an installation."""


def opencc(config: str) -> Lexicon:
    """The conversion table of an OpenCC config such as s2t."""
    return Lexicon(f"OpenCC table {config}", f"clib/share/opencc/{config}.json", "Apache-2.0", "opencc", "opencc")
