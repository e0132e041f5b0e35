"""A policy says what is done; masks cover; statements of reasons say why, in the seller's language."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from detector.cli import main
from detector.detector import Detector
from detector.errors import InputError
from detector.policy import Action, default_policy, described, masked, read_policy
from detector.scan.judge import Columns
from detector.scan.run import Options, scan
from detector.statement import statement

FRAUD = "Pay me by PayPal, not on AliExpress."
PHONE = "Please write me on +44 7700 900123 about the lamp"
MAIL = "Please write to help@shop.example about the lamp"


def policy(folder: Path, text: str) -> Any:
    (folder / "p.toml").write_text(text, encoding="utf-8")
    return read_policy(str(folder / "p.toml"))


@pytest.mark.parametrize(
    ("toml", "text", "action"),
    [
        ('[verdicts]\nfraudulent = "block"', FRAUD, Action.BLOCK),
        ('[verdicts]\nfraudulent = "block"', PHONE, Action.ALLOW),
        ('[verdicts]\nfraudulent = "block"', "Thank you.", Action.ALLOW),
        ('[verdicts]\nunofficial = "mask"', PHONE, Action.MASK),
        ('[verdicts]\nunofficial = { action = "mask", from_risk = 0 }', PHONE, Action.MASK),
        ('[verdicts]\nunofficial = { action = "mask", from_risk = 1 }', PHONE, Action.ALLOW),
        # A rule of its own wins over its level, in both directions.
        ('[verdicts]\nunofficial = "mask"\n[rules]\nphone-number = "review"', PHONE, Action.REVIEW),
        ('[verdicts]\nunofficial = "mask"\n[rules]\nphone-number = "allow"', PHONE, Action.ALLOW),
        ('[rules]\nphone-number = "block"', PHONE, Action.BLOCK),
        ('[rules]\nphone-number = "block"', MAIL, Action.ALLOW),
        # The strongest action of several findings is taken.
        ('[verdicts]\nfraudulent = "review"\nunofficial = "block"',
         FRAUD + " Call +44 7700 900123", Action.BLOCK),
        ("", FRAUD, Action.ALLOW),
    ],
)  # fmt: skip
def test_the_strongest_action_is_taken(
    detector: Detector, tmp_path: Path, toml: str, text: str, action: Action
) -> None:
    assert action == policy(tmp_path, toml).action(detector.check(text))


@pytest.mark.parametrize(
    ("allow", "text", "level"),
    [
        ('contacts = ["+447700900123"]', PHONE, "clear"),
        ('contacts = ["+447700900124"]', PHONE, "unofficial"),
        ('contacts = ["HELP@shop.example"]', MAIL, "clear"),
        ('contacts = ["shop.example"]', MAIL, "unofficial"),
        ('domains = ["shop.example"]', MAIL, "clear"),
        ('domains = ["example"]', MAIL, "clear"),
        ('domains = ["op.example"]', MAIL, "unofficial"),
        ('domains = ["shop.example"]', "see https://www.shop.example/lamp now please", "clear"),
        ('domains = ["shop.example"]', "write to a@shop.example.evil.test please", "unofficial"),
        # What else is in the message still counts.
        ('contacts = ["+447700900123"]', FRAUD + " +44 7700 900123", "fraudulent"),
        ('contacts = ["+447700900123"]', PHONE + " or anna.k@example.com", "unofficial"),
    ],
)
def test_allowed_contacts_mean_nothing(
    detector: Detector, tmp_path: Path, allow: str, text: str, level: str
) -> None:
    chosen = policy(tmp_path, f"[allow]\n{allow}")
    verdict = detector.allowing(chosen.is_allowed).check(text)
    found = {f.level.label for f in verdict.findings if f.origin == "rule"}
    assert level == (verdict.level.label if found else "clear")
    assert [] != list(verdict.contacts)  # they are shown all the same


@pytest.mark.parametrize(
    ("toml", "part"),
    [
        ("verdicts = 3", "verdicts: write a table"),
        ('[verdict]\nfraudulent = "block"', "verdict: unknown key"),
        ('[verdicts]\nclear = "block"', "verdicts.clear: unknown, use one of suspicious"),
        ('[verdicts]\nfraudulent = "delete"', "verdicts.fraudulent: write an action, one of allow"),
        ("[verdicts]\nfraudulent = 1", "verdicts.fraudulent: write a table"),
        ('[verdicts]\nfraudulent = { action = "block", risk = 1 }', "risk: unknown"),
        (
            '[verdicts]\nfraudulent = { action = "block", from_risk = 2 }',
            "from_risk: write a number",
        ),
        ('[verdicts]\nfraudulent = { action = "block", from_risk = true }', "from_risk: write a"),
        ('[rules]\nno-such-rule = "block"', "rules.no-such-rule: unknown"),
        ('[allow]\ncontacts = "x"', "allow.contacts: write a list of texts"),
        ('[allow]\ndomains = [""]', "allow.domains: write a list of texts"),
        ("name = 4", "name: write a text"),
        ("[verdicts", "file: it is not valid TOML"),
        ("\ud800", "file: it is not valid TOML"),
    ],
)
def test_a_policy_that_cannot_be_used_names_the_key(tmp_path: Path, toml: str, part: str) -> None:
    path = tmp_path / "p.toml"
    path.write_bytes(toml.encode("utf-8", "surrogatepass"))
    with pytest.raises(InputError) as caught:
        read_policy(str(path))
    assert part in str(caught.value)
    result = CliRunner().invoke(main, ["policy", "--check", str(path)])
    assert (2, "") == (result.exit_code, result.stdout)
    assert part in result.stderr


def test_the_command_says_what_a_policy_does(tmp_path: Path) -> None:
    policy(tmp_path, '[verdicts]\nsuspicious = { action = "review", from_risk = 0.5 }')
    result = CliRunner().invoke(main, ["policy", "--check", str(tmp_path / "p.toml")])
    assert 0 == result.exit_code
    assert "suspicious: review from risk 0.5" in result.stdout.splitlines()
    assert "fraudulent: allow" in result.stdout.splitlines()
    assert "fraudulent: block" in described(default_policy())


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("call +44 7700 900123 now", "call *** **** ****** now"),
        ("mail anna.k@example.com!", "mail ******************!"),
        ("support at helpcenter.aliexpress.com only", "support at helpcenter.aliexpress.com only"),
        ("order 8123456789012345, 23.11.2026", "order 8123456789012345, 23.11.2026"),
        ("IBAN DE89 3704 0044 0532 0130 00", "IBAN **** **** **** **** **** **"),
        ("Thank you.", "Thank you."),
    ],
)
def test_a_mask_covers_contacts_and_keeps_places(detector: Detector, text: str, shown: str) -> None:
    covered = masked(detector.check(text))
    assert shown == covered
    assert len(text) == len(covered)


def test_a_scan_with_a_policy_adds_its_columns(detector: Detector, tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_text(f'text,action\n"{FRAUD}",mine\n{PHONE},mine\n,mine\nThank you.,mine\n')
    options = Options(policy=default_policy(), mask=True)
    scan(detector, str(source), str(tmp_path / "o.csv"), Columns(), options=options)
    with (tmp_path / "o.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert ["block", "mask", "", "allow"] == [row["action"] for row in rows]
    assert {"mine"} == {row["input_action"] for row in rows}
    assert "Please write me on *** **** ****** about the lamp" == rows[1]["masked"]
    scan(detector, str(source), str(tmp_path / "o.jsonl"), Columns(), options=options)
    checks = [json.loads(line)["check"] for line in (tmp_path / "o.jsonl").read_text().splitlines()]
    assert ["block", "mask", None, "allow"] == [check.get("action") for check in checks]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["not delivered", "Reason: ", "rule off-platform", "automated means", "six months"]),
        ("pl", ["nie została dostarczona", "Powód: ", "reguła off-platform", "automatycznie"]),
        ("ru", ["не доставлено", "Причина: ", "правило off-platform", "автоматически"]),
        ("xx", ["not delivered"]),
    ],
)
def test_a_statement_of_reasons_has_what_the_law_asks(
    detector: Detector, tmp_path: Path, language: str, words: list[str]
) -> None:
    chosen = policy(tmp_path, 'name = "Example Market"\nredress = "https://market.example/appeal"')
    verdict = detector.check(FRAUD)
    told = statement(verdict, Action.BLOCK, chosen, language)
    for word in [*words, "Example Market", "https://market.example/appeal", verdict.rulebook]:
        assert word in told["statement"]
    assert "PayPal" in told["statement"]
    assert (language if language != "xx" else "en") == told["language"]


def test_statements_are_written_for_actions_only(detector: Detector, tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_text(
        f'id,seller,lang,text\n7,A,pl,"{FRAUD}"\n8,B,,Thank you.\n9,C,,{PHONE}\n10,D,,\n'
    )
    target = tmp_path / "said.csv"
    columns = Columns(language="lang", row_id="id", seller="seller")
    options = Options(statements=str(target))
    scan(detector, str(source), str(tmp_path / "o.csv"), columns, options=options)
    with target.open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert [("1", "7", "A", "pl", "block"), ("3", "9", "C", "en", "mask")] == [
        (r["row"], r["id"], r["seller"], r["language"], r["action"]) for r in rows
    ]
    assert "Powód" in rows[0]["statement"]
