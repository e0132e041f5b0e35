"""A scan from beginning to end: nothing is lost when it is stopped, and it can go on.

Finished parts lie in a folder beside the output, ``.NAME.scan``. When all are there they are
put together and renamed to the final name; so there is never half an output, and a scan that
was killed goes on where it was. The bytes do not depend on how many processes took part.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from importlib.metadata import version
from itertools import chain, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

from detector.detector import Detector, rulebook_hash
from detector.errors import InputError
from detector.model import stored_hash
from detector.policy import Policy
from detector.scan.judge import Columns
from detector.scan.output import output_of, write_table
from detector.scan.part import Part, Table, cut
from detector.scan.table import encoding_of, format_of, unwritable, writing
from detector.scan.tally import CONTACTS_HEADER, ContactIndex, Tally
from detector.scan.text_rows import dump
from detector.scan.work import Engine, OnRows, Task, Work, numbers_of, write_whole
from detector.scan.workers import run_parts
from detector.statement import HEADER as STATEMENT_HEADER

_PLAN = "plan.json"
_EDGE = 1 << 20
"""Bytes at both ends of an input that must be the same when a scan goes on."""


@dataclass(frozen=True, slots=True)
class Options:
    """How a scan is run.

    Attributes:
        workers: processes; 1 judges in this one.
        resume: whether to go on with a scan that was stopped.
        encoding: of text input; None for UTF-8, or UTF-16 with its mark.
        policy: gives each row an action.
        mask: whether rows get their text with contacts covered.
        contacts, statements, report: further files to write; None for none.
        show_contacts: whether contacts stand readable in the report.
        language: of the reasons in the report.
    """

    workers: int = 1
    resume: bool = False
    encoding: str | None = None
    policy: Policy | None = None
    mask: bool = False
    contacts: str | None = None
    statements: str | None = None
    report: str | None = None
    show_contacts: bool = False
    language: str = "en"

    @property
    def needs_index(self) -> bool:
        """Whether contacts and sellers are gathered."""
        return self.contacts is not None or self.report is not None


@dataclass(slots=True)
class Summary:
    """What a scan did. ``refused`` rows have ``error`` filled; ``kept`` rows were done before."""

    rows: int = 0
    refused: int = 0
    flagged: int = field(default=0, compare=False)
    kept: int = field(default=0, compare=False)
    verdicts: Counter[str] = field(default_factory=Counter, compare=False)


OnPart = Callable[[Summary, "float | None"], None]
"""Is told of the rows so far, and of the share of the input that is read."""
OnTable = Callable[[Table], None]


def scan(
    judge: Detector | Engine,
    source: str,
    target: str,
    columns: Columns,
    source_format: str | None = None,
    target_format: str | None = None,
    options: Options = Options(),
    on_part: OnPart | None = None,
    on_table: OnTable | None = None,
    on_rows: OnRows | None = None,
) -> Summary:
    """Judge a file and write another; ``-`` stands for standard input and output.

    Args:
        judge: the detector, or how to load it (needed for several processes).
        source: file to read.
        target: file to write.
        columns: those that were named.
        source_format, target_format: where the endings do not tell.
        options: how to run.
        on_part: called after each part.
        on_table: called once, with the columns as they are read.
        on_rows: called with the rows of each part, in this process; then one process judges.

    Raises:
        InputError: a file, a format or a column cannot be used. The target is then unchanged.
        OSError: writing stopped, and nothing was kept.
    """
    read_as, write_as = format_of(source, source_format), format_of(target, target_format)
    for name, kind in ((source, read_as), (target, write_as)):
        if name == "-" and kind.is_columnar:
            raise InputError(
                "no-stream", "A {kind} table cannot go through '-'; name a file.", kind=kind.name
            )
    is_stream = source == "-" or target == "-" or _is_device(target)
    if is_stream and options.resume:
        raise InputError("no-stream", "What goes through '-' cannot go on; leave out --resume.")
    encoding = encoding_of(options.encoding)
    is_flat = write_as.name != "jsonl"
    with cut(source, read_as, columns, encoding, is_flat=is_flat) as (table, parts):
        if on_table is not None:
            on_table(table)
        task = Task(
            table, write_as, options.policy, options.mask,
            options.language if options.needs_index else None, options.statements is not None,
        )  # fmt: skip
        output_of(table, write_as, task.extra_names)  # refuses what cannot be written
        run = _Run(judge, task, options, target, on_part, on_rows)
        if is_stream:
            return run.streamed(parts)
        return run.kept(source, parts)


def _is_device(name: str) -> bool:
    path = Path(name)
    return name != "-" and path.exists() and not path.is_file()


class _Run:
    def __init__(
        self,
        judge: Detector | Engine,
        task: Task,
        options: Options,
        target: str,
        on_part: OnPart | None,
        on_rows: OnRows | None,
    ) -> None:
        self._judge = judge
        self._task = task
        self._options = options
        self._target = target
        self._on_part = on_part
        self._on_rows = on_rows
        self._all = Tally()
        self._kept = 0

    def _detector(self) -> Detector:
        return self._judge if isinstance(self._judge, Detector) else self._judge.load()

    def _told(self, share: float | None) -> Summary:
        tally = self._all
        told = Summary(tally.rows, tally.refused, tally.flagged, self._kept, tally.verdicts)
        if self._on_part is not None:
            self._on_part(told, share)
        return told

    # --- through '-' -------------------------------------------------------------------

    def streamed(self, parts: Iterator[Part]) -> Summary:
        """Write each part as soon as it is judged."""
        work = Work(self._task, self._detector(), self._on_rows)
        output = output_of(self._task.table, self._task.target, self._task.extra_names)
        with TemporaryDirectory(prefix="scamcheck-") as name, writing(self._target) as stream:
            folder = Path(name)
            index = ContactIndex(folder / "index") if self._options.needs_index else None
            output.begin(stream)
            with (folder / "statements").open("wb") as statements:
                for part in parts:
                    done = work.do(part)
                    output.add(done.rows)
                    stream.flush()
                    statements.write(done.statements)
                    self._all.merge(done.tally)
                    if index is not None:
                        index.add(done.tally)
                    self._told(part.share)
            output.end()
            stream.flush()
            self._write_further(index, iter([folder / "statements"]))
        return self._told(1.0)

    # --- file to file ---------------------------------------------------------------------

    def kept(self, source: str, parts: Iterator[Part]) -> Summary:
        """Keep each part that is judged, then put all together."""
        target = Path(self._target).resolve()
        folder = _folder_of(self._target)
        plan = self._plan(source)
        with _own(folder, plan, self._target, resume=self._options.resume) as done:
            self._task = replace(self._task, folder=str(folder))
            try:
                self._finish(parts, folder, target, done)
            except BaseException as error:
                if not numbers_of([path.name for path in folder.iterdir()]):
                    shutil.rmtree(folder, ignore_errors=True)  # nothing to go on with
                elif isinstance(error, OSError):
                    raise InputError(
                        "stopped",
                        "Writing stopped ({why}); what is judged is kept: make room and go on"
                        " with --resume.",
                        why=error.strerror or "unknown reason",
                    ) from error
                raise
            shutil.rmtree(folder, ignore_errors=True)
        return self._told(1.0)

    def _finish(self, parts: Iterator[Part], folder: Path, target: Path, done: set[int]) -> None:
        count = 0
        for part, tally in self._finished(parts, folder, done):
            self._all.merge(tally)
            self._told(part.share)
            count = max(count, part.number + 1)
        self._put_together(folder, target, count)

    def _finished(
        self, parts: Iterator[Part], folder: Path, done: set[int]
    ) -> Iterator[tuple[Part, Tally]]:
        """Yield every part with its counts: first those of an earlier run, then the others."""
        before: list[Part] = []
        left = _left_of(parts, done, before)
        first = list(islice(left, 2))
        left = chain(first, left)
        # A process takes seconds to load; for one part it is not worth it.
        can_share = isinstance(self._judge, Engine) and self._on_rows is None
        if self._options.workers > 1 and len(first) > 1 and can_share:
            assert isinstance(self._judge, Engine)
            finished = run_parts(self._task, self._judge, left, self._options.workers)
        else:
            finished = self._alone(left)
        for part, tally in finished:
            yield part, tally
        for part in before:
            tally = Tally.from_json((folder / f"{part.number:07d}.json").read_bytes())
            tally.contacts.clear()
            tally.sellers.clear()
            self._kept += tally.rows
            yield part, tally

    def _alone(self, parts: Iterator[Part]) -> Iterator[tuple[Part, Tally]]:
        work: Work | None = None
        for part in parts:
            work = work or Work(self._task, self._detector(), self._on_rows)
            yield part, work.keep(part)

    def _plan(self, source: str) -> dict[str, Any]:
        """Return all that decides the bytes of the output."""
        path = Path(source)
        judge = self._judge
        if isinstance(judge, Detector):
            engine = Engine(judge.marketplace.id, judge.limit, judge.model is not None)
        else:
            engine = judge
        task, options = self._task, self._options
        with path.open("rb") as stream:
            edges = hashlib.sha256(stream.read(_EDGE))
            size = stream.seek(0, 2)
            stream.seek(max(0, size - _EDGE))
            edges.update(stream.read(_EDGE))
        return {
            "input": [size, edges.hexdigest()],
            "formats": [asdict(task.table.format), asdict(task.target), task.table.encoding],
            "columns": asdict(task.table.columns),
            "header": task.table.header,
            "detector": [*asdict(engine).values(), rulebook_hash(), stored_hash()],
            "policy": options.policy.hash if options.policy else None,
            "options": [task.is_masked, task.language, task.is_stated],
            "version": version("scamcheck"),
        }

    def _put_together(self, folder: Path, target: Path, parts: int) -> None:
        output = output_of(self._task.table, self._task.target, self._task.extra_names)
        whole = folder / "whole"
        index = ContactIndex(folder / "index") if self._options.needs_index else None
        with whole.open("wb") as stream:
            output.begin(stream)
            for number in range(parts):
                output.add((folder / f"{number:07d}.rows").read_bytes())
            output.end()
        if index is not None:
            for number in range(parts):
                index.add(Tally.from_json((folder / f"{number:07d}.json").read_bytes()))
        statements = (folder / f"{number:07d}.statements" for number in range(parts))
        self._write_further(index, statements)
        whole.replace(target)

    def _write_further(self, index: ContactIndex | None, statements: Iterator[Path]) -> None:
        options = self._options
        if options.statements is not None:
            write_table(options.statements, STATEMENT_HEADER, _stated(statements))
        if index is None:
            return
        if options.contacts is not None:
            write_table(options.contacts, CONTACTS_HEADER, index.contacts())
        if options.report is not None:
            from detector.scan.report import write_report

            write_report(
                options.report, self._all, index, self._task.table.name,
                is_masked=not options.show_contacts,
            )  # fmt: skip
        index.close()


def _left_of(parts: Iterator[Part], done: set[int], before: list[Part]) -> Iterator[Part]:
    for part in parts:
        if part.number in done:
            before.append(replace(part, cells=None))
        else:
            yield part


def _stated(paths: Iterator[Path]) -> Iterator[list[Any]]:
    for path in paths:
        if path.exists():
            with path.open("rb") as stream:
                for line in stream:
                    fields = json.loads(line)
                    yield [fields[name] for name in STATEMENT_HEADER]


@contextmanager
def _own(folder: Path, plan: dict[str, Any], target: str, *, resume: bool) -> Iterator[set[int]]:
    """Take the folder of a scan for this process; yield the parts that are done in it.

    Raises:
        InputError: it cannot be made, another process has it, or its scan was another one.
    """
    told = dump(plan)
    if not resume:
        _demand_free(folder)
        shutil.rmtree(folder, ignore_errors=True)
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise unwritable(target, error) from error
    with (folder / "lock").open("wb") as lock:
        _lock(lock, folder)
        written = folder / _PLAN
        if not written.exists():
            write_whole(written, told)
        elif written.read_bytes() != told:
            changed = _changed(written.read_bytes(), plan)
            raise InputError(
                "other-scan",
                "The scan that was stopped had another {changed}; run it as it was, or without"
                " --resume to begin anew.",
                changed=changed,
            )
        yield numbers_of([path.name for path in folder.iterdir()])


def _changed(before: bytes, plan: dict[str, Any]) -> str:
    try:
        known = json.loads(before)
    except ValueError:
        return "plan"
    return ", ".join(key for key in plan if known.get(key) != json.loads(json.dumps(plan[key])))


def _demand_free(folder: Path) -> None:
    lock = folder / "lock"
    if lock.exists():
        with lock.open("rb") as stream:
            _lock(stream, folder)


def _lock(stream: IO[bytes], folder: Path) -> None:
    with contextlib.suppress(ImportError):  # not on every system; there nobody is warned
        import fcntl

        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise InputError(
                "scan-running", "Another scan writes {name!r}; wait for it or name another output.",
                name=folder.name.removeprefix(".").removesuffix(".scan"),
            ) from error  # fmt: skip


def is_kept(target: str) -> bool:
    """Tell whether parts of a scan that was stopped are kept for an output."""
    return target != "-" and _folder_of(target).exists()


def _folder_of(target: str) -> Path:
    path = Path(target).resolve()
    return path.with_name(f".{path.name}.scan")
