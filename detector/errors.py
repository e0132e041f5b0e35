"""What goes wrong with an input: one clear sentence that names the thing and the cure."""

from __future__ import annotations


class InputError(ValueError):
    """An input that cannot be judged.

    Attributes:
        code: stable kebab-case word for programs, for instance ``text-too-long``.
        values: what the sentence names; never holds the pasted text.
    """

    def __init__(self, code: str, sentence: str, **values: str) -> None:
        super().__init__(sentence.format(**values))
        self.code = code
        self.values = values


class DataError(Exception):
    """A data file of the project (a rule, a language, a marketplace) that cannot be used.

    The sentence names the file, the key and what to do.
    """

    def __init__(self, file: str, key: str, cure: str) -> None:
        super().__init__(f"{file}: {key}: {cure}")
        self.file = file
        self.key = key
