"""The README is a contract: its commands answer as it says, its Python runs.

After a wanted change of the answers, ``UPDATE_README=1`` writes them anew.
"""

from __future__ import annotations

import os
import re
import shlex
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

from detector.cli import main

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
TEXT = README.read_text(encoding="utf-8")
ANSWERS = re.compile(
    r"```console\n\$ \.venv/bin/scamcheck ([^\n]+)\n```\n\n```text\n(.*?)```", re.DOTALL
)
PYTHON = re.compile(r"```python\n(.*?)```", re.DOTALL)


def answer(command: str) -> str:
    return CliRunner().invoke(main, shlex.split(command)).output


def test_there_are_answers_and_python_to_check() -> None:
    assert len(ANSWERS.findall(TEXT)) >= 2
    assert PYTHON.findall(TEXT)


@pytest.mark.parametrize("match", list(ANSWERS.finditer(TEXT)), ids=lambda match: match[1][:40])
def test_a_command_answers_as_the_readme_says(match: re.Match[str]) -> None:
    real = answer(match[1])
    if os.environ.get("UPDATE_README"):
        now = README.read_text(encoding="utf-8")
        README.write_text(now.replace(match[0], match[0][: -len(match[2]) - 3] + real + "```"))
        return
    assert match[2] == real


@pytest.mark.parametrize("code", PYTHON.findall(TEXT))
def test_the_python_of_the_readme_runs(code: str) -> None:
    exec(compile(code, "README.md", "exec"), {})


@pytest.mark.parametrize("command", sorted(main.commands))
def test_every_command_and_its_main_options_are_named(command: str) -> None:
    assert f"scamcheck {command}" in TEXT


def test_every_dependency_is_explained() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    names = {re.match(r"[a-z0-9-]+", line)[0] for line in wanted}  # type: ignore[index]
    table = TEXT[TEXT.index("| library |") :]
    assert set() == {name for name in names if name not in table}
