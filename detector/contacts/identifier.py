"""Claims numbers that are no contact: orders, parcels, dates, prices, sizes, tax numbers.

It runs before every other finder, so that none of them reads such a number. It
therefore must never claim a part of a link, an e-mail address, a card or an
account. The words that name such numbers are data: identifier_words.toml.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ahocorasick_rs
from stdnum import ean, isbn
from stdnum.iso7064 import mod_97_10

from detector.contacts.call_word import is_label
from detector.contacts.context import Context, Taken
from detector.fold import Folded, fold
from detector.types import Found, Span
