"""The input files of a config, made seekable and UTF-8 so that any chunk of them can be read by itself."""

from __future__ import annotations

import bz2
import codecs
import gzip
import io
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path
from typing import IO, Any, cast

from augcli.config import Config, Format, Input
from augcli.errors import DataError, ResourceError
from augcli.rows import Bad, CsvRow, Header, Row, array_elements, arrow, scan_arrow, scan_csv, scan_json

_SUFFIXES = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "json",
    ".parquet": "parquet",
}
_PACKED = {b"\x1f\x8b": "gz", b"BZh": "bz2", b"\x28\xb5\x2f\xfd": "zst"}
_PACKED_SUFFIXES = {".gz": "gz", ".bz2": "bz2", ".zst": "zst", ".zstd": "zst"}


def format_of(path: str) -> tuple[Format | None, str]:
    """Format and compression ("", gz, bz2, zst) that a file name stands for."""
    suffixes = [suffix.lower() for suffix in Path(path).suffixes]
    packed = _PACKED_SUFFIXES.get(suffixes[-1], "") if suffixes else ""
    inner = suffixes[-2:-1] if packed else suffixes[-1:]
    return cast("Format | None", _SUFFIXES.get(inner[0]) if inner else None), packed


@dataclass(slots=True)
class Source:
    """One input file, and the seekable UTF-8 file that its rows are read from: itself, or a copy in the work folder."""

    name: str
    path: Path
    format: Format
    data: Path
    sha256: str = ""
    size: int = 0
    rows: int = 0
    delimiter: str = ","
    newline: str = "\n"
    header: Header | None = None
    start: int = 0
    """Where the rows start, after the header."""
    first_line: int = 1


def open_sources(config: Config, spool: Path) -> list[Source]:
    """The input files, made readable from any place; `spool` is a folder for copies of those that are not.

    Raises ConfigError when nothing is found, DataError when a file cannot be unpacked or decoded.
    """
    sources = [_source(config, path, name, spool, index) for index, (path, name) in enumerate(_inputs(config))]
    headers = [source for source in sources if source.header]
    for source in headers[1:]:
        if source.header and headers[0].header and source.header.names != headers[0].header.names:
            raise DataError(f"{source.path}: its columns are not those of {headers[0].path}: {source.header.names}")
    return sources


def _inputs(config: Config) -> list[tuple[Path, str]]:
    """Each input file with the name that its rows go by."""
    wanted = [config.input.path] if isinstance(config.input.path, str) else config.input.path
    found: list[tuple[Path, str]] = []
    for pattern in wanted:
        if pattern == "-":
            found.append((Path("-"), "stdin"))
            continue
        place, files = config.find_inputs(pattern)
        if place.is_dir() and not config.input.format:
            files = [file for file in files if format_of(file.name)[0]]
        if not files:
            raise config.error(f"nothing to read at {place.absolute()} (nor below the current folder)", "input", "path")
        found += [(file, file.name) for file in files]
    names = Counter(name for _, name in found)
    return [(path, name if names[name] == 1 else path.as_posix()) for path, name in found]


def _source(config: Config, path: Path, name: str, spool: Path, index: int) -> Source:
    fmt = config.input.format or format_of(path.name)[0]
    if fmt is None:
        known = ", ".join(_SUFFIXES)
        raise config.error(f"{path}: the name does not tell the format ({known}); set input.format", "input", "path")
    try:
        source = _seekable(config, path, name, fmt, spool / f"input-{index}")
    except (OSError, EOFError, ResourceError) as error:
        if isinstance(error, ResourceError):
            raise
        raise DataError(f"{path}: cannot be read: {error}") from error
    if source.format in ("csv", "tsv"):
        _read_header(config, source)
    return source


def _seekable(config: Config, path: Path, name: str, fmt: Format, copy: Path) -> Source:
    encoding = config.input.encoding
    stdin = str(path) == "-"
    if stdin:
        path = copy.with_suffix(".stdin")
        with path.open("wb") as file:
            while block := sys.stdin.buffer.read(1 << 20):
                file.write(block)
    with path.open("rb") as file:
        sha256 = file_digest(file, "sha256").hexdigest()
        size = file.tell()
    source = Source(name, Path("-") if stdin else path, fmt, path, sha256, size)
    with unpacked(path) as (file, packed):
        start = file.peek(4)[:4]
        if fmt == "parquet":
            source.data = _spooled_arrow(path, copy, config.engine.chunk_rows)
            return source
        if encoding.replace("_", "-").lower() in ("utf-8", "utf8", "utf-8-sig"):
            if start[:2] in (b"\xff\xfe", b"\xfe\xff"):
                raise DataError(f"{path}: the file starts like UTF-16; set input.encoding: utf-16")
            text: IO[bytes] = file
            copied = bool(packed)
        else:
            text = cast("IO[bytes]", _Recoded(file, encoding))
            copied = True
        if fmt == "json":
            copied, source.format = True, "jsonl"
        if copied:
            source.data = copy
            with copy.open("wb") as out:
                for block in _array_lines(text, path) if fmt == "json" else iter(lambda: text.read(1 << 20), b""):
                    out.write(block)
    return source


