"""Print the line coverage of each contract from an lcov file; fail below a minimum.

Interfaces hold no code, and mocks are test code: neither counts.
"""

import argparse
import sys
from pathlib import Path

IGNORED = ("contracts/interfaces/", "contracts/mocks/")


def read_lcov(text: str) -> dict[str, dict[int, int]]:
    """Hits per line of each source file, summed over the records of the file."""
    files: dict[str, dict[int, int]] = {}
    lines: dict[int, int] = {}
    for record in text.splitlines():
        kind, _, value = record.partition(":")
        if kind == "SF":
            lines = files.setdefault(value, {})
        elif kind == "DA":
            number, hits = value.split(",")[:2]
            lines[int(number)] = lines.get(int(number), 0) + int(hits)
    return files


def report(files: dict[str, dict[int, int]]) -> float:
    """Print one line per file and the numbers of lines never run; return the total in per cent."""
    covered = found = 0
    for name, lines in sorted(files.items()):
        missed = [number for number, hits in sorted(lines.items()) if hits == 0]
        covered += len(lines) - len(missed)
        found += len(lines)
        share = 100 * (len(lines) - len(missed)) / max(len(lines), 1)
        hint = f"  not run: {', '.join(map(str, missed))}" if missed else ""
        print(f"{share:6.1f} %  {name}{hint}")
    total = 100 * covered / found if found else 0.0
    print(f"{total:6.1f} %  of {found} lines")
    return total


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("lcov", type=Path)
    parser.add_argument("--minimum", type=float, required=True, metavar="PERCENT")
    arguments = parser.parse_args()
    files = {
        name: lines
        for name, lines in read_lcov(arguments.lcov.read_text(encoding="utf-8")).items()
        if name.startswith("contracts/") and not name.startswith(IGNORED)
    }
    if not files:
        print("no contract was measured")
        return 1
    total = report(files)
    if total < arguments.minimum:
        print(f"below the minimum of {arguments.minimum:g} %")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
