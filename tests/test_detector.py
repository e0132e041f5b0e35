"""The one path: the same answer one by one and all together, and no text breaks it."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import detector as package
from detector.decide import decide_advice, decide_level, decide_risk
from detector.detector import LIMIT, Detector
from detector.errors import InputError
from detector.render import as_object
from detector.types import Finding, Level, Message

ROOT = Path(package.__file__).parent


@cache
def detector() -> Detector:
    return Detector.load()


@cache
def rules_alone() -> Detector:
    # In a file the classifier is asked only where it matters; test_model.py measures that.
    return Detector.load(classify=False)


PIECES = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        "close the dispute|I refund you by PayPal|+44 7700 900123|WhatsApp|aliexpress.com|beware|"
        "never|закройте спор|на карту|加微信 abc12345|zamknij spór|. |? |, |\n|https://x.example/a|"
        "1O8 44 l7|w h a t s|аliexpress|@lamp_seller|GB82 WEST 1234 5698 7654 32|six zero one".split("|")
    ),
)  # fmt: skip
TEXTS = st.lists(PIECES, min_size=1, max_size=8).map(" ".join).filter(lambda t: t.strip() != "")
CALM = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@CALM
@given(TEXTS)
def test_any_text_is_judged_and_its_places_lie_in_it(text: str) -> None:
    verdict = detector().check(Message(text))
    for contact in verdict.contacts:
        assert contact.text == text[contact.start : contact.end] != ""
    for finding in verdict.findings:
        assert finding.spans
        for start, end in finding.spans:
            assert 0 <= start < end <= len(text)
    assert 0.0 <= verdict.risk <= 1.0
    answer = as_object(verdict)
    assert answer["advice"]
    assert all(finding["reason"] for finding in answer["findings"])


@CALM
@given(st.lists(TEXTS, min_size=1, max_size=4))
def test_one_by_one_is_as_all_together(texts: list[str]) -> None:
    messages = [Message(text) for text in texts]
    together = list(rules_alone().check_many(messages))
    assert together == [rules_alone().check(message) for message in messages]


FINDINGS = st.builds(
    Finding,
    id=st.sampled_from(["a", "b", "c"]),
    level=st.sampled_from([level for level in Level if level > Level.CLEAR]),
    origin=st.just("rule"),
    spans=st.just(((0, 1),)),
    advice=st.lists(st.sampled_from(["dispute", "do-not-click"]), max_size=2).map(tuple),
)


@given(st.lists(FINDINGS, max_size=5), FINDINGS)
def test_a_further_finding_never_lowers_a_verdict(findings: list[Finding], more: Finding) -> None:
    assert decide_level([*findings, more]) >= decide_level(findings)
    assert decide_risk([*findings, more]) >= decide_risk(findings)
    assert decide_advice([*findings, more])


@pytest.mark.parametrize(
    ("text", "language", "region", "code", "named"),
    [
        ("", None, None, "empty-text", "no text"),
        (" \n\t\u200b ", None, None, "empty-text", "no text"),
        ("x" * (LIMIT + 1), None, None, "text-too-long", "20001"),
        (None, None, None, "not-text", "NoneType"),
        (12, None, None, "not-text", "int"),
        (b"x", None, None, "not-text", "bytes"),
        ("x", "xx", None, "unknown-language", "'xx'"),
        ("x", None, "UK", "unknown-region", "'UK'"),
        ("x", None, "Poland", "unknown-region", "'POLAND'"),
    ],
)
def test_what_cannot_be_judged_is_refused_in_a_sentence(
    text: object, language: str | None, region: str | None, code: str, named: str
) -> None:
    with pytest.raises(InputError) as caught:
        detector().accept(text, language, region)
    assert code == caught.value.code
    assert named in str(caught.value)


def test_an_unknown_marketplace_is_refused() -> None:
    with pytest.raises(InputError, match="nowhere"):
        Detector.load("nowhere")


def test_a_text_at_the_limit_is_judged() -> None:
    assert detector().check("x" * LIMIT).level is Level.CLEAR


@pytest.mark.parametrize(
    "text",
    ["1 " * 10_000, "w h a t s a p p " * 1_200, "close the dispute " * 1_100, "@" * LIMIT,
     "a." * 10_000, "не " * 6_600, "+" * LIMIT, "0x" * 10_000, "微信" * 10_000, "нe" * 10_000],
    ids=lambda text: text[:12],
)  # fmt: skip
def test_a_hostile_text_at_the_limit_is_judged(text: str) -> None:
    assert detector().check(text[:LIMIT]).level in Level


ORDER = (
    "types", "errors", "character", "script", "fold", "fold_batch", "phrase_gate", "phrase",
    "language", "marketplace", "contacts", "signal", "rule", "intent", "decide", "ngram", "features",
    "model", "detector", "dataset", "attack", "evaluate", "train", "card", "advice", "translate", "render",
    "policy", "statement", "extract", "scan", "ledger", "spark", "cli_scan", "cli_review", "cli_train", "cli", "__main__",
)  # fmt: skip


SCAN_ORDER = (
    "table", "text_rows", "judge", "columnar", "part", "output", "tally", "work", "preload",
    "workers", "report", "run",
)  # fmt: skip


def imported(file: Path, package: str) -> set[str]:
    """Return the modules of a package that a file imports."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return {
        node.module.removeprefix(package).split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith(package)
    }


