"""The classifier: what it may add, what it may not, and that its files are checked."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.dataset import Labelled, read_folder
from detector.decide import decide_level, decide_model
from detector.detector import Detector
from detector.errors import DataError
from detector.features import quiet
from detector.intent import intents
from detector.model import Model, softmax
from detector.train import FOLDS, folds, threshold, train
from detector.types import Finding, Level, Scores

ROOT = Path(__file__).resolve().parents[1]


@cache
def detector() -> Detector:
    found = Detector.load()
    assert found.model is not None, "models/ holds no weights; run scamcheck train"
    return found


@cache
def labelled() -> Sequence[Labelled]:
    return read_folder(ROOT / "datasets")


def scores(**chances: float) -> Scores:
    told = {name.replace("_", "-"): chance for name, chance in chances.items()}
    rest = 1.0 - sum(told.values())
    told.setdefault("clear", rest)
    return Scores(tuple((intent, told.get(intent, 0.0)) for intent in intents()))


RULE = Finding("phone-number", Level.UNOFFICIAL, "rule", ((0, 3),))


@pytest.mark.parametrize(
    ("chances", "findings", "expected"),
    [
        ({"asks_secrets": 0.95}, [], ("asks-secrets", Level.FRAUDULENT)),
        ({"asks_secrets": 0.50, "parcel_fee": 0.45}, [], ("asks-secrets", Level.FRAUDULENT)),
        ({"leave_chat": 0.95}, [], ("leave-chat", Level.UNOFFICIAL)),
        ({"asks_secrets": 0.85}, [], ("asks-secrets", Level.SUSPICIOUS)),
        ({"pressure": 0.95}, [], ("pressure", Level.SUSPICIOUS)),
        ({"pressure": 0.60, "asks_secrets": 0.30}, [], ("pressure", Level.SUSPICIOUS)),
        ({"asks_secrets": 0.75}, [], None),
        ({}, [], None),
        # beside a rule less is enough for fraud, but the rule's own level is not repeated
        ({"asks_secrets": 0.75}, [RULE], ("asks-secrets", Level.FRAUDULENT)),
        ({"asks_secrets": 0.60}, [RULE], None),
        ({"leave_chat": 0.99}, [RULE], None),
        ({"pressure": 0.99}, [RULE], None),
    ],
)
def test_what_the_classifier_adds(
    chances: dict[str, float], findings: list[Finding], expected: tuple[str, Level] | None
) -> None:
    found = decide_model(scores(**chances), 0.8, 0.9, 0.7, findings)
    assert (found and (found.id, found.level)) == expected


@given(st.lists(st.floats(0, 1), min_size=10, max_size=10), st.sampled_from(list(Level)))
def test_the_classifier_only_raises(weights: list[float], level: Level) -> None:
    total = sum(weights) or 1.0
    told = Scores(tuple(zip(intents(), (w / total for w in weights), strict=True)))
    known = [] if level == Level.CLEAR else [Finding("x", level, "rule", ())]
    found = decide_model(told, 0.8, 0.9, 0.7, known)
    assert found is None or found.level > decide_level(known)


def test_probabilities_are_calibrated_and_sum_to_one() -> None:
    model = detector().model
    assert model is not None
    drawn = np.random.default_rng(1).normal(size=(20, len(intents()))) * 4
    chances = model.probabilities(drawn)
    assert chances.sum(axis=1) == pytest.approx(1.0)
    assert (chances >= 0).all()
    plain = softmax(drawn)[:, 0]
    assert (np.argsort(chances[:, 0]) == np.argsort(plain)).all()


def test_a_file_is_judged_as_its_messages_are_one_by_one() -> None:
    texts = [m.text for m in labelled()[::9]]
    together = [v.level for v in detector().check_many(texts)]
    alone = [detector().check(text).level for text in texts]
    agree = sum(a == b for a, b in zip(together, alone, strict=True))
    assert agree / len(texts) >= 0.995
    assert 0 < detector().embedded(texts) < len(texts)


def test_the_risk_in_a_file_is_near_that_of_a_single_check() -> None:
    texts = [m.text for m in labelled()[::23]]
    together = [v.risk for v in detector().check_many(texts)]
    alone = [detector().check(text).risk for text in texts]
    assert np.abs(np.subtract(together, alone)).mean() <= 0.1
    assert np.corrcoef(together, alone)[0, 1] >= 0.9


def test_the_quick_risk_grows_with_the_odds_and_stays_a_probability() -> None:
    model = detector().model
    assert model is not None
    for level in Level:
        risks = [model.quick_risk(odds, level) for odds in (-1e9, -5.0, 0.0, 5.0, 1e9)]
        assert risks == sorted(risks)
        assert all(0 <= risk <= 1 for risk in risks)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CLOSE THE DISPUTE", "close the dispute"),
        ("ClOsE ThE DiSpUtE", "close the dispute"),
        ("Ich sende Ihnen das Geld per PayPal", "Ich sende Ihnen das Geld per PayPal"),
        ("The DHL and UPS parcels are late", "The DHL and UPS parcels are late"),
        ("8123456789012345", "8123456789012345"),
        ("订单已收到 OK", "订单已收到 ok"),
    ],
)
def test_what_shouts_is_read_in_small_letters(text: str, expected: str) -> None:
    assert quiet(text) == expected


def test_a_fold_holds_whole_scenarios_and_some_of_every_intent() -> None:
    messages = [m for m in labelled() if m.split != "test"]
    fold = folds(messages)
    of_scenario: dict[str, set[int]] = {}
    of_intent: dict[str, set[int]] = {}
    for message, number in zip(messages, fold.tolist(), strict=True):
        of_scenario.setdefault(message.scenario, set()).add(number)
        of_intent.setdefault(message.intent, set()).add(number)
    assert all(len(numbers) == 1 for numbers in of_scenario.values())
    assert all(len(numbers) == FOLDS for numbers in of_intent.values())


def test_a_finding_of_the_classifier_shows_its_words_and_a_known_case() -> None:
    texts = [m.text for m in labelled() if m.level == Level.FRAUDULENT and m.split == "train"]
    findings = [
        (verdict.text, finding)
        for verdict in map(detector().check, texts[::4])
        for finding in verdict.findings
        if finding.origin == "model"
    ]
    assert len(findings) >= 10
    known = set(texts) | {m.text for m in labelled()}
    for text, finding in findings:
        assert finding.example in known
        assert all(0 <= start < end <= len(text) for start, end in finding.spans)
    assert sum(bool(f.spans) for _, f in findings) >= 0.9 * len(findings)


@settings(deadline=None, max_examples=40)
@given(st.text(max_size=80))
def test_any_text_is_judged(text: str) -> None:
    if text.strip() and detector().languages:
        told = detector().scores([text, "ok"])
        assert sum(p for _, p in told[0].intents) == pytest.approx(1.0)


@pytest.mark.parametrize("alarms", [0.0, 0.005, 0.1])
def test_a_threshold_keeps_its_alarms(alarms: float) -> None:
    harmless = np.linspace(0, 0.9, 1000)
    least = threshold(harmless, alarms)
    assert (harmless >= least).mean() <= alarms
    assert (harmless >= least - 0.012).mean() >= alarms  # rounded up to two digits


def test_the_same_data_gives_the_same_files(tmp_path: Path) -> None:
    folder = tmp_path / "datasets"
    folder.mkdir()
    kept = [m for m in labelled() if m.language in {"en", "pl"}][::6]
    lines = [
        json.dumps({"text": m.text, "lang": m.language, "intent": m.intent, "split": m.split})
        for m in kept
    ]
    (folder / "mix.jsonl").write_text("\n".join(lines), encoding="utf-8")
    for name in ("one", "two"):
        train(folder, tmp_path / name, lambda _: None)
    for file in ("weights.npz", "recipe.json"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


def test_files_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    assert Model.load(tmp_path) is None
    source = ROOT / "models"
    (tmp_path / "recipe.json").write_bytes((source / "recipe.json").read_bytes())
    np.savez(tmp_path / "weights.npz", ngrams=np.zeros((4, 10), dtype=np.float16))
    with pytest.raises(DataError, match="run scamcheck train"):
        Model.load(tmp_path)
    (tmp_path / "recipe.json").write_text('{"model": {"slope": 1.0}}', encoding="utf-8")
    with pytest.raises(DataError, match="run scamcheck train"):
        Model.load(tmp_path)
    (tmp_path / "recipe.json").write_bytes((source / "recipe.json").read_bytes())
    np.savez(tmp_path / "weights.npz", ngrams=np.array([object()], dtype=object))
    with pytest.raises(ValueError, match="allow_pickle"):
        Model.load(tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        "вайбер 380 67 200 30 40",
        "8 800 555-01-99 алиэкспресс?",
        "+1 202 555 0143 / 0144 / 0145 whatsapp",
    ],
)
def test_numbers_beside_a_contact_are_no_wording(text: str) -> None:
    findings = detector().check(text).findings
    assert findings
    assert {finding.origin for finding in findings} == {"rule"}
