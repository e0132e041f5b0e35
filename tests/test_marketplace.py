"""The registry of official channels: strict at the door, fresh, and only data."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

import detector.marketplace
from detector.errors import DataError, InputError
from detector.fold import fold
from detector.marketplace import Entry, Marketplace, available, default_id

INVENTED = Path(__file__).parent / "marketplaces"
MARKET = Marketplace.load("aliexpress")
PACKAGE = Path(detector.marketplace.__file__).parent


def test_the_known_marketplaces() -> None:
    assert ("aliexpress",) == available()
    assert "aliexpress" == default_id()
    assert ("bazarro",) == available(INVENTED)


@pytest.mark.parametrize(
    "entry",
    [e for id in available() for e in Marketplace.load(id).entries],
    ids=lambda e: f"{type(e).__name__}-{e.source[:30]}",
)
def test_every_entry_keeps_its_promise(entry: Entry) -> None:
    due = entry.checked + timedelta(days=entry.valid_days)
    assert entry.is_fresh(date.today()), f"compare with {entry.source!r} again: was due {due}"


def test_an_entry_grows_old() -> None:
    entry = MARKET.domains[0]
    last = entry.checked + timedelta(days=entry.valid_days)
    assert entry.is_fresh(last)
    assert not entry.is_fresh(last + timedelta(days=1))
    assert not entry.is_fresh(entry.checked - timedelta(days=1))


def test_no_python_file_names_a_marketplace() -> None:
    names = [name for id in available() for name in (id, Marketplace.load(id).name.lower())]
    guilty = [
        path.relative_to(PACKAGE)
        for path in PACKAGE.rglob("*.py")
        for name in names
        if name in path.read_text(encoding="utf-8").lower()
    ]
    assert [] == guilty


@pytest.mark.parametrize(
    ("host", "role"),
    [
        ("aliexpress.com", "official"),
        ("pl.aliexpress.com", "official"),
        ("aliexpress.com.", "official"),
        ("a.aliexpress.com", "affiliate"),
        ("x.s.click.aliexpress.com", "affiliate"),
        ("notice.aliexpress.com", "mail-transport"),
        ("alibaba.com", "group"),
        ("www.1688.com", "partner"),
        ("notaliexpress.com", None),
        ("aliexpress.com.evil.top", None),
        ("aliexpress.pl", None),
        ("com", None),
        ("", None),
    ],
)
def test_role_of_a_host(host: str, role: str | None) -> None:
    assert role == MARKET.role(host)


def test_predicates_agree_with_roles() -> None:
    assert MARKET.is_official_host("a.aliexpress.com")
    assert MARKET.is_affiliate_host("a.aliexpress.com")
    assert not MARKET.is_affiliate_host("aliexpress.com")
    assert MARKET.is_group_host("img.alicdn.com")
    assert not MARKET.is_official_host("alibaba.com")
    assert MARKET.is_brand_email_domain("notice.aliexpress.com")
    assert MARKET.is_mail_transport("info.aliexpress.com")


def test_the_privacy_mailbox_is_no_support() -> None:
    box = MARKET.mailbox("dataprotection.ae@ALIEXPRESS.com")
    assert box is not None
    assert "unofficial" == box.status
    assert MARKET.mailbox("support@aliexpress.com") is None


def test_there_is_no_phone_but_a_centre_in_korea() -> None:
    assert {"*": "none", "KR": "app-only"} == {p.region: p.status for p in MARKET.phones}


def test_every_way_to_support_is_registered() -> None:
    wanted = {"online-service-chat", "dispute", "order-chat", "mobile-app", "tmall-chat"}
    assert wanted | {"feedback-form", "report-message"} <= {c.id for c in MARKET.channels}


def test_brand_words_are_folded_and_all_scripts_are_there() -> None:
    assert all(word == fold(word).text for word in MARKET.brand_words)
    assert {"aliexpress", "алиэкспресс", "速卖通"} <= set(MARKET.brand_words)


def test_unknown_marketplace() -> None:
    with pytest.raises(InputError) as error:
        Marketplace.load("../secret")
    assert "unknown-marketplace" == error.value.code
    assert "choose one of: aliexpress" in str(error.value)


TEXT = (INVENTED / "bazarro.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "key", "cure"),
    [
        ('name = "Bazarro"\n', "", "name", "missing"),
        ("default = true", "default = 1", "default", "must be a bool"),
        ("default = true", "default = true\ncolour = 1", "colour", "unknown"),
        ('id = "bazarro"', 'id = "other"', "id", "name of the file"),
        ('role = "group"', 'role = "friend"', "domains[4].role", "must be one of"),
        ('role = "group"\n', "", "domains[4].role", "missing"),
        ("chance_words", "lucky_words", "brand.lucky_words", "unknown"),
        ('nicknames = ["baz"]', 'nicknames = "baz"', "brand.nicknames", "list of words"),
        ("valid_days = 36500", 'valid_days = "1"', "domains[1].valid_days", "must be a int"),
        ('region = "*"', 'area = "*"', "phones[1].area", "unknown"),
        ('id = "bazarro"', 'id = "bazarro', "(syntax)", "no valid TOML"),
    ],
)
def test_a_wrong_file_is_refused(tmp_path: Path, old: str, new: str, key: str, cure: str) -> None:
    assert old in TEXT
    (tmp_path / "bazarro.toml").write_text(TEXT.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DataError) as error:
        Marketplace.load("bazarro", tmp_path)
    assert ("bazarro.toml", key) == (error.value.file, error.value.key)
    assert cure in str(error.value)


def test_one_default_is_demanded(tmp_path: Path) -> None:
    text = TEXT.replace("default = true", "default = false")
    (tmp_path / "bazarro.toml").write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match="exactly one"):
        default_id(tmp_path)
