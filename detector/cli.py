"""The command: check, rules and serve here, the others in their own files."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NoReturn

import click

from detector.cli_review import ledger, review
from detector.cli_scan import policy, scan
from detector.cli_train import evaluate, train
from detector.errors import InputError

if TYPE_CHECKING:
    from detector.detector import Detector
    from detector.rule import Rule
    from detector.types import Verdict

BAD_INPUT = 2
STDIN_LIMIT = 1_000_000
"""Bytes read from standard input: more than any text that can be judged."""
COLOURS = {
    "clear": "default",
    "official": "green",
    "suspicious": "yellow",
    "unofficial": "dark_orange",
    "fraudulent": "red",
}


def _fail(error: InputError) -> NoReturn:
    click.echo(f"scamcheck: {error}", err=True)
    raise SystemExit(BAD_INPUT)


def _load(marketplace: str | None) -> Detector:
    from detector.detector import Detector

    return Detector.load(marketplace)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="scamcheck", prog_name="scamcheck")
def main() -> None:
    """Tell whether a contact or a message is a known fraud pattern, and what to do instead.

    Everything runs on this machine. Exit status: 0 done, 1 some rows of a file were
    refused, 2 the input cannot be used, 3 a file holds what --fail-on names.
    """


@main.command()
@click.argument("text", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print the result object.")
@click.option("--lang", metavar="xx", help="Language of the answer, for instance pl.")
@click.option("--region", metavar="CC", help="Country whose national numbers are read, e.g. PL.")
@click.option("--marketplace", metavar="ID", help="Whose official channels count.")
def check(
    text: str | None,
    as_json: bool,
    lang: str | None,
    region: str | None,
    marketplace: str | None,
) -> None:
    """Judge one TEXT, or standard input with '-'."""
    from detector import render
    from detector.features import preload

    try:
        text = _standard_input(text) if text in (None, "-") else _argument(text)
        _demand_language(lang)
        preload()
        detector = _load(marketplace)
        verdict = detector.check(detector.accept(text, None, region))
    except InputError as error:
        _fail(error)
    if as_json:
        click.echo(render.as_json(verdict, lang))
    elif sys.stdout.isatty():
        _print_styled(verdict, lang)
    else:
        click.echo(render.as_text(verdict, lang))


def _demand_language(language: str | None) -> None:
    from detector.translate import available

    if language is not None and language not in available():
        raise InputError(
            "unknown-language",
            "There are no answers in {language!r}; use one of {known}.",
            language=language,
            known=", ".join(available()),
        )


def _argument(text: str) -> str:
    # The shell hands over bytes; what is no UTF-8 among them arrives as lone surrogates.
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InputError(
            "broken-encoding",
            "The text is not UTF-8 at character {place}; convert it to UTF-8.",
            place=str(error.start),
        ) from error
    return text


def _standard_input(given: str | None) -> str:
    if given is None and sys.stdin.isatty():
        raise InputError("empty-text", "There is no text; give it as an argument or by a pipe.")
    try:
        return sys.stdin.buffer.read(STDIN_LIMIT).decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(
            "broken-encoding",
            "Standard input is not UTF-8 at byte {byte}; convert it to UTF-8.",
            byte=str(error.start),
        ) from error


def _print_styled(verdict: Verdict, language: str | None) -> None:
    from rich.console import Console
    from rich.padding import Padding
    from rich.text import Text

    from detector import render

    styles = {"verdict": f"bold {COLOURS[verdict.level.label]}", "title": "bold", "quote": "dim"}
    console = Console(highlight=False)
    for line, kind in render.styled_lines(verdict, language):
        text = line.lstrip()
        indent = len(line) - len(text)
        console.print(Padding(Text(text, styles.get(kind, "")), (0, 0, 0, indent)))


@main.command()
@click.argument("rule_id", required=False, metavar="[ID]")
@click.option("--json", "as_json", is_flag=True, help="Print the catalogue as JSON.")
@click.option("--lang", metavar="xx", help="Language of titles and reasons.")
@click.option("--marketplace", metavar="ID", help="Whose name stands in the reasons.")
def rules(rule_id: str | None, as_json: bool, lang: str | None, marketplace: str | None) -> None:
    """Show the catalogue of rules, or one of them."""
    import json

    from detector.translate import choose

    try:
        _demand_language(lang)
        detector = _load(marketplace)
        chosen = [r for r in detector.rules if rule_id in (None, r.id)]
        if not chosen:
            raise InputError(
                "unknown-rule",
                "There is no rule {rule!r}; the command 'scamcheck rules' lists them.",
                rule=str(rule_id),
            )
    except InputError as error:
        _fail(error)
    rows = [_catalogue_row(r, detector.marketplace.name, choose(lang)) for r in chosen]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=1))
    elif rule_id:
        click.echo("\n".join(f"{name}: {value}" for name, value in rows[0].items()))
    else:
        _print_table(rows)


def _catalogue_row(rule: Rule, name: str, language: str) -> dict[str, str]:
    from detector.translate import translate

    return {
        "id": rule.id,
        "level": rule.level.label,
        "title": translate(rule.title, language, marketplace=name),
        "why": translate(rule.reason, language, marketplace=name),
        "example": rule.hits[0].text,
        "source": translate(rule.source, language, marketplace=name),
    }


def _print_table(rows: list[dict[str, str]]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("id", "level", "title", "why", "example", show_lines=True)
    for row in rows:
        table.add_row(*(row[name] for name in ("id", "level", "title", "why", "example")))
    # Piped, a table is as wide as its longest line needs; only a terminal folds it.
    width = None if sys.stdout.isatty() else 160
    Console(markup=False, width=width).print(table)


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 64))
def serve(host: str, port: int, workers: int) -> None:
    """Serve the page and the API on this machine."""
    from webapp import create_app
    from webapp.serve import listen, run_many

    try:
        listening = listen(host, port)
    except OSError as error:
        click.echo(
            f"scamcheck: Cannot listen on {host}:{port} ({error.strerror});"
            " stop what runs there or choose another --port.",
            err=True,
        )
        raise SystemExit(BAD_INPUT) from None
    with listening:
        try:
            app = create_app()
        except InputError as error:
            _fail(error)
        click.echo(f"scamcheck answers on http://{host}:{port} (stop with Ctrl+C)")
        run_many(app, listening, workers)


main.add_command(scan)
main.add_command(policy)
main.add_command(review)
main.add_command(ledger)
main.add_command(train)
main.add_command(evaluate)
