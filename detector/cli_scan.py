"""The commands over files: scan and policy."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING, Any, NoReturn

import click

from detector.errors import InputError

if TYPE_CHECKING:
    from detector.scan.judge import Columns
    from detector.scan.part import Table
    from detector.scan.run import Summary

REFUSED_ROWS = 1
BAD_INPUT = 2
FOUND = 3
STOPPED = 130
# Known without reading tables, so that --help is quick; a test compares them.
FORMATS = ("csv", "tsv", "jsonl", "lines", "parquet", "feather", "xlsx")
LEVELS = ("official", "suspicious", "unofficial", "fraudulent")
_SECONDS_BETWEEN_LINES = 10.0


def _fail(sentence: object) -> NoReturn:
    click.echo(f"scamcheck: {sentence}", err=True)
    raise SystemExit(BAD_INPUT)


def _option(*names: str, **settings: Any) -> Callable[[Any], Any]:
    return click.option(*names, **settings)


@click.command()
@click.argument("source", metavar="INPUT")
@_option("-o", "--output", "target", required=True, metavar="OUTPUT", help="'-' for stdout.")
@_option("--format", "source_format", type=click.Choice(FORMATS), help="Format of INPUT.")
@_option("--output-format", "target_format", type=click.Choice(FORMATS))
@_option("--encoding", metavar="NAME", help="Of text input, e.g. cp1251; default UTF-8.")
@_option("--text", metavar="COLUMN", help="Column of the messages (default: text or message).")
@_option("--id", "row_id", metavar="COLUMN", help="Column that names a row.")
@_option("--seller", metavar="COLUMN", help="Column of the seller.")
@_option("--date", metavar="COLUMN", help="Column of the date or time (ISO 8601 or epoch).")
@_option("--lang-column", metavar="COLUMN", help="Column with a language hint for each row.")
@_option("--region", metavar="CC", help="Country whose national numbers are read.")
@_option("--marketplace", metavar="ID", help="Whose official channels count.")
@_option("--workers", type=click.IntRange(1, 256), metavar="N", help="Processes (default: cores).")
@_option("--resume", is_flag=True, help="Go on with a scan that was stopped.")
@_option("--policy", "policy_file", metavar="FILE", help="Actions by rule and verdict (TOML).")
@_option("--mask", is_flag=True, help="Add the text with contacts and accounts covered.")
@_option("--report", metavar="FILE.html", help="Write a report for reading.")
@_option("--show-contacts", is_flag=True, help="Do not cover contacts in the report.")
@_option("--contacts", metavar="FILE", help="Write one row for each contact (CSV, TSV, JSONL).")
@_option("--statements", metavar="FILE", help="Write a statement of reasons for each action.")
@_option("--lang", default="en", show_default=True, help="Language of reasons in the report.")
@_option("--fail-on", type=click.Choice(LEVELS), help="Exit with 3 when this or graver is found.")
@_option("--rules-only", is_flag=True, help="Leave out the classifier: faster, sees less.")
@_option("--engine", type=click.Choice(["local", "spark"]), default="local", show_default=True)
@_option("--quiet", is_flag=True, help="Say nothing but errors.")
def scan(
    source: str, target: str, source_format: str | None, target_format: str | None,
    encoding: str | None, text: str | None, row_id: str | None, seller: str | None,
    date: str | None, lang_column: str | None, region: str | None, marketplace: str | None,
    workers: int | None, resume: bool, policy_file: str | None, mask: bool, report: str | None,
    show_contacts: bool, contacts: str | None, statements: str | None, lang: str,
    fail_on: str | None, rules_only: bool, engine: str, quiet: bool,
) -> None:  # fmt: skip
    """Judge every row of INPUT.

    INPUT is CSV, TSV, JSONL, plain lines (also .gz or .zst), Parquet, Feather or XLSX; '-' is
    JSONL on standard input. The output has one row for each input row, in the same order, with
    all input columns. Exit status: 0 done, 1 some rows were refused (they name why in 'error'),
    2 the input cannot be used or writing stopped, 3 --fail-on was met, 130 stopped by Ctrl+C.
    """
    from detector.marketplace import Marketplace, default_id
    from detector.policy import read_policy
    from detector.scan import run
    from detector.scan.judge import Columns
    from detector.scan.work import Engine
    from detector.translate import available

    try:
        if lang not in available():
            raise InputError(
                "unknown-language", "There are no answers in {language!r}; use one of {known}.",
                language=lang, known=", ".join(available()),
            )  # fmt: skip
        columns = Columns(text, lang_column, _region(region), row_id, seller, date)
        chosen = marketplace or default_id()
        Marketplace.load(chosen)
        judge = Engine(chosen, classify=not rules_only)
        options = run.Options(
            workers or os.cpu_count() or 1, resume, encoding,
            read_policy(policy_file) if policy_file else None,
            mask, contacts, statements, report, show_contacts, lang,
        )  # fmt: skip
        if engine == "spark":
            formats = (source_format, target_format)
            _scan_with_spark(source, target, columns, chosen, formats, options, not rules_only)
            return
        with ExitStack() as stack:
            on_part = None if quiet else stack.enter_context(_Progress())
            summary = run.scan(
                judge, source, target, columns, source_format, target_format, options,
                on_part, None if quiet else partial(_tell_guesses, columns),
            )  # fmt: skip
    except InputError as error:
        _fail(error)
    except BrokenPipeError:
        raise  # whoever read our output has enough; click leaves in silence
    except OSError as error:
        _fail(f"Writing stopped ({error.strerror}); nothing was kept.")
    except KeyboardInterrupt:
        kept = (
            "what is judged is kept: go on with --resume"
            if run.is_kept(target)
            else "nothing was kept"
        )
        click.echo(f"scamcheck: Stopped; {kept}.", err=True)
        raise SystemExit(STOPPED) from None
    if not quiet:
        click.echo(_summed(summary), err=True)
    if fail_on and any(summary.verdicts[level] for level in LEVELS[LEVELS.index(fail_on) :]):
        raise SystemExit(FOUND)
    if summary.refused:
        raise SystemExit(REFUSED_ROWS)


def _region(code: str | None) -> str | None:
    if code is None:
        return None
    import phonenumbers

    if code.upper() not in phonenumbers.SUPPORTED_REGIONS:
        raise InputError(
            "unknown-region",
            "The region {region!r} is not known; use an ISO 3166 code such as PL or GB.",
            region=code,
        )
    return code.upper()


def _summed(summary: Summary) -> str:
    judged = summary.rows - summary.refused
    told = f"{summary.rows} rows: {judged} judged, {summary.refused} refused"
    found = [f"{summary.verdicts[level]} {level}" for level in reversed(LEVELS)]
    kept = f"; {summary.kept} of them before this run" if summary.kept else ""
    return f"{told}{kept}\n" + ", ".join([*found, f"{summary.verdicts['clear']} clear"])


def _tell_guesses(given: Columns, table: Table) -> None:
    columns = table.columns
    guessed = [
        ("messages", given.text, columns.text),
        ("ids", given.row_id, columns.row_id),
        ("sellers", given.seller, columns.seller),
        ("dates", given.date, columns.date),
    ]
    told = ", ".join(
        f"{what} from column {name!r}" for what, named, name in guessed if name and not named
    )
    if told:
        click.echo(f"Reading {told}.", err=True)


def _scan_with_spark(
    source: str, target: str, columns: Any, marketplace: str,
    formats: tuple[str | None, str | None], options: Any, classify: bool,
) -> None:  # fmt: skip
    unused = [
        name
        for name, is_set in (
            ("--policy", options.policy), ("--mask", options.mask), ("--report", options.report),
            ("--contacts", options.contacts), ("--statements", options.statements),
            ("--resume", options.resume), ("--encoding", options.encoding),
        )
        if is_set
    ]  # fmt: skip
    if unused:
        raise InputError(
            "not-with-spark", "{options} cannot be had with --engine spark; leave it out.",
            options=", ".join(unused),
        )  # fmt: skip
    try:
        from detector import spark
    except ImportError as error:
        raise InputError(
            "no-spark", "PySpark is not installed; run: python -m pip install 'scamcheck[spark]'."
        ) from error
    spark.scan_files(source, target, columns, marketplace, *formats, classify=classify)


class _Progress:
    """Shows how far a scan is: a bar on a terminal, a line now and then elsewhere."""

    def __init__(self) -> None:
        self._bar: Any = None
        self._task: Any = None
        self._start = self._last = time.monotonic()

    def __enter__(self) -> _Progress:
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

            self._bar = Progress(
                TextColumn("{task.fields[rows]:,} rows"), BarColumn(),
                TextColumn("{task.fields[rate]:,.0f}/s"),
                TextColumn("{task.fields[flagged]:.1%} flagged"), TimeRemainingColumn(),
                console=Console(stderr=True),
            )  # fmt: skip
            self._task = self._bar.add_task("", total=None, rows=0, rate=0.0, flagged=0.0)
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def __call__(self, summary: Summary, share: float | None) -> None:
        """Show what is done."""
        now = time.monotonic()
        rate = (summary.rows - summary.kept) / max(now - self._start, 1e-9)
        flagged = summary.flagged / max(summary.rows - summary.refused, 1)
        if self._bar is not None:
            self._bar.update(
                self._task, total=None if share is None else 1.0, completed=share or 0.0,
                rows=summary.rows, rate=rate, flagged=flagged,
            )  # fmt: skip
        elif now - self._last >= _SECONDS_BETWEEN_LINES:
            self._last = now
            done = "" if share is None else f"{share:.0%}, "
            click.echo(f"{done}{summary.rows} rows, {rate:,.0f}/s, {flagged:.1%} flagged", err=True)


@click.command()
@click.option("--check", "file", required=True, metavar="FILE", help="The policy to read.")
def policy(file: str) -> None:
    """Read a policy file and say what it does."""
    from detector.policy import described, read_policy

    try:
        chosen = read_policy(file)
    except InputError as error:
        _fail(error)
    click.echo("\n".join(described(chosen)))
