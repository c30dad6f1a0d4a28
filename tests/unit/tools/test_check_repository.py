from pathlib import Path

import pytest

from tools.check_repository import dead_links, private_keys

DIGITS = "0123456789abcdef" * 4  # 64 digits, put together so that this file passes its own check


@pytest.mark.parametrize("line", [f"key = '{DIGITS}'", f"key: 0x{DIGITS}", DIGITS.upper()])
def test_private_keys__64_hexadecimal_digits__names_file_and_line(tmp_path: Path, line: str) -> None:
    file = tmp_path / "deploy.py"
    file.write_text(f"first\n{line}\n", encoding="utf-8")
    assert [problem.split(" ")[0] for problem in private_keys([file], tmp_path)] == ["deploy.py:2:"]


@pytest.mark.parametrize(
    "text",
    [
        f"{DIGITS}  # not-a-key",
        f"# not-a-key\n{DIGITS}",
        f"# not-a-key: whole file\n\n{DIGITS}",
        DIGITS + "0",
        DIGITS[:-1],
    ],
)
def test_private_keys__marked_or_of_another_length__passes(tmp_path: Path, text: str) -> None:
    file = tmp_path / "hashes.py"
    file.write_text(text, encoding="utf-8")
    assert not list(private_keys([file], tmp_path))


def test_private_keys__lock_files_and_vectors__pass(tmp_path: Path) -> None:
    (tmp_path / "tests" / "vectors").mkdir(parents=True)
    files = [tmp_path / "uv.lock", tmp_path / "tests" / "vectors" / "merkle.json"]
    for file in files:
        file.write_text(DIGITS, encoding="utf-8")
    assert not list(private_keys(files, tmp_path))


def test_dead_links__missing_file__names_it(tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text(
        "[a](docs/a.md) [b](docs/b.md#part)\n[web](https://example.org) [here](#part)\n", encoding="utf-8"
    )
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.md").touch()
    assert list(dead_links([readme], tmp_path)) == ["README.md:1: nothing at docs/b.md"]
