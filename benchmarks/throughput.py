"""Messages per second of the whole path on one core, beside presidio-analyzer in the same run.

    python -m pip install presidio-analyzer spacy
    python benchmarks/throughput.py [--messages 20000] [--corpora FOLDER]

Presidio runs its phone, e-mail and URL recognisers over a blank model, which is
the fastest it can be asked for contacts. Both engines take turns on fresh
messages, each seen once; the ratio is of the medians.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.texts import messages
from detector import Detector, Message


def presidio() -> Callable[[Sequence[str]], object] | None:
    """Return a function that analyses texts, or None when presidio is not installed."""
    try:
        import spacy
        from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
        from presidio_analyzer.nlp_engine import NlpArtifacts, SpacyNlpEngine
        from presidio_analyzer.predefined_recognizers import (
            EmailRecognizer,
            PhoneRecognizer,
            UrlRecognizer,
        )
    except ImportError:
        return None

    class Blank(SpacyNlpEngine):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.nlp = {"en": spacy.blank("en")}

        def process_text(self, text: str, language: str) -> NlpArtifacts:
            doc = self.nlp["en"](text)
            places = [token.idx for token in doc]
            return NlpArtifacts([], doc, places, [t.lower_ for t in doc], self, language)

    registry = RecognizerRegistry()
    for recogniser in (EmailRecognizer(), PhoneRecognizer(), UrlRecognizer()):
        registry.add_recognizer(recogniser)
    engine = AnalyzerEngine(registry=registry, nlp_engine=Blank(), supported_languages=["en"])

    def analyse(texts: Sequence[str]) -> object:
        return [engine.analyze(text=text, language="en") for text in texts]

    return analyse


def rate(judge: Callable[[Sequence[str]], object], texts: Sequence[str]) -> float:
    """Return texts per second of processor time."""
    start = time.process_time()
    judge(texts)
    return len(texts) / (time.process_time() - start)


def corpus(folder: Path) -> list[str]:
    """Return the texts of every JSONL file of a folder."""
    return [
        json.loads(line)["text"]
        for file in sorted(folder.glob("*.jsonl"))
        for line in file.read_text(encoding="utf-8").splitlines()
    ]


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--corpora", type=Path, default=os.environ.get("SCAMCHECK_CORPORA"))
    options = parser.parse_args()
    ours = {
        "rules": judge(Detector.load(classify=False)),
        "with classifier": judge(Detector.load()),
    }
    theirs = presidio()
    for run in ours.values():
        run(list(messages(500, seed=999)))
    if theirs:
        theirs(list(messages(50, seed=998)))
    rates: dict[str, list[float]] = {name: [] for name in (*ours, "presidio")}
    for number in range(options.rounds):
        for name, run in ours.items():
            rates[name].append(rate(run, list(messages(options.messages, seed=number))))
        if theirs:
            part = list(messages(max(200, options.messages // 20), seed=100 + number))
            rates["presidio"].append(rate(theirs, part))
    report("generated, four scripts, a fifth with contacts", rates)
    if options.corpora:
        texts = corpus(Path(options.corpora))
        seen = {name: [rate(run, texts)] for name, run in ours.items()}
        seen["presidio"] = [rate(theirs, texts[:: max(1, len(texts) // 1000)])] if theirs else []
        report(f"open corpora, {len(texts)} texts", seen)


def judge(detector: Detector) -> Callable[[Sequence[str]], object]:
    """Return the whole path as a function of texts."""

    def run(texts: Sequence[str]) -> object:
        return list(detector.check_many(Message(text) for text in texts))

    return run


def report(title: str, rates: dict[str, list[float]]) -> None:
    """Print the medians and their ratio."""
    print(title)
    for name, values in rates.items():
        if values:
            print(
                f"  {name:16s} {statistics.median(values):10,.0f} messages/s"
                f"  ({min(values):,.0f} to {max(values):,.0f})"
            )
    if rates["presidio"]:
        for name in [n for n in rates if n != "presidio"]:
            ratio = statistics.median(rates[name]) / statistics.median(rates["presidio"])
            print(f"  {name} is {ratio:.1f} times as fast as presidio")


if __name__ == "__main__":
    main()
