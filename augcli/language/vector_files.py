"""Files of word vectors, read block by block.

Formats are told apart by content: word2vec and fastText text (a first line `count dimensions`) and GloVe text (without
it), word2vec binary, all three also in gzip; fastText `.bin`; what gensim's `KeyedVectors.save` writes; and a `.npy`
matrix with a `.parquet` index of its words beside it.
"""

from __future__ import annotations

import gzip
import pickle
import re
import struct
import zlib
from codecs import BOM_UTF8
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from glob import escape
from importlib import import_module
from io import BufferedReader, BytesIO
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TypeAlias, cast

from augcli.errors import ConfigError, ResourceError
from augcli.language.resources import clipped

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


if TYPE_CHECKING:
    Matrix: TypeAlias = NDArray[np.float32]

_BLOCK = 1 << 24  # bytes read at once
_EXPECTED = "expected word vectors (word2vec, GloVe, fastText, gensim's KeyedVectors)"
_HEADER = re.compile(rb"(?:\xef\xbb\xbf)?([1-9]\d{0,11}) ([1-9]\d{0,5})[ \r]*\n")
_FLOAT = rb"[-+]?(?:\d++\.?\d*+|\.\d++)(?:[eE][-+]?\d++)?+"
_NUMBER = re.compile(_FLOAT)
_NUMBERS = re.compile(rb"\S+(?: " + _FLOAT + rb")++\s*(?:\n|$)")
_CONTROL = re.compile(rb"[\0-\x08\x0e-\x1f]")
_FASTTEXT = b"\xba\x16\x4f\x2f"
_PICKLE = b"\x80"
_NPY = b"\x93NUMPY"
_GZIP = b"\x1f\x8b"
_ZIP = b"PK\x03\x04"
_HARMLESS = {
    ("gensim.models.keyedvectors", "KeyedVectors"),
    ("gensim.models.fasttext", "FastTextKeyedVectors"),
    ("numpy", "ndarray"),
    ("numpy", "dtype"),
    ("numpy.core.multiarray", "_reconstruct"),
    ("numpy._core.multiarray", "_reconstruct"),
}
# What unpickling raises on damaged files, after the documentation of pickle.
_UNPICKLING = (pickle.UnpicklingError, AttributeError, EOFError, ImportError, LookupError, TypeError, ValueError)

Block: TypeAlias = "tuple[Sequence[str], Matrix]"
"""Words and their vectors."""


@dataclass(frozen=True, slots=True)
class Source:
    """The blocks of a file, and where its words are."""

    blocks: Iterator[Block]
    path: Path
    first_line: int | None = None
    """Of the words; None for a file that has no lines."""

    def at(self, row: int) -> str:
        """The place of a word: file and line, or file and number of the word."""
        return f"{self.path}, word {row + 1}" if self.first_line is None else f"{self.path}:{self.first_line + row}"


def open_source(path: Path, limit: int | None) -> Source:
    """The first `limit` words of a file (all for None), read block by block.

    Opening and going through the blocks raise ResourceError when the file or a package to read it is missing,
    ConfigError when it holds no word vectors or bad ones.
    """
    with _open(path) as file:
        head = file.read(1 << 16)
    if not head:
        raise ConfigError(f"{path} is empty; {_EXPECTED}")
    if head.startswith(_ZIP):
        raise ConfigError(f"{path} is a zip archive; unpack it and name the file in it")
    for magic, read in _WHOLE.items():
        if head.startswith(magic):
            return Source(_cut_up(path, read, limit), path)
    header = _HEADER.match(head)
    if header is None:
        return Source(_text(path, limit), path, 1)
    count, dimensions = int(header[1]), int(header[2])
    text = _is_text(path, head, header.end())
    blocks = (_text if text else _binary)(path, limit, dimensions)
    return Source(_check_count(blocks, path, count, limit), path, 2 if text else None)


def file_states(path: Path) -> list[tuple[str, int, int]]:
    """Path, size and time of change of a file and of those that are read with it.

    Raises ResourceError when one is missing.
    """
    with _reading(path):
        return [(str(file.resolve()), file.stat().st_size, file.stat().st_mtime_ns) for file in files_of(path)]


def files_of(path: Path) -> list[Path]:
    """`path`, and the files that hold the rest of what it begins: an index, or the matrices that gensim saves apart."""
    beside = path.parent.glob("*.parquet" if path.suffix == ".npy" else f"{escape(path.name)}.*.npy")
    return [path, *sorted(beside)]


def _is_text(path: Path, head: bytes, start: int) -> bool:
    """Whether a word and numbers follow the header, or should."""
    if {".txt", ".vec"} & set(path.suffixes) or _NUMBERS.match(head, start):
        return True
    return ".bin" not in path.suffixes and not _CONTROL.search(head)


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    try:
        yield
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise ConfigError.at(path, f"cut or damaged gzip ({error}); get the file again") from error
    except OSError as error:
        raise ResourceError(
            f"the word vectors {error.filename or path} cannot be read: {error.strerror or error}"
        ) from error


