"""A screenshot or photo instead of text: read on this machine, shown for correction, not kept."""

from __future__ import annotations

import shutil
import threading
import warnings
from contextlib import closing
from functools import cache
from io import BytesIO
from typing import Any

from flask import Blueprint, request
from werkzeug.datastructures import FileStorage

from detector.errors import InputError
from detector.translate import available
from webapp import page
from webapp.view import current_detector, page_language

blueprint = Blueprint("picture", __name__)

LIMIT = 8_000_000
"""Bytes of a picture."""
PIXELS = 25_000_000
"""Pixels of a picture; a phone's screen has three million, its camera twelve."""
READ_PIXELS = 4_000_000
"""Pixels that are read; a larger picture is made smaller first."""
SECONDS = 20
"""How long one picture may be read."""
AT_ONCE = 2
"""Pictures that are read at the same time; others are asked to come back."""
FORMATS = ("PNG", "JPEG", "WEBP")
TYPES = ("image/png", "image/jpeg", "image/webp")
TESSERACT = {
    "en": "eng", "ru": "rus", "pl": "pol", "uk": "ukr", "es": "spa", "pt": "por", "fr": "fra",
    "de": "deu", "it": "ita", "nl": "nld", "tr": "tur", "ar": "ara", "zh": "chi_sim",
    "ko": "kor", "ja": "jpn",
}  # fmt: skip
"""Names that Tesseract gives to languages."""
_free = threading.BoundedSemaphore(AT_ONCE)

STATUS = {"busy": 503, "scans-full": 503, "no-tesseract": 503, "large-picture": 413}


@cache
def languages() -> tuple[str, ...]:
    """Return the codes of the languages that can be read; none without Tesseract."""
    if shutil.which("tesseract") is None:
        return ()
    import pytesseract

    known = set(pytesseract.get_languages())
    return tuple(code for code in available() if TESSERACT.get(code) in known)


@blueprint.app_context_processor
def _choices() -> dict[str, Any]:
    return {"picture_languages": languages()}


@blueprint.post("/picture")
def read() -> str:
    """Show the words of a picture in the box, to be corrected and then judged."""
    request.max_content_length = LIMIT + 10_000
    wish = request.form.get("language", "")
    return show(request.files.get("image"), wish)


def show(file: FileStorage | None, wish: str = "") -> str:
    """Return the page with the words of a picture in its box.

    Raises:
        InputError: there is no picture, or it cannot be read.
    """
    content = b""
    if file is not None:
        with closing(file):
            content = file.stream.read(LIMIT + 1)
    text = text_of(content, wish if wish in languages() else page_language())
    return page.show_found(text[: current_detector().limit])


def text_of(content: bytes, language: str) -> str:
    """Return the words of a picture, and what its QR codes say.

    Args:
        content: PNG, JPEG or WebP.
        language: of the words; English is read besides.

    Raises:
        InputError: it is no such picture, is too large, or holds no words.
    """
    if not languages():
        raise InputError("no-tesseract", "Tesseract is not installed; install tesseract-ocr.")
    if not content:
        raise InputError("no-picture", "There is no picture; choose one.")
    if len(content) > LIMIT:
        raise InputError("large-picture", "The picture has too many bytes; cut out a part.")
    if not _free.acquire(blocking=False):
        raise InputError("busy", "Too many pictures at once; try again later.")
    try:
        picture = _opened(content)
        found = [*_codes(picture), _words(picture, language)]
    finally:
        _free.release()
    text = "\n".join(part for part in found if part).strip()
    if not text:
        raise InputError("no-words", "There are no words in the picture; type the message.")
    return text


def _opened(content: bytes) -> Any:
    from PIL import Image, ImageOps

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # Pillow warns of bombs
            picture: Any = Image.open(BytesIO(content), formats=FORMATS)
            if picture.width * picture.height > PIXELS:
                raise InputError("large-picture", "The picture has too many pixels; cut it.")
            # Only the first picture of an animation; colours do not matter.
            picture = ImageOps.exif_transpose(picture).convert("L")
    except InputError:
        raise
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise InputError("large-picture", "The picture has too many pixels; cut it.") from error
    except Exception as error:  # whatever a broken file makes a decoder raise
        raise InputError("bad-picture", "The picture cannot be read; use PNG or JPEG.") from error
    pixels = picture.width * picture.height
    if pixels > READ_PIXELS:
        scale = (READ_PIXELS / pixels) ** 0.5
        size = (max(1, int(picture.width * scale)), max(1, int(picture.height * scale)))
        picture = picture.resize(size)
    return picture


def _codes(picture: Any) -> list[str]:
    import zxingcpp

    return [code.text for code in zxingcpp.read_barcodes(picture) if code.text][:10]


def _words(picture: Any, language: str) -> str:
    import pytesseract

    names = dict.fromkeys((TESSERACT.get(language, "eng"), "eng"))
    try:
        text = pytesseract.image_to_string(picture, lang="+".join(names), timeout=SECONDS)
    except (RuntimeError, pytesseract.TesseractError) as error:
        raise InputError("bad-picture", "The picture cannot be read in time; cut it.") from error
    lines = (" ".join(line.split()) for line in text.splitlines())
    return "\n".join(line for line in lines if line)
