"""Numbers that are no contact are claimed; links, accounts and contacts are not."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.contacts import identifier
from detector.contacts.context import Context, Taken
from detector.fold import fold


def _claims(text: str) -> list[tuple[str, str]]:
    """Return (sort, pasted text) of each claim."""
    folded = fold(text)
    found = identifier.find(folded, Context(), Taken())
    return sorted(
        (one.value, folded.raw[slice(*folded.span(one.start, one.end))])
        for one in found
        if one.kind is None
    )


@pytest.mark.parametrize(
    ("text", "sort", "claimed"),
    [
        ("Order 8134567890123456 was sent", "number", "8134567890123456"),
        ("see 8134567890123456 please", "order", "8134567890123456"),
        ("order no. 3012 3456 7890 1234", "number", "3012 3456 7890 1234"),
        ("заказ № 8134567890123456", "number", "8134567890123456"),
        ("номер заказа: 8134567890123456", "number", "8134567890123456"),
        ("zamówienie nr 813 456 789 012 345", "number", "813 456 789 012 345"),
        ("замовлення 8134567890123456", "number", "8134567890123456"),
        ("pedido nº 8134567890123456", "number", "8134567890123456"),
        ("commande numéro 8134567890123456", "number", "8134567890123456"),
        ("Bestellnummer: 8134567890123456", "number", "8134567890123456"),
        ("sipariş numaranız 8134567890123456", "number", "8134567890123456"),
        ("رقم الطلب 8134567890123456", "number", "8134567890123456"),
        ("订单号：8134567890123456", "number", "8134567890123456"),
        ("注文番号は8134567890123456です", "number", "8134567890123456"),
        ("주문번호 8134567890123456", "number", "8134567890123456"),
        ("LP00512345678CN", "parcel", "LP00512345678CN"),
        ("it is RB 123 456 785 CN", "post", "RB 123 456 785 CN"),
        ("YT2312345678901234", "parcel", "YT2312345678901234"),
        ("1Z999AA10123456784", "parcel", "1Z999AA10123456784"),
        ("520000012345678901234567", "parcel", "520000012345678901234567"),
        ("store 1102345678", "number", "1102345678"),
        ("item id: 1005006123456789", "number", "1005006123456789"),
        ("IMEI: 490154203237518", "number", "490154203237518"),
        ("EAN 5901234123457", "number", "5901234123457"),
        ("978-3-16-148410-0", "book", "978-3-16-148410-0"),
        ("NIP 526-000-12-46", "number", "526-000-12-46"),
        ("PESEL 44051401458", "number", "44051401458"),
        ("ИНН 7707083893", "number", "7707083893"),
        ("CPF 123.456.789-09", "number", "123.456.789-09"),
        ("CNPJ: 11.222.333/0001-81", "number", "11.222.333/0001-81"),
        ("on 23.11.2026 14:30", "date", "23.11.2026 14:30"),
        ("2026-11-23T10:20:30", "date", "2026-11-23T10:20:30"),
        ("by 11/23/26", "date", "11/23/26"),
        ("2019-2026", "years", "2019-2026"),
        ("open 8:00-20:00", "time", "8:00-20:00"),
        ("for $1,299.00 only", "sum", "$1,299.00"),
        ("za 1 299,00 zł", "sum", "1 299,00 zł"),
        ("12345678 руб", "sum", "12345678 руб"),
        ("10x20x30 cm", "size", "10x20x30 cm"),
        ("1920x1080", "size", "1920x1080"),
        ("v10.0.19045.3803", "version", "v10.0.19045.3803"),
        ("203.0.113.77", "address", "203.0.113.77"),
        ("52.229676, 21.012229", "place", "52.229676, 21.012229"),
        ("3.14159265", "decimal", "3.14159265"),
        ("#1234567890", "number", "#1234567890"),
    ],
)
def test_claims(text: str, sort: str, claimed: str) -> None:
    assert (sort, claimed) in _claims(text)


@pytest.mark.parametrize(
    "text",
    [
        "call +48 601 234 567",
        "order by phone 601 234 567",
        "W sprawie zamówienia 601 234 567",
        "订单电话13812345678",
        "tel № 89001234567",
        "the store: 07700900123",
        "order: +48 601 234 567",
        "8 (3452) 12-10-12",
        "06.12.34.56.78",
        "601*234*567",
        "138 x 1234 x 5678",
        "tel. 22.108.44.17",
        "https://pl.aliexpress.com/item/1005001234567890.html",
        "https://shop.example/?order=8134567890123456",
        "http://203.0.113.77/pay",
        "203.0.113.77:8080",
        "order8134567890123456@example.com",
        "wa.me/48601234567",
        "t.me/user8134567890123456",
        "4111 1111 1111 1111",
        "PL61 1090 1014 0000 0712 1981 2874",
        "0x52908400098527886E0F7030069857D2E4169EE7",
        "pix cpf 123.456.789-09",
        "chave pix: 11.222.333/0001-81",
        "line id: 12345678",
        "QQ号 123456789",
        "WeChat code 12345678",
        "six zero one two three four five six seven",
    ],
)
def test_leaves_alone(text: str) -> None:
    assert [] == _claims(text)


def test_a_claimed_place_is_not_claimed_again() -> None:
    folded = fold("order 8134567890123456")
    assert [] == list(identifier.find(folded, Context(), Taken([(8, 9)])))


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="0123456789 .,:/-xv#$€№ordeзакн订号", max_size=60))
def test_claims_lie_in_the_text_and_apart(text: str) -> None:
    folded = fold(text)
    end = 0
    for one in sorted(identifier.find(folded, Context(), Taken()), key=lambda one: one.start):
        assert end <= one.start < one.end <= len(folded.text)
        assert any(c.isdigit() for c in folded.text[one.start : one.end])
        end = one.end
