from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from trustspace.apps.session import cache

if TYPE_CHECKING:
    import pytest


def test_cache__by_environment__named_then_shared_then_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRUSTSPACE_CACHE", str(tmp_path / "own"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "shared"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert cache() == tmp_path / "own"
    monkeypatch.delenv("TRUSTSPACE_CACHE")
    assert cache() == tmp_path / "shared" / "trustspace"
    monkeypatch.setenv("XDG_CACHE_HOME", "")
    assert cache() == tmp_path / "home" / ".cache" / "trustspace"
    assert cache().stat().st_mode & 0o777 == 0o700
