"""Rows of text tables, CSV, TSV, JSONL and plain lines: a broken row keeps its place.

Every reader can start anywhere between two rows, and can tell where its rows end, so that a
file may be cut and its parts read by several processes with the same outcome.
"""

from __future__ import annotations

import csv
import json
import re
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import IO, Any, Protocol

from detector.errors import InputError
from detector.scan.table import DELIMITERS, Row

LINE_LIMIT = 1_000_000
"""Bytes a line may have; of a longer one the rest is read over and the row is refused."""
_BLOCK = 1 << 16
_UNDECODED = re.compile("[\udc80-\udcff]")
_BOM = b"\xef\xbb\xbf"


class Reader(Protocol):
    """Reads the rows of one stream, or of one part of it."""

    header: list[str]

    def __iter__(self) -> Iterator[Row]:
        """Yield the rows."""

    def places(self) -> Iterator[tuple[int, int]]:
        """Yield for each row the bytes and lines read up to its end; instead of the rows."""


class Lines:
    """Lines of a stream, each at most ``LINE_LIMIT`` bytes and one; counts what was read.

    Args:
        stream: bytes in an encoding that extends ASCII.
        ends: what ends a line: ``"any"`` of LF, CRLF and CR, or ``"lf"`` alone.
    """

    def __init__(self, stream: IO[bytes], ends: str) -> None:
        self._source = self._by_lf(stream) if ends == "lf" else self._by_any(stream)
        self._returned: deque[tuple[bytes, int]] = deque()
        self.bytes = 0
        self.count = 0

    def __iter__(self) -> Iterator[tuple[bytes, int]]:
        """Yield lines and the bytes each takes in the stream."""
        while True:
            line, size = (
                self._returned.popleft() if self._returned else next(self._source, (b"", 0))
            )
            if not size:
                return
            self.bytes += size
            self.count += 1
            yield line, size

    def give_back(self, lines: Sequence[tuple[bytes, int]]) -> None:
        """Take back the last lines that were read: they will come again."""
        self._returned.extendleft(reversed(lines))
        self.bytes -= sum(size for _, size in lines)
        self.count -= len(lines)

    @staticmethod
    def _by_lf(stream: IO[bytes]) -> Iterator[tuple[bytes, int]]:
        while line := stream.readline(LINE_LIMIT + 1):
            kept, size = line, len(line)
            while len(line) > LINE_LIMIT and not line.endswith(b"\n"):
                line = stream.readline(LINE_LIMIT + 1)
                size += len(line)
            yield kept, size

    @staticmethod
    def _by_any(stream: IO[bytes]) -> Iterator[tuple[bytes, int]]:
        read = getattr(stream, "read1", stream.read)
        tail, size = b"", 0
        while block := read(_BLOCK):
            lines = (tail + block).splitlines(keepends=True)
            # A CR at the end of a block may be half of a CRLF.
            last = b"" if lines[-1].endswith(b"\n") else lines.pop()
            for line in lines:
                extra, size = size, 0
                yield line[: LINE_LIMIT + 1], len(line) + extra
            tail = last
            if len(tail) > LINE_LIMIT + 1:
                size += len(tail) - LINE_LIMIT - 1
                # One byte more than the limit says that it is too long; a CR stays at its end.
                tail = tail[:LINE_LIMIT] + tail[-1:]
        if tail:
            for line in tail.splitlines(keepends=True):
                yield line, len(line) + size
                size = 0


def reader_of(
    stream: IO[bytes],
    kind: str,
    name: str,
    encoding: str = "utf-8",
    header: list[str] | None = None,
    line: int = 0,
) -> Reader:
    """Return what reads the rows of a stream.

    Args:
        stream: bytes in ``encoding``.
        kind: csv, tsv, jsonl or lines.
        name: of the file, for sentences.
        encoding: one that extends ASCII.
        header: the columns, when the stream begins after the line that names them.
        line: lines of the file before the stream.

    Raises:
        InputError: the header cannot be used.
    """
    if kind in DELIMITERS:
        return FlatReader(stream, DELIMITERS[kind], name, encoding, header, line)
    if kind == "jsonl":
        return JsonlReader(stream, encoding, line)
    return LineReader(stream, encoding, line)


# --- JSONL ---------------------------------------------------------------------------------


def dump(fields: Mapping[str, Any]) -> bytes:
    """Return one line of JSONL, readable where the text can be written as UTF-8."""
    try:
        return json.dumps(fields, ensure_ascii=False, default=str).encode() + b"\n"
    except UnicodeEncodeError:  # half a surrogate pair, written as \ud83d in the input
        return json.dumps(fields, default=str).encode() + b"\n"


