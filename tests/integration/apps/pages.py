"""What README and docs show: their fenced blocks and the commands in them."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[3]
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")])
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`((?:\./run|trustspace) [^`\n]+)`")
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
FILE = re.compile(r"`((?:contracts|docs|examples|networks|offchain|scripts|tests|tools|bench)/[\w./-]*)`")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block and where it stands."""

    page: str
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


@dataclass(frozen=True, slots=True)
class Line:
    """A command that a page shows."""

    place: str
    words: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.place} {' '.join(self.words[:4])}"


def blocks(language: str) -> list[Block]:
    found = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for fence in FENCE.finditer(text):
            line = text.count("\n", 0, fence.start()) + 1
            found.append(Block(page.relative_to(ROOT).as_posix(), line, fence[1], fence[2]))
    return [block for block in found if block.language == language]


def lines() -> list[Line]:
    """Commands in shell blocks and between backquotes."""
    found = []
    for block in blocks("sh"):
        for text in block.text.replace("\\\n", " ").splitlines():
            words = shlex.split(text, comments=True)
            if words:
                found.append(Line(str(block), tuple(words)))
    for page in PAGES:
        place, shown = page.relative_to(ROOT).as_posix(), INLINE.findall(page.read_text(encoding="utf-8"))
        found += [Line(place, tuple(shlex.split(text))) for text in shown]
    return found


SHELL = lines()
TRUSTSPACE = [
    Line(line.place, line.words[line.words.index("trustspace") :])
    for line in SHELL
    if line.words[0] == "trustspace" or line.words[:3] == ("./run", "exec", "trustspace")
]
RUN = [line for line in SHELL if line.words[0] == "./run"]
BROWNIE = [line for line in RUN if line.words[1:3] == ("exec", "brownie")]