def _array_lines(file: IO[bytes], path: Path) -> Iterator[bytes]:
    """A JSON array as lines; a .json file of JSON lines as it stands."""
    buffered = io.BufferedReader(cast("io.RawIOBase", file)) if not hasattr(file, "peek") else file
    start = cast("io.BufferedReader", buffered).peek(64)[:64].removeprefix(b"\xef\xbb\xbf").lstrip()
    if start[:1] == b"{":
        yield from iter(lambda: buffered.read(1 << 20), b"")
        return
    if start[:1] not in (b"[", b""):
        raise DataError(f"{path}: expected a JSON array of objects; the file starts with {start[:20]!r}")
    try:
        for element in array_elements(buffered):
            yield element + b"\n"
    except Bad as bad:
        raise DataError(f"{path}: {bad}") from None


class _Recoded(io.RawIOBase):
    """A file read as UTF-8 whatever its encoding.

    Bytes that the encoding does not know become lone surrogates, which the reader of the rows refuses, with the line.
    """

    def __init__(self, file: IO[bytes], encoding: str) -> None:
        self._file = file
        self._decode = codecs.getincrementaldecoder(encoding)(errors="surrogateescape").decode
        self._rest = b""
        self._ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._rest and not self._ended:
            block = self._file.read(1 << 16)
            self._ended = not block
            self._rest = self._decode(block, final=self._ended).encode("utf-8", "surrogatepass")
        size = min(len(buffer), len(self._rest))
        buffer[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size


@contextmanager
def unpacked(path: Path) -> Iterator[tuple[io.BufferedReader, str]]:
    """The file unpacked by what its first bytes say (a name may lie), and how it was packed."""
    with path.open("rb") as file:
        start = file.peek(4)[:4]
        packed = next((kind for magic, kind in _PACKED.items() if start.startswith(magic)), "")
        if packed == "gz":
            yield io.BufferedReader(cast("io.RawIOBase", gzip.GzipFile(fileobj=file))), packed
        elif packed == "bz2":
            yield io.BufferedReader(cast("io.RawIOBase", bz2.BZ2File(file))), packed
        elif packed == "zst":
            yield io.BufferedReader(zstandard().ZstdDecompressor().stream_reader(file, read_across_frames=True)), packed
        else:
            yield file, packed


def zstandard() -> Any:
    """The zstandard package. Raises ResourceError when it is not installed."""
    try:
        import zstandard as package
    except ImportError as error:
        raise ResourceError("zst files need zstandard: pip install 'augcli[zstd]'") from error
    return package


def _spooled_arrow(path: Path, copy: Path, rows: int) -> Path:
    """A Parquet file as Arrow streams of some rows each, one after another: those can be read from any place."""
    pyarrow = arrow()
    try:
        parquet = pyarrow.parquet.ParquetFile(path)
        with copy.open("wb") as out:
            for batch in parquet.iter_batches(batch_size=rows):
                with pyarrow.ipc.new_stream(out, batch.schema) as stream:
                    stream.write_batch(batch)
    except pyarrow.ArrowInvalid as error:
        raise DataError(f"{path}: not a Parquet file: {error}") from error
    return copy


def _read_header(config: Config, source: Source) -> None:
    source.delimiter = "\t" if source.format == "tsv" else config.input.delimiter or ","
    with source.data.open("rb") as file:
        first = next(scan_csv(file, source.delimiter, None), None)
        if first is None:
            raise DataError(f"{source.path}: the file is empty; expected a header line with the column names")
        row, line, source.start = first
        if isinstance(row, Bad):
            raise DataError(f"{source.path}: header (line {line}): {row}")
        file.seek(0)
        head = file.read(source.start)
    source.header = cast("CsvRow", row).header
    source.newline = "\r\n" if head.endswith(b"\r\n") else "\n"
    source.first_line = 1 + len(head.splitlines())
    repeated = sorted(set(source.header.repeated()) & set(_used(config.input)))
    if repeated:
        raise DataError(
            f"{source.path}: two columns are called {repeated[0]!r}; rename one, or leave it out of the config"
        )


def _used(data: Input) -> list[str]:
    named = [*data.texts, data.label, data.id, data.spans, data.tokens, data.tags]
    return [column for column in named if column]


def scan(source: Source, file: IO[bytes]) -> Iterator[tuple[Row | Bad, int, int]]:
    """Rows of a source from the place of `file` on: row or why not, line and position, both counted from there."""
    if source.format == "parquet":
        return scan_arrow(file)
    if source.format == "jsonl":
        return scan_json(file)
    return scan_csv(file, source.delimiter, source.header)
