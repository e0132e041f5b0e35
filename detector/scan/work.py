"""Judges one part after the other: the same in this process and in any other."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from detector.detector import LIMIT, Detector
from detector.policy import Action, Policy, default_policy, masked
from detector.scan.judge import Columns, Judged, judge_rows
from detector.scan.output import output_of
from detector.scan.part import Part, Table, rows_of
from detector.scan.table import Format
from detector.scan.tally import Tally
from detector.scan.text_rows import dump
from detector.statement import statement

OnRows = Callable[[Sequence[Judged], int, Columns], None]
"""Is told of judged rows, the number of the first of them, and their columns."""


@dataclass(frozen=True, slots=True)
class Engine:
    """How to load the detector, in whichever process."""

    marketplace: str | None = None
    limit: int = LIMIT
    classify: bool = True

    def load(self) -> Detector:
        """Read all data.

        Raises:
            InputError: the marketplace is not known.
        """
        return Detector.load(self.marketplace, self.limit, self.classify)


@dataclass(frozen=True, slots=True)
class Task:
    """What is done with each part.

    Attributes:
        table: what is read.
        target: format of what is written.
        policy: gives each row an action; None for no such column.
        is_masked: whether rows get their text with contacts covered.
        language: of the reasons that are kept for a report; None keeps no texts and contacts.
        is_stated: whether statements of reasons are written.
        folder: where finished parts are kept.
    """

    table: Table
    target: Format
    policy: Policy | None = None
    is_masked: bool = False
    language: str | None = None
    is_stated: bool = False
    folder: str = ""

    @property
    def extra_names(self) -> tuple[str, ...]:
        """Columns beyond those of every verdict."""
        names = ("action",) if self.policy is not None else ()
        return (*names, "masked") if self.is_masked else names


@dataclass(frozen=True, slots=True)
class Done:
    """A part that is judged: its rows and statements as bytes, and its counts."""

    rows: bytes
    statements: bytes
    tally: Tally


class Work:
    """A detector set to one task."""

    def __init__(self, task: Task, detector: Detector, on_rows: OnRows | None = None) -> None:
        self._task = task
        self._on_rows = on_rows
        policy = task.policy
        self._detector = detector.allowing(policy.is_allowed) if policy else detector
        self._output = output_of(task.table, task.target, task.extra_names)
        # Statements speak of actions; without a policy of one's own those of the package count.
        self._stating = policy or default_policy()

    def do(self, part: Part) -> Done:
        """Judge the rows of a part.

        Raises:
            InputError: the file cannot be read any more.
        """
        columns = self._task.table.columns
        rows = list(judge_rows(self._detector, rows_of(self._task.table, part), columns))
        if self._on_rows is not None:
            self._on_rows(rows, part.row, columns)
        extras = [self._extra(judged) for judged in rows]
        tally = Tally()
        statements = []
        for number, judged in enumerate(rows, part.row):
            action = self._action(judged) if self._task.policy else None
            tally.add(judged, number, action, columns, self._task.language)
            if self._task.is_stated:
                statements.append(self._statement(judged, number))
        return Done(self._output.encode(rows, extras), b"".join(statements), tally)

    def keep(self, part: Part) -> Tally:
        """Judge a part and keep the outcome in the folder of the scan, whole or not at all.

        Raises:
            OSError: it cannot be written.
            InputError: the file cannot be read any more.
        """
        done = self.do(part)
        folder = Path(self._task.folder)
        write_whole(folder / f"{part.number:07d}.rows", done.rows)
        if done.statements:
            write_whole(folder / f"{part.number:07d}.statements", done.statements)
        # The counts come last: where they are, the part is done.
        write_whole(folder / f"{part.number:07d}.json", done.tally.as_json())
        done.tally.contacts.clear()
        done.tally.sellers.clear()
        return done.tally

    def _action(self, judged: Judged) -> Action:
        verdict = judged[1]
        return self._stating.action(verdict) if verdict is not None else Action.ALLOW

    def _extra(self, judged: Judged) -> dict[str, Any]:
        verdict = judged[1]
        extra: dict[str, Any] = {}
        if verdict is None:
            return extra
        if self._task.policy is not None:
            extra["action"] = self._action(judged).label
        if self._task.is_masked:
            extra["masked"] = masked(verdict, self._task.policy)
        return extra

    def _statement(self, judged: Judged, number: int) -> bytes:
        row, verdict, _ = judged
        action = self._action(judged)
        if verdict is None or action == Action.ALLOW:
            return b""
        columns = self._task.table.columns
        hint = row.fields.get(columns.language) if columns.language else None
        told = statement(verdict, action, self._stating, hint if isinstance(hint, str) else None)
        named: dict[str, Any] = {"row": number}
        named["id"] = row.fields.get(columns.row_id) if columns.row_id else None
        named["seller"] = row.fields.get(columns.seller) if columns.seller else None
        return dump({**named, "action": action.label, **told})


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that under its name there is all of it or nothing, also after a crash.

    Raises:
        OSError: there is no room.
    """
    beside = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
        with beside.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def numbers_of(names: Sequence[str]) -> set[int]:
    """Return the numbers of the parts that are done, from the names in a folder."""
    return {int(name.removesuffix(".json")) for name in names if _is_done(name)}


def _is_done(name: str) -> bool:
    return name.endswith(".json") and name[:7].isdecimal() and len(name) == 12
