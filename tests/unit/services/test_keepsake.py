import json
import stat

import pytest

from trustspace.crypto.round_secrets import RoundSecrets
from trustspace.errors import InputError
from trustspace.services.keepsake import Keepsake, read_keepsake


def kept(path, rounds: int = 2):
    keep = Keepsake(path).begin(b"r" * 32, 7, b"s" * 32)
    drawn = [RoundSecrets.draw([7, 8, 9], 2) for _ in range(rounds)]
    for number, secrets in enumerate(drawn, 1):
        keep(number, secrets)
    return drawn


def test_keepsake__written__read_back_and_for_its_owner_only(tmp_path) -> None:
    path = tmp_path / "bank.kept"
    drawn = kept(path)
    found = read_keepsake(path)
    assert (found.run, found.participant, found.rows_secret) == (b"r" * 32, 7, b"s" * 32)
    assert [found.rounds[number][0].public for number in (1, 2)] == [secrets.key.public for secrets in drawn]
    assert found.rounds[2][1] == drawn[1].seed
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert drawn[0].seed.hex() not in repr(found)


def test_keepsake__same_run_again__goes_on_and_another_run__refused(tmp_path) -> None:
    path = tmp_path / "bank.kept"
    kept(path)
    Keepsake(path).begin(b"r" * 32, 7, b"s" * 32)(3, RoundSecrets.draw([7, 8, 9], 2))
    assert sorted(read_keepsake(path).rounds) == [1, 2, 3]
    with pytest.raises(InputError, match="kept of another run"):
        Keepsake(path).begin(b"q" * 32, 7, b"s" * 32)


@pytest.mark.parametrize(
    ("line", "change", "message"),
    [
        (0, {"format": "other"}, "line 1: no line of a keepsake"),
        (1, {"key": "00"}, "line 2: no line of a keepsake"),
        (1, {"seed": None}, "line 2: no line of a keepsake"),
        (2, {"round": "x"}, "line 3: no line of a keepsake"),
    ],
)
def test_read__a_line_spoilt__named(tmp_path, line: int, change: dict[str, object], message: str) -> None:
    path = tmp_path / "bank.kept"
    kept(path)
    lines = path.read_text().splitlines()
    lines[line] = json.dumps(json.loads(lines[line]) | change, sort_keys=True, separators=(",", ":"))
    path.write_text("\n".join(lines))
    with pytest.raises(InputError, match=message):
        read_keepsake(path)


@pytest.mark.parametrize(("content", "message"), [(None, "cannot be read"), (b"", "is empty"), (b"{", "canonical")])
def test_read__no_keepsake__refused(tmp_path, content: bytes | None, message: str) -> None:
    path = tmp_path / "bank.kept"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=message):
        read_keepsake(path)
