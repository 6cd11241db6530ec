"""Apertium: translation by rules, as a program. Each sentence goes through the pipe by itself, all through one pipe.

Its tagger forgets a sentence at its end, but for one thing: after a word with readings that it was not trained on, it
takes unknown words for something else. So a few sentences depend on others in the pipe, which go in sorted for that.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path

from augcli.errors import ResourceError, RunError
from augcli.language.resources import Lexicon, digest
from augcli.models.results import Request, Results
from augcli.translation.languages import three_letters

_PACKAGES = """
afr-nld arg-cat bel-rus br-fr cat-ita cat-srd dan-nor en-gl eng-cat eng-spa eo-ca eo-en eo-es eo-fr es-gl es-pt es-ro
eu-en eu-es fr-es fra-cat fra-frp hbs-eng hbs-mkd hbs-slv ind-zlm isl-eng isl-swe mkd-bul mkd-eng nno-nob oc-ca oc-es
oci-fra pol-szl por-cat pt-gl rus-ukr spa-arg spa-ast spa-cat spa-ita srd-ita swe-dan swe-nor urd-hin
"""
PACKAGES = _PACKAGES.split()
"""Language pairs that Debian has as apertium-PAIR."""
_LONGEST = 5000
"""Characters of a sentence; more are translated by clauses."""
_SECONDS = 60.0
"""That the program may take to start, and then for every thousand sentences."""
_SPECIAL = re.compile(r"([\[\]{}^$/\\@<>])")
_TILDE = "\ue07e"
"""Stands for ~, which programs of the pipe take out."""
_ESCAPED = re.compile(r"\\(.)")
_END = ".[][\n]"
"""After each sentence, as apertium's own reader of text has it after paragraphs: a full stop that goes again."""


class Apertium:
    """Translates in one direction with an installed pair of languages."""

    def __init__(self, source: str, target: str) -> None:
        """Raises ResourceError, naming the Debian package, when the program or the pair is not installed."""
        self._mode = mode_of(source, target)
        revision = sha256(b"".join(digest(file) for file in _files(self._mode))).hexdigest()[:12]
        self.model = f"apertium {self._mode}@{revision}"
        self.settings = version()

    def fits(self, text: str) -> bool:
        return len(text) <= _LONGEST

    def translate(self, requests: Sequence[Request]) -> Iterator[dict[Request, Results]]:
        if not requests:
            return
        ordered = sorted(requests)
        sent = "".join(f"{_escape(request.text)}{_END}\0" for request in ordered)
        results = _pipe(self._mode, sent, len(requests)).split("\0")
        # when the input ends, each program of the pipe may add one more empty sentence
        if len(results) <= len(requests) or any(results[len(requests) :]):
            raise RunError(f"apertium {self._mode} gave {len(results) - 1} sentences for {len(requests)}")
        yield {request: _parse_result(result) for request, result in zip(ordered, results, strict=False)}


def _escape(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text.replace("~", _TILDE))


def _parse_result(result: str) -> Results:
    bare, end, _ = result.rpartition("[]")
    if not end:
        return ()
    text = _ESCAPED.sub(r"\1", bare.strip().removesuffix(".")).replace(_TILDE, "~")
    return (" ".join(text.split()),)


def _pipe(mode: str, sent: str, sentences: int) -> str:
    # with -z, each program of the pipe ends its work on a sentence before it begins the next
    command = [*_program(), "-z", "-u", "-f", "none", mode]
    env = {**os.environ, "LC_ALL": "C.UTF-8"}
    seconds = _SECONDS * (1 + sentences / 1000)
    try:
        done = subprocess.run(command, input=sent.encode(), capture_output=True, check=False, timeout=seconds, env=env)
    except subprocess.TimeoutExpired:
        raise RunError(f"apertium {mode} did not end within {seconds:.0f} s for {sentences} sentences") from None
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip()
        raise RunError(f"apertium {mode} failed with exit code {done.returncode}: {said}")
    return done.stdout.decode()


def _program() -> list[str]:
    found = shutil.which("apertium")
    if not found:
        raise ResourceError("apertium is not installed; get it with: sudo apt install apertium")
    return [found]


@cache
def version() -> str:
    """Version of the program. Raises ResourceError when it is not installed."""
    return _program_output("-V")


@cache
def modes() -> frozenset[str]:
    """Directions that are installed. Raises ResourceError when the program is not installed."""
    return frozenset(_program_output("-l").split())


def _program_output(option: str) -> str:
    done = subprocess.run([*_program(), option], capture_output=True, text=True, check=False, timeout=_SECONDS)
    if done.returncode:
        raise ResourceError(f"`apertium {option}` failed: {done.stderr.strip()}")
    return done.stdout.strip()


def _pairs(source: str, target: str) -> list[str]:
    """What a direction may be called."""
    names = [[language, *three_letters(language)] for language in (source, target)]
    return [f"{first}-{second}" for first in names[0] for second in names[1]]


def package_of(source: str, target: str) -> str | None:
    """The Debian package of a pair of languages, if there is one."""
    wanted = {*_pairs(source, target), *_pairs(target, source)}
    return next((f"apertium-{pair}" for pair in PACKAGES if pair in wanted), None)


def known(source: str, target: str) -> bool:
    """Whether Debian has such a pair, or it is installed from elsewhere."""
    if package_of(source, target) or not shutil.which("apertium"):
        return package_of(source, target) is not None
    return any(pair in modes() for pair in _pairs(source, target))


def mode_of(source: str, target: str) -> str:
    """The name of a direction. Raises ResourceError, naming the Debian package, when it is not installed."""
    package = package_of(source, target)
    if not shutil.which("apertium"):
        raise ResourceError(
            f"apertium is not installed; get it with: sudo apt install apertium {package or ''}".strip()
        )
    found = next((pair for pair in _pairs(source, target) if pair in modes()), None)
    if found:
        return found
    if package and not any(pair in modes() for pair in _pairs(target, source)):
        hint = f"get it with: sudo apt install {package}"
    else:
        hint = f"installed are {', '.join(sorted(modes())) or 'none'}"
    raise ResourceError(f"apertium cannot translate from {source} to {target} here; {hint}")


@cache
def _files(mode: str) -> list[Path]:
    """The description of a direction, and the dictionaries and rules that it names."""
    folder = Path(os.environ.get("APERTIUM_DATADIR", "/usr/share/apertium"))
    described = folder / "modes" / f"{mode}.mode"
    named = [
        Path(name) for name in re.findall(r"'([^']+)'|(/\S+)", described.read_text("utf-8")) for name in name if name
    ]
    return [described, *dict.fromkeys(file for file in named if file.is_file())]


def lexicons(source: str, target: str) -> list[Lexicon]:
    """The dictionaries of a direction, for the report. Raises ResourceError when they are not installed."""
    mode = mode_of(source, target)
    folders: dict[Path, list[str]] = {}
    for file in _files(mode):
        folders.setdefault(file.parent, []).append(file.name)
    return [Lexicon(f"apertium {mode}", str(folder), "GPL", patterns=tuple(files)) for folder, files in folders.items()]