@contextmanager
def _open(path: Path) -> Iterator[IO[bytes]]:
    with _reading(path), path.open("rb") as file:
        if file.peek(2)[:2] != _GZIP:
            yield file
            return
        with gzip.GzipFile(fileobj=file) as unpacked, BufferedReader(cast("Any", unpacked), _BLOCK >> 4) as buffered:
            yield buffered


def _check_count(blocks: Iterator[Block], path: Path, count: int, limit: int | None) -> Iterator[Block]:
    rows = 0
    for block in blocks:
        rows += len(block[0])
        yield block
    if rows != min(count, limit or count):
        found = f"ends after {rows}" if rows < count else "goes on after them"
        raise ConfigError.at(path, f"its first line says {count} words, but the file {found}; get it again")


def _text(path: Path, limit: int | None, dimensions: int | None = None) -> Iterator[Block]:
    """Lines of a word and its numbers with blanks between; the first one is skipped when `dimensions` are known."""
    origin = f" (line 1 says {dimensions})" if dimensions else ""
    with _open(path) as file:
        line = 1
        if dimensions:
            file.readline()
            line = 2
        while lines := file.readlines(_BLOCK)[:limit]:
            if dimensions is None:
                lines[0] = lines[0].removeprefix(BOM_UTF8)
                dimensions = lines[0].rstrip().count(b" ")
                if not dimensions:
                    raise ConfigError(f"{path}:1: {_EXPECTED}, got {clipped(lines[0])}")
            yield _parse(lines, dimensions, path, line, origin)
            line += len(lines)
            limit = limit and limit - len(lines)
            if limit == 0:
                break


def _parse(lines: list[bytes], dimensions: int, path: Path, first: int, origin: str) -> Block:
    import numpy as np

    parts = [_split(line, dimensions) for line in lines]
    if None in parts:
        place = parts.index(None)
        raise ConfigError(f"{path}:{first + place}: {_complaint(lines[place], dimensions, origin)}")
    words, numbers = zip(*cast("list[tuple[bytes, bytes]]", parts), strict=True)
    try:
        vectors = np.loadtxt(BytesIO(b"\n".join(numbers)), np.float32, comments=None, delimiter=" ", ndmin=2)
    except ValueError as error:
        place = next(place for place, part in enumerate(numbers) if not _NUMBERS.fullmatch(b"- " + part))
        raise ConfigError(f"{path}:{first + place}: {_complaint(lines[place], dimensions, origin)}") from error
    joined = b"\n".join(words)
    try:
        return joined.decode().split("\n"), vectors
    except UnicodeDecodeError as error:
        place = joined.count(b"\n", 0, error.start)
        raise ConfigError(f"{path}:{first + place}: expected UTF-8, got {words[place]!r}; save it as UTF-8") from error


def _split(line: bytes, dimensions: int) -> tuple[bytes, bytes] | None:
    """The word of a line, and its numbers, which may be none; None when there are not `dimensions` of them."""
    line = line.rstrip()
    word, _, numbers = line.partition(b" ")
    if word and numbers and numbers.count(b" ") == dimensions - 1:
        return word, numbers
    parts = line.rsplit(b" ", dimensions)  # GloVe 840B has words such as `. . .`
    blank, last = parts[0].strip() != parts[0], parts[0].rpartition(b" ")[2]
    if len(parts) <= dimensions or not last or blank or _NUMBER.fullmatch(last):
        return None
    return parts[0], b" ".join(parts[1:])


def _complaint(line: bytes, dimensions: int, origin: str) -> str:
    fields = line.split()[1:]
    odd = [field for field in fields if not _NUMBER.fullmatch(field)]
    counted = f"{len(fields)} numbers" if len(fields) not in {0, dimensions} else clipped(line)
    got = f"{clipped(odd[0])} among them" if odd else counted
    return f"expected a word and {dimensions} numbers with single blanks between{origin}, got {got}"


def _binary(path: Path, limit: int | None, dimensions: int) -> Iterator[Block]:
    """Each word, a blank, and its vector; a line end may follow."""
    with _open(path) as file:
        file.readline()
        rest, row = b"", 0
        while row != limit and (read := file.read(_BLOCK)):
            rest += read
            words, vectors, end = _entries(rest, dimensions, None if limit is None else limit - row)
            if words:
                yield _decode(words, path, row), vectors
            rest, row = rest[end:], row + len(words)
        if row != limit and rest.strip():
            raise ConfigError(f"{path}, word {row + 1}: the file ends in the middle of it; get it again")


def _entries(data: bytes, dimensions: int, limit: int | None) -> tuple[list[bytes], Matrix, int]:
    """The whole entries that `data` begins with, and where they end."""
    import numpy as np

    words: list[bytes] = []
    vectors: list[bytes] = []
    end, size = 0, 4 * dimensions
    while len(words) != limit and (blank := data.find(b" ", end)) >= 0 and blank + 1 + size <= len(data):
        words.append(data[end:blank].lstrip(b"\n"))
        end = blank + 1 + size
        vectors.append(data[blank + 1 : end])
    return words, np.frombuffer(b"".join(vectors), "<f4").reshape(-1, dimensions), end


