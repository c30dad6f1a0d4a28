"""Files that hold what only their owner may read."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

OWNER_ONLY = 0o600


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """One process at a time holds this lock file; the lock ends with its process, the file stays."""
    with path.open("a") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def write_private(path: Path, content: bytes | Iterable[bytes]) -> None:
    """Write all or nothing: a temporary file beside it, flushed to disk, then renamed."""
    temporary = path.with_name(path.name + ".part")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    with os.fdopen(descriptor, "wb") as stream:
        stream.writelines([content] if isinstance(content, bytes) else content)
        stream.flush()
        os.fsync(stream.fileno())
    temporary.replace(path)
