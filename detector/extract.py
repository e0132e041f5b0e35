"""Tells Babel which texts are for people: those of the TOML files and a few Python tables.

Used by ``make messages`` through babel.cfg; nothing else imports it.
"""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from typing import IO, Any

# Table of tables -> the keys in it that are shown; "" is the top of the file.
SHOWN: dict[str, tuple[str, ...]] = {
    "": ("title", "reason", "source"),  # rules
    "advice": ("text",),
    "intent": ("reason",),
    "domains": ("note", "source"),
    "mailboxes": ("note", "purpose", "source"),
    "channels": ("note", "source"),
    "phones": ("note", "source"),
    "nuances": ("note",),
}
TABLES = frozenset({"NOTES", "VERDICTS", "STATUSES", "KINDS", "SOURCES", "RESTRICTIONS"})
"""Names of Python dictionaries whose values are sentences."""

Extracted = tuple[int, str, str, list[str]]
"""What Babel wants: line, function, msgid, comments."""


def extract_toml(
    stream: IO[bytes], keywords: object, comment_tags: object, options: object
) -> Iterator[Extracted]:
    """Yield the sentences of a rule, of the advice or of a marketplace."""
    table: dict[str, Any] = tomllib.loads(stream.read().decode("utf-8"))
    for name, keys in SHOWN.items():
        rows: list[Any] = [table] if not name else table.get(name, [])
        # A rule's own "advice" is a list of ids, not of tables.
        tables = [row for row in rows if isinstance(row, dict)]
        for number, row in enumerate(tables, 1):
            for key in keys:
                if row.get(key):
                    yield number, "", row[key], []


def extract_python(
    stream: IO[bytes], keywords: object, comment_tags: object, options: object
) -> Iterator[Extracted]:
    """Yield the values of the dictionaries in ``TABLES`` and the texts given to translate()."""
    for node in ast.walk(ast.parse(stream.read())):
        for text in _sentences(node):
            yield text.lineno, "", str(text.value), []


def _sentences(node: ast.AST) -> Iterator[ast.Constant]:
    candidates: list[ast.expr] = []
    match node:
        case ast.AnnAssign(target=ast.Name(id=name), value=ast.Dict(values=values)):
            candidates = values if name in TABLES else []
        case ast.Call(func=ast.Name(id="translate"), args=[first, *_]):
            candidates = [first]
    for value in candidates:
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            yield value