class JsonlReader:
    """One object a line; empty lines at the end are no rows."""

    def __init__(self, stream: IO[bytes], encoding: str = "utf-8", line: int = 0) -> None:
        self.header: list[str] = []
        self._lines = Lines(stream, "lf")
        self._encoding = encoding
        self._before = line

    def __iter__(self) -> Iterator[Row]:
        """Yield one row a line."""
        empty: list[Row] = []
        for line, _ in self._lines:
            number = self._before + self._lines.count
            if line.strip():
                yield from empty
                empty.clear()
                content = line.removeprefix(_BOM) if number == 1 else line
                yield _object(number, content, self._encoding)
            elif len(empty) < LINE_LIMIT:
                empty.append(Row({}, f"Line {number} is empty; write one object a line."))

    def places(self) -> Iterator[tuple[int, int]]:
        """Yield for each row the bytes and lines read up to its end.

        Empty lines are rows only when something follows, so they end with what follows.
        """
        empty = 0
        for line, _ in self._lines:
            if not line.strip():
                empty = min(empty + 1, LINE_LIMIT)
                continue
            for _ in range(empty + 1):
                yield self._lines.bytes, self._before + self._lines.count
            empty = 0


def read_jsonl(stream: IO[bytes]) -> Iterator[Row]:
    """Yield the rows of JSONL in UTF-8."""
    return iter(JsonlReader(stream))


def _object(number: int, line: bytes, encoding: str) -> Row:
    if len(line) > LINE_LIMIT:
        return Row({}, f"Line {number} is longer than {LINE_LIMIT} bytes; shorten it.")
    try:
        fields = json.loads(line.decode(encoding), parse_constant=_no_number, parse_float=_number)
    except UnicodeDecodeError as error:
        return Row({}, _wrong_encoding(number, encoding, f" at byte {error.start}"))
    except json.JSONDecodeError as error:
        return Row({}, f"Line {number} is not valid JSON at column {error.colno}; correct it.")
    except (ValueError, RecursionError):
        return Row({}, f"Line {number} has a number or a nesting that cannot be read; correct it.")
    if not isinstance(fields, dict):
        return Row({}, f"Line {number} is not a JSON object; write one object a line.")
    return Row(fields)


def _wrong_encoding(number: int, encoding: str, place: str = "") -> str:
    told = "UTF-8" if encoding == "utf-8" else encoding
    return f"Line {number} is not {told}{place}; name the file's encoding with --encoding."


def _no_number(name: str) -> float:
    raise ValueError(name)


def _number(digits: str) -> float:
    value = float(digits)
    if value in (float("inf"), float("-inf")):
        raise ValueError(digits)  # 1e999 could only be written back as no JSON
    return value


# --- plain lines -----------------------------------------------------------------------------


class LineReader:
    """One message a line, in the field ``text``; empty lines at the end are no rows."""

    def __init__(self, stream: IO[bytes], encoding: str = "utf-8", line: int = 0) -> None:
        self.header = ["text"]
        self._lines = Lines(stream, "any")
        self._encoding = encoding
        self._before = line

    def __iter__(self) -> Iterator[Row]:
        """Yield one row a line."""
        empty = 0
        for line, _ in self._lines:
            number = self._before + self._lines.count
            if not line.strip():
                empty += 1
                continue
            for back in range(empty, 0, -1):
                yield Row({"text": ""}, f"Line {number - back} is empty; write a message there.")
            empty = 0
            content = (line.removeprefix(_BOM) if number == 1 else line).rstrip(b"\r\n")
            if len(line) > LINE_LIMIT:
                yield Row({}, f"Line {number} is longer than {LINE_LIMIT} bytes; shorten it.")
                continue
            try:
                yield Row({"text": content.decode(self._encoding)})
            except UnicodeDecodeError:
                yield Row(
                    {"text": content.decode(self._encoding, "replace")},
                    _wrong_encoding(number, self._encoding),
                )

    def places(self) -> Iterator[tuple[int, int]]:
        """Yield for each row the bytes and lines read up to its end."""
        empty = 0
        for line, _ in self._lines:
            if not line.strip():
                empty += 1
                continue
            for _ in range(empty + 1):
                yield self._lines.bytes, self._before + self._lines.count
            empty = 0


# --- CSV and TSV -------------------------------------------------------------------------------


