"""Look for what linters miss: private keys in committed files and links that lead nowhere."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# 32 bytes in hexadecimal may be a private key. What is none lives in these files, or is marked: on its line,
# on the line above, or once for a table of constants (`not-a-key: whole file`).
HEX_KEY = re.compile(r"(?<![0-9a-fA-F])(?:0x)?[0-9a-fA-F]{64}(?![0-9a-fA-F])")
KEY_FREE = (
    "uv.lock",
    "package-lock.json",
    "tests/vectors/",
    "deployments/",
    "offchain/trustspace/abi/",
    "offchain/trustspace/circuits/",
)
KEY_MARKER = "not-a-key"

MARKDOWN_LINK = re.compile(r"(?<!\!)\[[^\]]*\]\(([^)\s]+)\)")


def committed_files() -> list[Path]:
    """Tracked files and new ones that git would not ignore."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    files = (ROOT / name for name in listed.split("\0") if name)
    return sorted(file for file in files if file.is_file() and not file.is_symlink())


def text_of(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


def private_keys(files: list[Path], root: Path = ROOT) -> Iterator[str]:
    for file in files:
        name = file.relative_to(root).as_posix()
        if name.startswith(KEY_FREE):
            continue
        text, above = text_of(file), ""
        if f"{KEY_MARKER}: whole file" in text:
            continue
        for number, line in enumerate(text.splitlines(), start=1):
            if HEX_KEY.search(line) and KEY_MARKER not in above + line:
                yield f"{name}:{number}: 64 hexadecimal digits: a private key? If not, mark it `{KEY_MARKER}`"
            above = line


def dead_links(files: list[Path], root: Path = ROOT) -> Iterator[str]:
    for file in files:
        if file.suffix != ".md":
            continue
        for number, line in enumerate(text_of(file).splitlines(), start=1):
            for link in MARKDOWN_LINK.findall(line):
                target = link.partition("#")[0]
                is_local = target and "://" not in link and not link.startswith("mailto:")
                if is_local and not (file.parent / target).exists():
                    yield f"{file.relative_to(root).as_posix()}:{number}: nothing at {target}"


def main() -> int:
    files = committed_files()
    problems = [*private_keys(files), *dead_links(files)]
    print("\n".join(problems))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
