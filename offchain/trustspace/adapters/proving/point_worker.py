"""A process that does sums on points for its parent: jobs come in on stdin, answers go out on stdout.

A frame is its length in 4 bytes, big endian, and its bytes. A job is one letter, then

    P  tau (32) | start (4) | count (4)           -> points tau^i * G

Secrets come through the pipe only: never as arguments, never in files.
"""

from __future__ import annotations

import struct
import sys
from typing import IO

from trustspace.crypto.powers_of_tau import powers_of
from trustspace.encoding.bn254 import encode_points

_LENGTH = struct.Struct(">I")
_POWERS = struct.Struct(">32sII")


def powers_job(tau: int, start: int, count: int) -> bytes:
    """A job: `count` powers of tau from the start on."""
    return b"P" + _POWERS.pack(tau.to_bytes(32, "big"), start, count)


def answer(job: bytes) -> bytes:
    """What a job comes to."""
    kind, body = job[:1], memoryview(job)[1:]
    if kind == b"P":
        tau, start, count = _POWERS.unpack(body)
        return encode_points(powers_of(int.from_bytes(tau, "big"), start, count))
    raise ValueError(f"no job of kind {kind!r}")


def send(stream: IO[bytes], content: bytes) -> None:
    """Write one frame."""
    stream.write(_LENGTH.pack(len(content)))
    stream.write(content)
    stream.flush()


def receive(stream: IO[bytes]) -> bytes | None:
    """Read one frame; None when the other side has gone."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    content = stream.read(length)
    return content if len(content) == length else None


def main() -> None:
    """Answer jobs until the parent closes the pipe."""
    while (job := receive(sys.stdin.buffer)) is not None:
        send(sys.stdout.buffer, answer(job))


if __name__ == "__main__":
    main()