class FlatReader:
    """A CSV or TSV file, or a part of one when the header is given.

    Raises:
        InputError: the header cannot be read, or a column occurs twice.
    """

    def __init__(
        self,
        stream: IO[bytes],
        delimiter: str,
        name: str,
        encoding: str = "utf-8",
        header: list[str] | None = None,
        line: int = 0,
    ) -> None:
        self._delimiter = delimiter
        self._encoding = encoding
        self._before = line
        self._lines = Lines(stream, "any")
        self._pending: list[tuple[bytes, int]] = []
        self._reader = self._restarted()
        if header is not None:
            self.header = header
            return
        cells, error = next(self._records(), ([], ""))
        if error:
            raise InputError(
                "broken-header", "The first line of {name!r} cannot be read; correct it.",
                name=name,
            )  # fmt: skip
        self.header = [_repaired(cell) for cell in cells]
        for column in self.header:
            if self.header.count(column) > 1:
                raise InputError(
                    "duplicate-column",
                    "The column {column!r} of {name!r} occurs twice; rename one.",
                    name=name, column=column,
                )  # fmt: skip

    @property
    def start(self) -> tuple[int, int]:
        """Bytes and lines that were read so far."""
        return self._lines.bytes, self._before + self._lines.count

    def _restarted(self) -> Iterator[list[str]]:
        # strict: a quote that never ends must not swallow the rest of the file in silence.
        return csv.reader(self._decoded(), delimiter=self._delimiter, strict=True)

    def _decoded(self) -> Iterator[str]:
        for line, size in self._lines:
            self._pending.append((line, size))
            if self._before + self._lines.count == 1:
                line = line.removeprefix(_BOM)
            # Bytes that cannot be decoded become surrogates, so that their row can be named.
            yield line.decode(self._encoding, "surrogateescape")

    def _records(self) -> Iterator[tuple[list[str], str]]:
        """Yield the cells of each row and what is wrong with them.

        A row that cannot be read ends with its first line: what a lost quote swallowed is read
        again, so that each line after it keeps its own place.
        """
        while True:
            self._pending.clear()
            try:
                cells = next(self._reader)
            except StopIteration:
                return
            except csv.Error as problem:
                first, *others = self._pending
                self._lines.give_back(others)
                self._reader = self._restarted()
                number = self._before + self._lines.count
                if others or "unexpected end" in str(problem):
                    error = f"Line {number} opens a quote that does not end; close it or double it."
                else:
                    error = f"Line {number} cannot be read ({problem}); correct it."
                line = first[0].decode(self._encoding, "surrogateescape").rstrip("\r\n")
                yield line.split(self._delimiter), error
                continue
            if cells:
                yield cells, ""

    def __iter__(self) -> Iterator[Row]:
        """Yield the rows."""
        for cells, error in self._records():
            yield self._row(cells[: len(self.header)] if error else cells, error)

    def places(self) -> Iterator[tuple[int, int]]:
        """Yield for each row the bytes and lines read up to its end."""
        for _ in self._records():
            yield self.start

    def _row(self, cells: Sequence[str], error: str) -> Row:
        line = self._before + self._lines.count
        if not error and len(cells) > len(self.header):
            error = (
                f"Line {line} has {len(cells)} fields, the header {len(self.header)};"
                " put quotes around fields that hold the separator."
            )
        if any(not cell.isascii() and _UNDECODED.search(cell) for cell in cells):
            error = error or _wrong_encoding(line, self._encoding)
            cells = [_repaired(cell) for cell in cells]
        filled = [*cells, *[""] * (len(self.header) - len(cells))]
        return Row(dict(zip(self.header, filled, strict=False)), error)


def _repaired(cell: str) -> str:
    return cell.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def flat_line(cells: Sequence[Any], delimiter: str) -> bytes:
    """Return one line of CSV or TSV; what is no text is written as JSON, nothing as nothing."""
    return flat_lines([cells], delimiter)


def flat_lines(rows: Sequence[Sequence[Any]], delimiter: str) -> bytes:
    """Return lines of CSV or TSV; what is no text is written as JSON, nothing as nothing."""
    lines = _Lines()
    plain = csv.writer(lines, delimiter=delimiter, lineterminator="\n")
    # The csv module leaves a lone carriage return bare, and readers break the line there.
    quoting = csv.writer(lines, delimiter=delimiter, lineterminator="\n", quoting=csv.QUOTE_ALL)
    for cells in rows:
        texts = [
            cell
            if isinstance(cell, str)
            else ""
            if cell is None
            else json.dumps(cell, ensure_ascii=False, default=str)
            for cell in cells
        ]
        writer = quoting if any("\r" in text for text in texts) else plain
        writer.writerow(texts)
    return "".join(lines.texts).encode("utf-8", "replace")


class _Lines:
    def __init__(self) -> None:
        self.texts: list[str] = []

    def write(self, text: str) -> None:
        self.texts.append(text)
