"""WordNet of other languages than English: Open Multilingual Wordnet, as a corpus of NLTK on this machine."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from augcli.errors import ResourceError
from augcli.language.resources import Lexicon
from augcli.language.thesaurus import Thesaurus, read

PREFIX = "wordnet:"
"""Of a thesaurus that is named by its language, as wordnet:fra."""
_DIALECT = 10
"""Distance of two codes that stand for one language, or for forms of it such as nb and no."""
_CORPORA = ("omw-2.0", "omw-1.4", "omw")
"""Names of the corpus in NLTK, the newest first."""


def config_error(thesaurus: str, language: str) -> str | None:
    """Why `thesaurus`, which begins with the prefix, does not fit texts of a language; None when it does."""
    import langcodes

    code = thesaurus.removeprefix(PREFIX)
    if not re.fullmatch("[a-z]{3}", code) or not langcodes.tag_is_valid(code):
        return f"{thesaurus!r}: there is no language {code!r}; write its code of three letters, as in {PREFIX}fra"
    if code == "eng":
        return "what English words mean comes with augcli, read one by one and from WordNet: leave `thesaurus` out"
    if langcodes.tag_distance(language, code) > _DIALECT:
        return f"these are words of language {code!r}, and the texts are of language {language!r}"
    return None


def lexicons(thesaurus: str) -> list[Lexicon]:
    """The files with the words. Raises ResourceError when they are not on this machine."""
    corpus, files = _find(thesaurus.removeprefix(PREFIX))
    paths = [corpus.abspath(file) for file in files]
    names = dict.fromkeys(path.zipfile.filename if hasattr(path, "zipfile") else str(path) for path in paths)
    return [Lexicon(f"Open Multilingual Wordnet, {thesaurus}", name, "see beside the file") for name in names]


def load(thesaurus: str) -> Thesaurus:
    """The words of a language by their senses. Raises ResourceError when they are not on this machine."""
    corpus, files = _find(thesaurus.removeprefix(PREFIX))
    return read(Path(thesaurus), "\n".join(corpus.raw(file) for file in files).encode())


def _find(code: str) -> tuple[Any, list[str]]:
    """The newest corpus that has words of a language, and the names of its files with them."""
    from nltk import data
    from nltk.corpus.reader import CorpusReader
    from nltk.corpus.util import LazyCorpusLoader

    there: set[str] = set()
    for name in _CORPORA:
        corpus = LazyCorpusLoader(name, CorpusReader, r".*wn-data-[a-z]+\.tab", encoding="utf8")
        try:
            files = {file: file[-len("xxx.tab") : -len(".tab")] for file in corpus.fileids()}
        except LookupError:  # this corpus is not there
            continue
        there |= {*files.values()}
        if found := [file for file, language in files.items() if language == code]:
            return corpus, found
    if there:
        raise ResourceError(
            f"the Open Multilingual Wordnet of this machine has no {code!r}; it has {', '.join(sorted(there))}"
        )
    raise ResourceError(
        f"{PREFIX}{code} needs the corpus omw-1.4 of NLTK: `python -m nltk.downloader omw-1.4`, or put it into "
        f"corpora/ of a folder that NLTK_DATA names; looked in {', '.join(data.path)}"
    )
