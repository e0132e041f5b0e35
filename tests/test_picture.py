"""Pictures instead of text: words and QR codes are read, bombs refused, nothing kept."""

from __future__ import annotations

import gc
import io
import struct
import warnings
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from PIL import Image, ImageDraw, ImageFont

from detector.detector import Detector
from webapp import create_app, picture

pytestmark = pytest.mark.skipif(
    not picture.languages(), reason="NO TESSERACT: pictures are NOT tested; install tesseract-ocr"
)
TEXT = "Close the dispute and write me\non WhatsApp +44 7700 900123"


@pytest.fixture
def client(detector: Detector) -> FlaskClient:
    return create_app(detector).test_client()


def drawn(text: str, kind: str = "PNG", scale: int = 1) -> bytes:
    image = Image.new("RGB", (900 * scale, 160 * scale), "white")
    font = ImageFont.load_default(32 * scale)
    ImageDraw.Draw(image).multiline_text((20, 20), text, fill="black", font=font)
    stream = io.BytesIO()
    image.save(stream, kind)
    return stream.getvalue()


def sent(client: FlaskClient, content: bytes, where: str = "/picture?lang=en") -> tuple[int, str]:
    answer = client.post(where, data={"image": (io.BytesIO(content), "x.png")})
    return answer.status_code, answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("kind", "scale", "where"),
    [("PNG", 1, "/picture?lang=en"), ("JPEG", 1, "/share"), ("WEBP", 1, "/picture"),
     ("PNG", 3, "/picture")],
)  # fmt: skip
def test_words_stand_in_the_box_for_correction(
    client: FlaskClient, kind: str, scale: int, where: str
) -> None:
    status, page = sent(client, drawn(TEXT, kind, scale), where)
    box = page[page.index("<textarea") : page.index("</textarea>")]
    assert 200 == status
    assert "Close the dispute" in box
    assert "+44 7700 900123" in box
    assert "Correct them, then check" in page
    assert "fraud pattern" not in page  # not judged yet


def test_a_code_is_read(client: FlaskClient) -> None:
    import zxingcpp

    code = zxingcpp.create_barcode(
        "https://aliexpress-refund.example/pay", zxingcpp.BarcodeFormat.QRCode
    )
    image = Image.fromarray(zxingcpp.write_barcode_to_image(code, scale=6))
    stream = io.BytesIO()
    image.save(stream, "PNG")
    status, page = sent(client, stream.getvalue())
    assert (200, True) == (status, "https://aliexpress-refund.example/pay" in page)


def bomb() -> bytes:
    """A small PNG of 30,000 times 30,000 pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    header = struct.pack(">IIBBBBB", 30_000, 30_000, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes(3_751) * 30_000)
    start = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header)
    return start + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("content", "status", "sentence"),
    [
        (b"", 422, "Choose a picture first."),
        (b"no picture", 422, "This picture cannot be read."),
        (b"%PDF-1.4", 422, "This picture cannot be read."),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", 422, "This picture cannot be read."),
        (drawn(TEXT)[:300], 422, "This picture cannot be read."),
        (drawn(TEXT, "BMP"), 422, "This picture cannot be read."),
        (drawn(TEXT, "GIF"), 422, "This picture cannot be read."),
        (bomb(), 413, "This picture is too large."),
        (b"\x89PNG" + bytes(picture.LIMIT), 413, "This picture is too large."),
        (bytes(picture.LIMIT + 100_000), 413, "too long"),
        (drawn(""), 422, "No words were found in the picture."),
    ],
    ids=["none", "text", "pdf", "svg", "cut", "bmp", "gif", "bomb", "bytes", "body", "blank"],
)
def test_what_is_no_picture_is_refused(
    client: FlaskClient, content: bytes, status: int, sentence: str
) -> None:
    got, page = sent(client, content)
    with warnings.catch_warnings():
        # werkzeug leaves the file of a body that it refuses halfway to the garbage collection.
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()
    assert (status, True) == (got, sentence in page), page[:2000]


def test_the_words_are_read_in_the_chosen_language(client: FlaskClient) -> None:
    if "ru" not in picture.languages():
        pytest.fail("Tesseract has no Russian; install tesseract-ocr-rus")
    font = Path("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf")
    image = Image.new("L", (900, 120), "white")
    chosen = ImageFont.truetype(str(font), 36) if font.exists() else ImageFont.load_default(36)
    ImageDraw.Draw(image).text((20, 30), "Закройте спор, вернём деньги", fill="black", font=chosen)
    stream = io.BytesIO()
    image.save(stream, "PNG")
    data = {"image": (io.BytesIO(stream.getvalue()), "x.png"), "language": "ru"}
    page = client.post("/picture?lang=en", data=data).get_data(as_text=True)
    assert "спор" in page


def test_others_are_asked_to_wait(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = [picture._free.acquire(blocking=False) for _ in range(picture.AT_ONCE)]
    try:
        status, page = sent(client, drawn(TEXT))
    finally:
        for _ in filter(None, taken):
            picture._free.release()
    assert (503, True) == (status, "Try again in a minute" in page)
    assert 200 == sent(client, drawn(TEXT))[0]


@pytest.fixture
def without() -> Iterator[None]:
    picture.languages.cache_clear()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(picture.shutil, "which", lambda name: None)
        yield
    picture.languages.cache_clear()


def test_without_tesseract_the_field_is_gone_and_the_page_says_so(
    client: FlaskClient, without: None
) -> None:
    page = client.get("/?lang=en").get_data(as_text=True)
    assert "Tesseract is not installed" in page
    assert 'type="file"' not in page
    assert 503 == sent(client, drawn(TEXT))[0]


def test_nothing_is_kept(
    client: FlaskClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert 200 == sent(client, drawn(TEXT))[0]
    assert [] == list(tmp_path.rglob("*"))
