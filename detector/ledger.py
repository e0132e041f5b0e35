"""Decisions of moderators on verdicts, kept in one SQLite file, and what they say of each rule.

Unlike everything else here a ledger stores texts: it is the moderators' own file, named by them,
and its disagreements are what the classifier may be trained on.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from detector.errors import InputError
from detector.evaluate import Share
from detector.intent import CLEAR, intents
from detector.types import Level, Verdict

_TABLES = """
CREATE TABLE IF NOT EXISTS decision (
    id INTEGER PRIMARY KEY, made_at TEXT NOT NULL, reviewer TEXT NOT NULL, text TEXT NOT NULL,
    language TEXT NOT NULL, verdict TEXT NOT NULL, risk REAL NOT NULL, rulebook TEXT NOT NULL,
    model TEXT NOT NULL, agrees INTEGER NOT NULL, intent TEXT NOT NULL, reason TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS finding (
    decision INTEGER NOT NULL REFERENCES decision, name TEXT NOT NULL, origin TEXT NOT NULL,
    level TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS decision_of ON decision (reviewer, text);
CREATE INDEX IF NOT EXISTS finding_of ON finding (decision);
"""
_WAIT = 30.0
"""Seconds to wait while somebody else writes."""
_FALLEN = 0.05
"""How improbable a fall may be by chance (Fisher's exact test, one-sided)."""
_LEAST_RECENT = 8


@dataclass(frozen=True, slots=True)
class Precision:
    """How often reviewers agreed with what a rule or the classifier found in a language."""

    name: str
    origin: str
    language: str
    share: Share


@dataclass(frozen=True, slots=True)
class Fall:
    """A rule of which the later half of decisions agrees less than the earlier one."""

    name: str
    origin: str
    before: Share
    after: Share


class Ledger:
    """A ledger file; several processes may hold it open and write.

    Raises:
        InputError: the file cannot be opened, or is no ledger.
    """

    def __init__(self, path: str | Path) -> None:
        try:
            # Every decision is a transaction of its own and on disk when `record` returns.
            self._base = sqlite3.connect(path, timeout=_WAIT, isolation_level=None)
            self._base.execute("PRAGMA journal_mode = WAL")
            self._base.execute("PRAGMA synchronous = FULL")
            self._base.executescript(_TABLES)
            self._base.execute("SELECT made_at, reviewer, agrees, intent FROM decision LIMIT 1")
        except sqlite3.Error as error:
            raise InputError(
                "bad-ledger", "The ledger {name!r} cannot be used ({why}); name another file.",
                name=str(path), why=str(error),
            ) from error  # fmt: skip

    def close(self) -> None:
        """Close the file."""
        self._base.close()

    def record(
        self, verdict: Verdict, reviewer: str, *, agrees: bool, intent: str = "", reason: str = ""
    ) -> None:
        """Write down one decision.

        Args:
            verdict: what was shown.
            reviewer: who decides.
            agrees: whether the verdict is right.
            intent: the right one, when it is not.
            reason: in the reviewer's words.

        Raises:
            InputError: the intent is not known, or there is no room.
        """
        if not agrees and intent not in intents():
            raise InputError(
                "unknown-intent", "The intent {intent!r} is not known; use one of {known}.",
                intent=intent, known=", ".join(intents()),
            )  # fmt: skip
        made_at = datetime.now(UTC).isoformat(timespec="microseconds")
        try:
            with self._base:
                self._base.execute("BEGIN IMMEDIATE")
                cursor = self._base.execute(
                    "INSERT INTO decision (made_at, reviewer, text, language, verdict, risk,"
                    " rulebook, model, agrees, intent, reason) VALUES (?,?,?,?,?,?,?,?,?,?,?)",
                    (
                        made_at, reviewer, verdict.text.encode("utf-8", "replace").decode(),
                        verdict.language, verdict.level.label, verdict.risk, verdict.rulebook,
                        verdict.model, agrees, "" if agrees else intent, reason,
                    ),
                )  # fmt: skip
                self._base.executemany(
                    "INSERT INTO finding VALUES (?, ?, ?, ?)",
                    [(cursor.lastrowid, f.id, f.origin, f.level.label) for f in verdict.findings],
                )
        except sqlite3.Error as error:
            raise InputError(
                "unwritable-ledger", "The decision could not be written ({why}); make room.",
                why=str(error),
            ) from error  # fmt: skip

    def knows(self, reviewer: str, text: str) -> bool:
        """Tell whether a reviewer has decided on a text."""
        found = self._base.execute(
            "SELECT 1 FROM decision WHERE reviewer = ? AND text = ? LIMIT 1", (reviewer, text)
        ).fetchone()
        return found is not None

    def count(self) -> int:
        """Return the number of decisions."""
        return int(self._base.execute("SELECT count(*) FROM decision").fetchone()[0])

    def _judged(self) -> Iterator[tuple[str, str, str, bool]]:
        """Yield name, origin, language and whether it was right, in the order of time.

        A finding is right when the reviewer agrees with the verdict, or names an intent at least
        as grave as the finding. Of several decisions of one reviewer on a text the last counts.
        """
        rows = self._base.execute(
            "SELECT f.name, f.origin, d.language, d.agrees, d.intent, f.level FROM finding f"
            " JOIN decision d ON d.id = f.decision WHERE NOT EXISTS (SELECT 1 FROM decision later"
            " WHERE later.reviewer = d.reviewer AND later.text = d.text AND later.id > d.id)"
            " ORDER BY d.made_at, d.id"
        )
        for name, origin, language, agrees, intent, level in rows:
            known = intents().get(intent)
            right = Level.CLEAR if known is None else known.level
            yield name, origin, language, bool(agrees) or right >= Level[level.upper()]

    def precision(self) -> list[Precision]:
        """Return the precision of each rule and of the classifier, by language."""
        hits: dict[tuple[str, str, str], list[bool]] = defaultdict(list)
        for name, origin, language, is_right in self._judged():
            hits[name, origin, language].append(is_right)
        return [
            Precision(*key, Share(sum(found), len(found))) for key, found in sorted(hits.items())
        ]

    def fallen(self) -> list[Fall]:
        """Return the rules whose later decisions agree less than the earlier ones."""
        from scipy.stats import fisher_exact

        hits: dict[tuple[str, str], list[bool]] = defaultdict(list)
        for name, origin, _, is_right in self._judged():
            hits[name, origin].append(is_right)
        falls = []
        for (name, origin), found in sorted(hits.items()):
            half = len(found) // 2
            if len(found) - half < _LEAST_RECENT:
                continue
            before, after = (Share(sum(part), len(part)) for part in (found[:half], found[half:]))
            table = [
                [after.hits, after.total - after.hits],
                [before.hits, before.total - before.hits],
            ]
            chance = float(fisher_exact(table, alternative="less")[1])
            if chance < _FALLEN:
                falls.append(Fall(name, origin, before, after))
        return falls

    def disagreements(self) -> Iterator[dict[str, Any]]:
        """Yield the texts on which a reviewer disagreed, as labelled messages."""
        rows = self._base.execute(
            "SELECT id, text, language, intent, verdict, reason FROM decision d WHERE NOT agrees"
            " AND NOT EXISTS (SELECT 1 FROM decision later WHERE later.reviewer = d.reviewer"
            " AND later.text = d.text AND later.id > d.id) ORDER BY id"
        )
        for number, text, language, intent, verdict, reason in rows:
            yield {
                "id": f"ledger-{number}", "text": text, "lang": language, "intent": intent,
                "scenario": "", "split": "", "verdict": verdict, "reason": reason,
            }  # fmt: skip


def export(ledger: Ledger, target: str) -> int:
    """Write the disagreements as labelled JSONL; return how many.

    Raises:
        InputError: the file cannot be written.
    """
    from detector.scan.table import writing
    from detector.scan.text_rows import dump

    count = 0
    with writing(target) as stream:
        for row in ledger.disagreements():
            stream.write(dump(row))
            count += 1
    return count


def opened(path: str, *, must_exist: bool = False) -> closing[Ledger]:
    """Open a ledger for a ``with`` block.

    Raises:
        InputError: it cannot be opened, or does not exist though it must.
    """
    if must_exist and not Path(path).is_file():
        raise InputError(
            "missing-file", "There is no ledger {name!r}; make one with scamcheck review.",
            name=path,
        )  # fmt: skip
    return closing(Ledger(path))


def intent_names() -> tuple[str, ...]:
    """Return the intents to choose from, the harmless one first."""
    return (CLEAR, *(name for name in intents() if name != CLEAR))
