"""Hosts that imitate the name of a marketplace, and hosts that merely resemble it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.contacts.lookalike import is_lookalike
from detector.marketplace import Marketplace

MARKET = Marketplace.load("aliexpress")
BAZARRO = Marketplace.load("bazarro", Path(__file__).parent.parent / "marketplaces")


def _punycode(label: str) -> str:
    return "xn--" + label.encode("punycode").decode("ascii")


IMITATIONS = """
aliexpress-refund.com aliexpress.com.security-check.top login-aliexpress.example
ali-express-help.com
aliexpres.example aliekspress.com ali-ekspress.ru a1iexpress.com aliexpre55.com 4liexpress.com
ali3xpress.com aliexp-offers.shop aliexp-shop.example aliexprise.example alixpress.example
aleixpress.com aliexperss.net aliexpreess.com alieexpress.com aliwxpress.com aliexprss.shop
al-iexpress.com a-l-i-e-x-p-r-e-s-s.com ali.express wwwaliexpress.com aliexpresscom.top
aliespress.com aliiexpress.com ali-expres-pl.com aliex-refund.com aliexshop24.ru aliexspress.ru
aliexpress.co aliexpress.com.br refund.aliexpress.help best-ali-express.com bestali-express.com
alliexpres.com tmall-support.ru aliexpress24.com 24aliexpress.com myaliexpressorder.com
""".split()
IMITATIONS += [
    f"{_punycode(label)}.com"
    for label in ("aliexprеss", "аliexpress", "alïexpress", "алиэкспресс", "али-экспресс", "速卖通")
]

UNRELATED = """
alibaba.com alipay.com alicdn.com cainiao.com 1688.com taobao.com lazada.com tmall.com
express.com express.co.uk expressvpn.com americanexpress.com nationalexpress.com
polarexpress.com orientexpress.com dailyexpress.co.uk pandaexpress.com panda-express.com
holidayinnexpress.com lexpress.fr expressen.se expresso.pt indiaexpress.com cafeexpress.com
royalexpress.com totalexpress.com.br localexpress.io airexpress.com asiaexpress.com
medicalexpress.com digitalexpress.com capitalexpress.com mailexpress.com postexpress.rs
skyexpress.gr solexpress.com solarexpress.com smallexpress.com mallexpress.com callexpress.com
mumbaiexpress.in thaiexpress.ca dubaiexpress.ae shanghaiexpress.com alphaexpress.com
ultraexpress.com aeroexpress.ru alimentexpress.com alizeexpress.com alienexpress.com
alivexpress.com aliasexpress.com alpinexpress.com alex-press.com al-express.kz
baliexpress.jawapos.com bali-express.com natali-express.ru italiexpress.example
aliexperience.com aliexpert.com ali-exports.com aliexchange.com alipress.com
ali.com alice.com aliens.com alitalia.com aliyun.com alexa.com alies.com
allegro.pl ozon.ru wildberries.ru avito.ru amazon.com ebay.com temu.com shein.com jd.com
fedex.com dhl.com inpost.pl dpd.com ups.com smalltmall.com tmalloy.com panexpress.com
""".split()

OFFICIAL = """
aliexpress.com www.aliexpress.com m.aliexpress.com pl.aliexpress.com es.aliexpress.com
pt.aliexpress.com helpcenter.aliexpress.com customerservice.aliexpress.com
helppage.aliexpress.com privacy.aliexpress.com rule.aliexpress.com login.aliexpress.com
sell.aliexpress.com campaign.aliexpress.com promotion.aliexpress.com sale.aliexpress.com
best.aliexpress.com a.aliexpress.com s.click.aliexpress.com notice.aliexpress.com
aliexpress.ru www.aliexpress.ru tmall.ru www.tmall.ru aliexpress.us www.aliexpress.us
""".split()


@pytest.mark.parametrize("host", IMITATIONS)
def test_imitation(host: str) -> None:
    assert is_lookalike(host, MARKET)


@pytest.mark.parametrize("host", UNRELATED)
def test_unrelated_host(host: str) -> None:
    assert not is_lookalike(host, MARKET)


@pytest.mark.parametrize("host", OFFICIAL)
def test_official_host(host: str) -> None:
    assert MARKET.is_official_host(host)
    assert not is_lookalike(host, MARKET)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("bazarro-help.example", True),
        ("b4zarro.example", True),
        ("bazaro.example", True),
        ("bazarro.example", False),
        ("bazarrogroup.example", False),
        ("bazaar.example", False),
        ("bizarro.example", False),
        ("aliexpress-refund.com", False),
    ],
)
def test_another_marketplace(host: str, expected: bool) -> None:
    assert expected == is_lookalike(host, BAZARRO)


@given(st.text(max_size=80))
def test_any_text_is_judged(host: str) -> None:
    assert is_lookalike(host, MARKET) in {True, False}


@given(st.sampled_from(OFFICIAL), st.sampled_from(["evil.top", "shop.example", "com.evil.icu"]))
def test_official_name_under_another_domain(official: str, domain: str) -> None:
    assert is_lookalike(f"{official}.{domain}", MARKET)


_CORPORA = os.environ.get("SCAMCHECK_CORPORA")


@pytest.mark.skipif(_CORPORA is None, reason="SCAMCHECK_CORPORA names no folder")
def test_share_on_real_hosts() -> None:
    folder = Path(str(_CORPORA))
    real = (folder / "aliexpress_lookalikes.txt").read_text().split()
    near = (folder / "aliexpress_near_miss.txt").read_text().split()
    assert sum(is_lookalike(host, MARKET) for host in real) / len(real) >= 0.97
    assert [] == [host for host in near if is_lookalike(host, MARKET)]