def _decode(words: list[bytes], path: Path, row: int) -> list[str]:
    decoded = []
    for number, word in enumerate(words, row + 1):
        try:
            decoded.append(word.decode())
        except UnicodeDecodeError as error:
            raise ConfigError(
                f"{path}, word {number}: expected UTF-8, got {word[:60]!r}; get the file again"
            ) from error
    return decoded


def _cut_up(path: Path, read: Callable[[Path], Block], limit: int | None) -> Iterator[Block]:
    """Blocks of what can only be read as a whole."""
    with _reading(path):
        with path.open("rb") as file:
            if file.read(2) == _GZIP:
                raise ConfigError.at(path, "only text and word2vec binary are read from gzip; gunzip it")
        words, matrix = read(path)
    if len(words) != len(matrix):
        raise ConfigError.at(path, f"expected as many words as vectors, got {len(words)} and {len(matrix)}")
    if not len(words):
        raise ConfigError(f"{path} is empty; {_EXPECTED}")
    end = min(len(words), limit or len(words))
    size = max(1, _BLOCK // (4 * matrix.shape[1]))
    for start in range(0, end, size):
        stop = min(start + size, end)
        yield words[start:stop], matrix[start:stop]


def _fasttext(path: Path) -> Block:
    _check_fasttext(path)
    vectors = _package("gensim.models.fasttext", "gensim").load_facebook_vectors(str(path))
    return vectors.index_to_key, vectors.vectors


def sub_word_vectors(path: Path) -> Any:
    """The vectors of a binary file of fastText, gensim's, which make a vector of any word; None for another file.

    Raises ResourceError when gensim or the file is missing, ConfigError when the file is cut or supervised.
    """
    with _open(path) as file:
        head = file.read(4)
    if _WHOLE.get(head) is not _fasttext:
        return None
    _check_fasttext(path)
    return _package("gensim.models.fasttext", "gensim").load_facebook_vectors(str(path))


def _check_fasttext(path: Path) -> None:
    """Gensim never comes back from a file that is cut within its words."""
    with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as data:
        try:
            words, _, labels, _, pruned = struct.unpack_from("=3i2q", data, 64)
            end = 92
            for _ in range(words):
                end = data.find(b"\0", end) + 10
                if end < 10:
                    break
            quantized, rows, columns = struct.unpack_from("=?2q", data, end + 8 * max(0, pruned))
        except struct.error:
            end = 0
        if end < 10 or end + 8 * max(0, pruned) + 17 + 4 * rows * columns > len(data):
            raise ConfigError.at(path, "the fastText file is cut; get it again")
    if labels or quantized:
        kind = "quantized" if quantized else "supervised"
        raise ConfigError.at(path, f"expected unsupervised fastText vectors, got a {kind} model; take its .vec file")


def _native(path: Path) -> Block:
    keyed = _package("gensim.models.keyedvectors", "gensim").KeyedVectors
    try:
        _check_pickle(path, keyed)
        loaded = keyed.load(str(path))
        return loaded.index_to_key, loaded.vectors
    except _UNPICKLING as error:
        raise ConfigError.at(path, f"{_EXPECTED}, got a pickle ({error}); write it with KeyedVectors.save") from error


def _check_pickle(path: Path, kind: type) -> None:
    with path.open("rb") as file:
        found = _Unpickler(file).load()
    if not isinstance(found, kind):
        raise pickle.UnpicklingError(f"of {type(found).__name__}")
    if any(getattr(found, attribute, None) for attribute in ("__scipys", "__recursive_saveloads")):
        raise pickle.UnpicklingError("with more of them beside it")


class _Unpickler(pickle.Unpickler):
    """Refuses what is not needed: a pickle may run anything that it names."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _HARMLESS:
            raise pickle.UnpicklingError(f"with {module}.{name}")
        return super().find_class(module, name)


def _npy(path: Path) -> Block:
    import numpy as np

    indexes = files_of(path)[1:]
    if len(indexes) != 1:
        raise ConfigError.at(path, f"expected one .parquet file of its words beside it, found {len(indexes)}")
    read = _package("pyarrow.parquet", "pyarrow").read_table
    try:
        words, matrix = read(indexes[0]).column(0).to_pylist(), np.load(path, mmap_mode="r")
    except ValueError as error:
        raise ConfigError(f"{path} or {indexes[0].name}: damaged ({error}); get them again") from error
    if matrix.ndim != 2 or matrix.dtype.kind != "f":
        raise ConfigError.at(path, f"expected rows of floats, got {matrix.dtype} of shape {matrix.shape}")
    return words, matrix


_WHOLE = {_FASTTEXT: _fasttext, _PICKLE: _native, _NPY: _npy}


def _package(module: str, name: str) -> Any:
    try:
        return import_module(module)
    except ImportError as error:
        raise ResourceError(f"{name} cannot be loaded: {error}; `pip install {name}`") from error
