"""Hosts whose links are handles or payments, not plain links."""

from __future__ import annotations

HANDLE_HOSTS: frozenset[str] = frozenset(
    {
        "t.me", "telegram.me", "telegram.dog", "wa.me", "api.whatsapp.com", "chat.whatsapp.com",
        "m.me", "viber.click", "viber.com", "line.me", "lin.ee", "u.wechat.com", "open.kakao.com",
        "instagram.com", "facebook.com", "vk.com", "vk.me", "discord.gg", "signal.me",
        "join.skype.com",
    }
)  # fmt: skip
PAYMENT_HOSTS: frozenset[str] = frozenset(
    {"paypal.me", "revolut.me", "cash.app", "venmo.com", "qr.nspk.ru", "yoomoney.ru"}
)
