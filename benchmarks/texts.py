"""Generated messages in four scripts, a fifth with contacts: text no engine has seen before.

Words are drawn from small lists by a seeded generator, so that two runs make the
same messages and no message is made twice in a run.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

_WORDS = {
    "latin": (
        "the order parcel arrived yesterday colour blue lamp works fine thank you seller when "
        "shipping tracking number please check photo quality small box broken cable want size "
        "gracias pedido llegó bien muy bonito przesyłka dotarła szybko polecam paczka kolor "
        "der Artikel ist gut angekommen Lieferung schnell la livraison est arrivée produit "
        "conforme merci vendeur question about battery screen camera nice gift mother weekend"
    ).split(),
    "cyrillic": (
        "заказ пришёл вчера спасибо продавцу всё работает цвет как на фото доставка быстрая "
        "упаковка целая размер подошёл когда отправите посылку трек номер не отслеживается "
        "качество хорошее ребёнку понравилось вопрос по зарядке экран камера подарок маме товар "
        "замовлення отримала дякую дуже гарна річ розмір підійшов чекаю на посилку колір"
    ).split(),
    "cjk": (
        "订单 已经 收到 谢谢 卖家 质量 很好 颜色 漂亮 什么 时候 发货 快递 包装 完整 尺寸 合适 "
        "電池 画面 カメラ 注文 しました 届きました ありがとう 色 が きれい サイズ は ちょうど 발송 "
        "언제 되나요 감사합니다 색상 예뻐요 배송 빨라요 사이즈 맞아요 품질 좋아요 선물 포장"
    ).split(),
    "arabic": (
        "وصل الطلب أمس شكرا للبائع المنتج جيد اللون جميل متى الشحن رقم التتبع الجودة ممتازة "
        "المقاس مناسب التغليف سليم هدية لأمي سؤال عن البطارية الشاشة الكاميرا الطرد لم يصل بعد"
    ).split(),
}


def _contact(draw: random.Random) -> str:
    number = f"{draw.randrange(10_000):04d}"
    return draw.choice(
        (
            f"+44 7700 90{number[:4]}",
            f"WhatsApp +1 202 555 0{number[1:]}",
            f"lamp{number}@example.com",
            f"t.me/shop_{number}x",
            f"https://shop{number}.example.com/item/{number}",
            f"call 020 7946 0{number[1:]}",
            f"www.shop{number}.example.org",
        )
    )


def messages(count: int, seed: int, contact_share: float = 0.2) -> Iterator[str]:
    """Yield ``count`` messages of about 200 bytes of UTF-8, each different.

    Args:
        count: how many.
        seed: another seed makes other messages.
        contact_share: the part that holds a contact.
    """
    draw = random.Random(seed)
    scripts = list(_WORDS)
    for index in range(count):
        words = _WORDS[scripts[index % len(scripts)]]
        target = draw.randrange(120, 280)
        parts: list[str] = []
        size = 0
        while size < target:
            word = draw.choice(words)
            parts.append(word)
            size += len(word.encode()) + 1
        if draw.random() < contact_share:
            parts.insert(draw.randrange(len(parts) + 1), _contact(draw))
        parts.insert(draw.randrange(len(parts) + 1), str(index % 1000 + seed % 7))
        yield " ".join(parts) + draw.choice((".", "!", "", "?"))