@pytest.mark.parametrize("file", sorted(ROOT.glob("*.py")), ids=lambda file: file.stem)
def test_imports_run_one_way(file: Path) -> None:
    if file.stem != "__init__":
        assert set() == imported(file, "detector.") - set(ORDER[: ORDER.index(file.stem)])


@pytest.mark.parametrize("file", sorted((ROOT / "scan").glob("*.py")), ids=lambda file: file.stem)
def test_imports_of_a_scan_run_one_way(file: Path) -> None:
    if file.stem == "__init__":
        return
    before = SCAN_ORDER[: SCAN_ORDER.index(file.stem)]
    assert set() == imported(file, "detector.scan.") - set(before)
    assert set() == imported(file, "detector.") - set(ORDER[: ORDER.index("scan") + 1])


def test_the_page_leaves_the_work_to_the_detector() -> None:
    for file in (ROOT.parent / "webapp").glob("*.py"):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        names = {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
        names |= {n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
        assert set() == names & {"re", "phonenumbers", "sklearn"}


@pytest.mark.parametrize(
    ("text", "is_fraud"),
    [
        ("Die Betrugsabteilung prüft Ihre Zahlungen, antworten Sie an a@desk.example", True),
        ("La cellule fraude contrôle vos achats, répondez à a@desk.example", True),
        ("Vorsicht, angeblich prüft die Betrugsabteilung Zahlungen: a@desk.example", False),
        ("Méfiez-vous, la fausse cellule fraude contrôle vos achats : a@desk.example", False),
    ],
)
def test_the_name_of_a_fraud_department_is_no_warning(text: str, is_fraud: bool) -> None:
    assert rules_alone().check(text).level == (Level.FRAUDULENT if is_fraud else Level.CLEAR)


@pytest.mark.parametrize(
    ("text", "level", "subject"),
    [
        ("support@aliexpress.com", Level.UNOFFICIAL, "contact"),
        ("DataProtection.AE@aliexpress.com", Level.UNOFFICIAL, "contact"),
        ("anna.k@example.com", Level.UNOFFICIAL, "contact"),
        ("tel: +44 7700 900123", Level.UNOFFICIAL, "contact"),
        ("@lamp_seller_88", Level.UNOFFICIAL, "contact"),
        ("aliexpress.com", Level.OFFICIAL, "contact"),
        ("https://helpcenter.aliexpress.com/s/faq?id=1", Level.OFFICIAL, "contact"),
        ("aliexpress.com.security-check.top", Level.FRAUDULENT, "contact"),
        ("support@aliexpress.com told me to wait", Level.UNOFFICIAL, "message"),
        ("+1 900 555 0123", Level.FRAUDULENT, "contact"),
        ("ok", Level.CLEAR, "message"),
        ("8123456789012345", Level.CLEAR, "message"),
        ("LP00512345678CN", Level.CLEAR, "message"),
        ("23.11.2026 14:30", Level.CLEAR, "message"),
    ],
)
def test_what_is_pasted_most_gets_its_verdict(text: str, level: Level, subject: str) -> None:
    verdict = detector().check(text)
    assert (level, subject) == (verdict.level, verdict.subject)
    if subject == "contact":
        assert verdict.language == "und"
