"""Which tables there are, how their bytes are opened, and how a file comes to be written whole."""

from __future__ import annotations

import codecs
import gzip
import io
import secrets
import sys
import zlib
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from detector.errors import InputError

FORMATS = {
    ".csv": "csv", ".tsv": "tsv", ".tab": "tsv", ".jsonl": "jsonl", ".ndjson": "jsonl",
    ".txt": "lines", ".parquet": "parquet", ".feather": "feather", ".arrow": "feather",
    ".xlsx": "xlsx",
}  # fmt: skip
NAMES = tuple(dict.fromkeys(FORMATS.values()))
PACKINGS = {".gz": "gzip", ".zst": "zstd"}
DELIMITERS = {"csv": ",", "tsv": "\t"}
COLUMNAR = frozenset({"parquet", "feather", "xlsx"})
_BLOCK = 1 << 16
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True, slots=True)
class Row:
    """One row as read: its fields, and what is wrong with it (empty when nothing is)."""

    fields: Mapping[str, Any]
    error: str = ""


Piece = tuple[tuple[int, int], int, "tuple[Row, ...] | None", "float | None"]
"""Place, number of rows, the rows where they are read already, share of the table."""


@dataclass(frozen=True, slots=True)
class Format:
    """What a file is: one of ``NAMES``, packed with one of ``PACKINGS`` or not at all."""

    name: str
    packing: str = ""

    @property
    def is_columnar(self) -> bool:
        """Whether a library must see the whole file."""
        return self.name in COLUMNAR


def format_of(name: str, given: str | None = None) -> Format:
    """Return the format of a file by ``--format`` or its ending; ``-`` is JSONL.

    Raises:
        InputError: neither tells.
    """
    path = Path(name)
    suffix = path.suffix.lower()
    packing = "" if name == "-" else PACKINGS.get(suffix, "")
    if packing:
        suffix = Path(path.stem).suffix.lower()
    told = given or ("jsonl" if name == "-" else FORMATS.get(suffix))
    if told is None:
        raise InputError(
            "unknown-format",
            "The ending of {name!r} tells no known format; name it with --format ({known}).",
            name=name,
            known=", ".join(NAMES),
        )
    if packing and told in COLUMNAR:
        raise InputError(
            "unknown-format", "A {kind} table is not packed once more; unpack {name!r} first.",
            kind=told, name=name,
        )  # fmt: skip
    return Format(told, packing)


def encoding_of(name: str | None) -> str | None:
    """Return the standard name of an encoding; None stays None (UTF-8, or UTF-16 by its mark).

    Raises:
        InputError: there is no such encoding of text.
    """
    if name is None:
        return None
    try:
        "".encode(name)
        b"".decode(name)
        return codecs.lookup(name).name
    except (LookupError, ValueError, TypeError) as error:
        raise InputError(
            "unknown-encoding",
            "The encoding {name!r} is not known; use one such as utf-8, cp1251, gb18030.",
            name=name,
        ) from error


# --- reading -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Source:
    """Bytes to read.

    Attributes:
        stream: the bytes, unpacked; in ``encoding``, which extends ASCII.
        encoding: what decodes a line of it.
        has_places: whether another process can open the file at an offset of this stream.
    """

    stream: IO[bytes]
    encoding: str
    has_places: bool


@contextmanager
def reading(name: str, packing: str = "", encoding: str | None = None) -> Iterator[Source]:
    """Open a file of text, ``-`` for standard input.

    Raises:
        InputError: it cannot be read.
    """
    with ExitStack() as stack:
        raw = sys.stdin.buffer if name == "-" else stack.enter_context(_opened(name))
        stream = _unpacked(raw, packing, name)
        if encoding is None:
            is_wide = isinstance(stream, io.BufferedReader) and stream.peek(2)[:2] in _UTF_16
            encoding = "utf-16" if is_wide else "utf-8"
        # Lines are cut at the bytes of ASCII, which wide encodings do not have.
        if '\r\n",\t'.encode(encoding) != b'\r\n",\t':
            yield Source(io.BufferedReader(_Recoded(stream, encoding)), "utf-8", False)
        else:
            yield Source(stream, encoding, name != "-" and not packing)


def _opened(name: str) -> IO[bytes]:
    try:
        return Path(name).open("rb")
    except OSError as error:
        raise InputError(
            "missing-file" if isinstance(error, FileNotFoundError) else "unreadable-file",
            "The file {name!r} cannot be read ({why}); check its name and rights.",
            name=name, why=error.strerror or "unknown reason",
        ) from error  # fmt: skip


def _unpacked(stream: IO[bytes], packing: str, name: str) -> IO[bytes]:
    if packing == "gzip":
        return io.BufferedReader(_Unpacked(gzip.GzipFile(fileobj=stream), name, packing), _BLOCK)
    if packing == "zstd":
        import pyarrow as pa  # a library of a hundred milliseconds, for those who need it

        unpacked = pa.CompressedInputStream(stream, "zstd")
        return io.BufferedReader(_Unpacked(unpacked, name, packing), _BLOCK)
    return stream


class _Unpacked(io.RawIOBase):
    """A packed stream; what is wrong with it is said in one sentence."""

    def __init__(self, stream: Any, name: str, packing: str) -> None:
        self._stream = stream
        self._name = name
        self._packing = packing

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer as far as there are bytes."""
        try:
            block = self._stream.read(len(buffer))
        except (OSError, EOFError, zlib.error, ValueError) as error:
            raise InputError(
                "unreadable-file", "The file {name!r} is no whole {packing} file; pack it again.",
                name=self._name, packing=self._packing,
            ) from error  # fmt: skip
        buffer[: len(block)] = block
        return len(block)


class _Recoded(io.RawIOBase):
    """The same text in UTF-8."""

    def __init__(self, stream: IO[bytes], encoding: str) -> None:
        self._text = io.TextIOWrapper(stream, encoding, errors="replace", newline="")
        self._left = b""

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer as far as there is text."""
        if not self._left:
            self._left = self._text.read(_BLOCK).encode("utf-8", "replace")
        block, self._left = self._left[: len(buffer)], self._left[len(buffer) :]
        buffer[: len(block)] = block
        return len(block)


# --- writing -----------------------------------------------------------------------------


def packed(content: bytes, packing: str) -> bytes:
    """Return bytes packed; what is packed piece by piece and put together unpacks as one."""
    if packing == "gzip":
        return gzip.compress(content, 6, mtime=0)
    if packing == "zstd":
        import pyarrow as pa

        return bytes(pa.compress(content, "zstd", asbytes=True))
    return content


@contextmanager
def writing(target: str) -> Iterator[IO[bytes]]:
    """Open a file to write, ``-`` for standard output.

    A file is written beside the target and renamed at the end: under the final
    name there is never half a file.

    Raises:
        InputError: it cannot be written.
    """
    if target == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    path = Path(target).resolve()
    is_device = path.exists() and not path.is_file()
    beside = path if is_device else path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        stream = beside.open("wb" if is_device else "xb")
    except OSError as error:
        raise unwritable(target, error) from error
    try:
        with stream:
            yield stream
        if not is_device:
            beside.replace(path)
    finally:
        if not is_device:
            beside.unlink(missing_ok=True)


def unwritable(name: str, error: OSError) -> InputError:
    """Return the refusal of a place that cannot be written to."""
    return InputError(
        "unwritable-file", "The file {name!r} cannot be written ({why}); choose another place.",
        name=name, why=error.strerror or "unknown reason",
    )  # fmt: skip
