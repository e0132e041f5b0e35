"""The commands that make and measure the classifier: train, evaluate."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

import click

from detector.errors import InputError

BAD_INPUT = 2
_ROOT = Path(__file__).resolve().parents[1]


def _fail(error: InputError) -> NoReturn:
    click.echo(f"scamcheck: {error}", err=True)
    raise SystemExit(BAD_INPUT)


_FOLDER = click.Path(path_type=Path, file_okay=False)


@click.command()
@click.option("--datasets", type=_FOLDER, default=_ROOT / "datasets", help="Labelled messages.")
@click.option("--models", type=_FOLDER, default=_ROOT / "models", help="Where the weights go.")
@click.option("--leave-one-out", is_flag=True, help="Also train without each language in turn.")
@click.option("--corpora", type=_FOLDER, envvar="SCAMCHECK_CORPORA", help="Measured in the card.")
@click.option("--card/--no-card", default=True, help="Measure and write the card (minutes).")
def train(
    datasets: Path, models: Path, leave_one_out: bool, corpora: Path | None, card: bool
) -> None:
    """Train the classifier from labelled messages; the same data gives the same weights."""
    from detector import train as training
    from detector.card import write_card
    from detector.dataset import read_folder
    from detector.detector import Detector

    try:
        model = training.train(datasets, models, click.echo)
        click.echo(f"{models}: weights and recipe of model {model.hash}")
        if not card:
            return
        rules = Detector.load(classify=False)
        messages = read_folder(datasets)
        left_out = (
            training.leave_one_out(messages, model, rules, click.echo) if leave_one_out else None
        )
        text = write_card(rules, rules.with_model(model), messages, left_out, corpora)
    except InputError as error:
        _fail(error)
    (models / "card.md").write_text(text, encoding="utf-8")
    click.echo(f"{models / 'card.md'}: measured on the test split")


@click.command()
@click.argument(
    "source", required=False, type=click.Path(path_type=Path, dir_okay=False), metavar="[FILE]"
)
@click.option("--datasets", type=_FOLDER, default=_ROOT / "datasets", help="Labelled messages.")
def evaluate(source: Path | None, datasets: Path) -> None:
    """Measure rules, classifier and both on FILE (labelled JSONL) or on the test split."""
    from detector.card import alone_and_together
    from detector.dataset import read_folder, read_labelled
    from detector.detector import Detector
    from detector.evaluate import by, calibration_error, judge_all, table

    try:
        if source is None:
            messages = [m for m in read_folder(datasets) if m.split == "test"]
        else:
            messages = list(read_labelled(source))
        rules, both = Detector.load(classify=False), Detector.load()
        together = alone_and_together(rules, both, messages)
    except InputError as error:
        _fail(error)
    outcomes = judge_all(both, messages)
    click.echo(f"{len(messages)} labelled messages; shares with Wilson intervals, 95 %\n")
    click.echo(together + "\n")
    click.echo(table(by(lambda m: m.language, outcomes), "language") + "\n")
    click.echo(table(by(lambda m: m.intent, outcomes), "intent") + "\n")
    click.echo(f"expected calibration error of the risk: {calibration_error(outcomes):.3f}")
