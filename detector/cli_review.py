"""The commands of moderators who look at verdicts themselves: review and ledger."""

from __future__ import annotations

import getpass
import heapq
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NoReturn

import click

from detector.cli_scan import BAD_INPUT, FORMATS
from detector.errors import InputError

if TYPE_CHECKING:
    from detector.ledger import Ledger
    from detector.scan.judge import Columns
    from detector.types import Verdict

DEFAULT = "scamcheck-ledger.sqlite"
_SURE = 0.5


def _fail(error: InputError) -> NoReturn:
    click.echo(f"scamcheck: {error}", err=True)
    raise SystemExit(BAD_INPUT)


def _who() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


@click.command()
@click.argument("source", metavar="FILE")
@click.option("--ledger", "path", default=DEFAULT, show_default=True, metavar="FILE")
@click.option("--reviewer", default=None, metavar="NAME", help="Who decides (default: login).")
@click.option("--limit", default=100, show_default=True, type=click.IntRange(1, 10_000))
@click.option("--format", "source_format", type=click.Choice(FORMATS), help="Format of FILE.")
@click.option("--text", metavar="COLUMN", help="Column of the messages.")
@click.option("--lang-column", metavar="COLUMN", help="Column with a language hint.")
@click.option("--lang", metavar="xx", help="Language of the reasons.")
@click.option("--marketplace", metavar="ID", help="Whose official channels count.")
def review(
    source: str, path: str, reviewer: str | None, limit: int, source_format: str | None,
    text: str | None, lang_column: str | None, lang: str | None, marketplace: str | None,
) -> None:  # fmt: skip
    """Step through the gravest and the most uncertain messages of FILE and write down decisions.

    Each decision is in the ledger as soon as it is made. The ledger holds the texts.
    """
    from detector.detector import Detector
    from detector.ledger import opened
    from detector.scan.judge import Columns

    who = reviewer or _who()
    try:
        with opened(path) as ledger:
            detector = Detector.load(marketplace)
            columns = Columns(text, lang_column)
            verdicts = _worth_a_look(detector, source, source_format, columns, ledger, who, limit)
            made = 0
            for number, verdict in enumerate(verdicts, 1):
                click.echo(f"\n— {number} of {len(verdicts)} —")
                answer = _ask(verdict, lang, ledger, who)
                if answer == "q":
                    break
                made += answer in "yn"
            click.echo(f"\n{made} decisions written to {path}.")
    except InputError as error:
        _fail(error)


def _worth_a_look(
    detector: object, source: str, source_format: str | None, columns: Columns, ledger: Ledger,
    who: str, limit: int,
) -> list[Verdict]:  # fmt: skip
    """Return the gravest and the most uncertain messages in turn, those not yet decided on."""
    from detector.detector import Detector
    from detector.scan.judge import judge_rows
    from detector.scan.part import cut, rows_of
    from detector.scan.table import format_of

    assert isinstance(detector, Detector)
    grave: list[tuple[tuple[int, float], int, Verdict]] = []
    unsure: list[tuple[float, int, Verdict]] = []
    seen: set[str] = set()
    number = 0
    with cut(source, format_of(source, source_format), columns, None, is_flat=False) as (
        table,
        parts,
    ):
        for part in parts:
            for _, verdict, _ in judge_rows(detector, rows_of(table, part), table.columns):
                if verdict is None or verdict.text in seen or ledger.knows(who, verdict.text):
                    continue
                seen.add(verdict.text)
                number += 1
                _keep(grave, ((int(verdict.level), verdict.risk), -number, verdict), limit)
                _keep(unsure, (-abs(verdict.risk - _SURE), -number, verdict), limit)
    gravest = (verdict for *_, verdict in sorted(grave, reverse=True) if verdict.findings)
    uncertain = (verdict for *_, verdict in sorted(unsure, reverse=True))
    chosen: dict[str, Verdict] = {}
    for verdict in _in_turn(gravest, uncertain):
        chosen.setdefault(verdict.text, verdict)
        if len(chosen) >= limit:
            break
    return list(chosen.values())


def _keep(heap: list[Any], item: Any, limit: int) -> None:
    if len(heap) < limit:
        heapq.heappush(heap, item)
    else:
        heapq.heappushpop(heap, item)


def _in_turn(*sources: Iterator[Verdict]) -> Iterator[Verdict]:
    waiting = list(sources)
    while waiting:
        for source in list(waiting):
            verdict = next(source, None)
            if verdict is None:
                waiting.remove(source)
            else:
                yield verdict


def _ask(verdict: Verdict, language: str | None, ledger: Ledger, who: str) -> str:
    from detector import render
    from detector.ledger import intent_names

    click.echo(render.inert(verdict.text))
    click.echo(f"\n{render.as_text(verdict, language).split(chr(10) * 2)[0]} (risk {verdict.risk})")
    spoken = render.answer_language(verdict, language)
    for finding in verdict.findings:
        click.echo(f"  • {finding.id} ({finding.origin}): "
                   f"{render.finding_sentence(verdict, finding, spoken)[0]}")  # fmt: skip
    answer: str = click.prompt(
        "Is the verdict right? yes, no, skip, quit", type=click.Choice(list("ynsq")),
    )  # fmt: skip
    if answer == "y":
        ledger.record(verdict, who, agrees=True)
    elif answer == "n":
        names = intent_names()
        for place, name in enumerate(names):
            click.echo(f"  {place} {name}")
        place = click.prompt("What is it", type=click.IntRange(0, len(names) - 1))
        reason = click.prompt("Why", default="", show_default=False)
        ledger.record(verdict, who, agrees=False, intent=names[place], reason=reason)
    return answer


@click.command()
@click.argument("path", default=DEFAULT, metavar="[FILE]")
@click.option("--export", "target", metavar="FILE", help="Write disagreements as labelled JSONL.")
def ledger(path: str, target: str | None) -> None:
    """Show how right rules and classifier were, by language, and which rules have become worse."""
    from rich.console import Console
    from rich.table import Table

    from detector import ledger as ledgers

    try:
        with ledgers.opened(path, must_exist=True) as book:
            if target is not None:
                count = ledgers.export(book, target)
                click.echo(f"{count} disagreements written to {target}.")
                return
            table = Table("found by", "name", "language", "precision (95 %)")
            for row in book.precision():
                table.add_row(row.origin, row.name, row.language, str(row.share))
            click.echo(f"{book.count()} decisions")
            Console(markup=False, width=100).print(table)
            for fall in book.fallen():
                click.echo(f"fallen: {fall.origin} {fall.name}, from {fall.before} to {fall.after}")
    except InputError as error:
        _fail(error)
