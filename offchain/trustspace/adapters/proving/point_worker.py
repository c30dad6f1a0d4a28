"""A process that does sums on points for its parent: jobs come in on stdin, answers go out on stdout.

A frame is its length in 4 bytes, big endian, and its bytes. A job is one letter, then

    P  tau (32) | start (4) | count (4)           -> points tau^i * G
    S  step (32) | start (4) | points (64 each)   -> points step^i * point
    C  count (4) | coefficients (16 each) | points, one more -> the two sums of neighbours

Secrets come through the pipe only: never as arguments, never in files.
"""

from __future__ import annotations

import struct
import sys
from typing import IO, TYPE_CHECKING

from trustspace.crypto.point_batches import COEFFICIENT_BITS, combine, multiply_pairwise
from trustspace.crypto.powers_of_tau import powers_of, scalars_of
from trustspace.encoding.bn254 import encode_points, read_points

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trustspace.encoding.weierstrass import Point

_LENGTH = struct.Struct(">I")
_POWERS = struct.Struct(">32sII")
_SCALE = struct.Struct(">32sI")
_COEFFICIENT_BYTES = COEFFICIENT_BITS // 8


def powers_job(tau: int, start: int, count: int) -> bytes:
    """A job: `count` powers of tau from the start on."""
    return b"P" + _POWERS.pack(tau.to_bytes(32, "big"), start, count)


def scale_job(step: int, start: int, points: Sequence[Point]) -> bytes:
    """A job: each point times a power of the step, the first one's exponent being the start."""
    return b"S" + _SCALE.pack(step.to_bytes(32, "big"), start) + encode_points(points)


def combine_job(coefficients: Sequence[int], points: Sequence[Point]) -> bytes:
    """A job: the sums of coefficient i times point i and of coefficient i times point i + 1."""
    words = b"".join(coefficient.to_bytes(_COEFFICIENT_BYTES, "big") for coefficient in coefficients)
    return b"C" + _LENGTH.pack(len(coefficients)) + words + encode_points(points)


def answer(job: bytes) -> bytes:
    """What a job comes to."""
    kind, body = job[:1], memoryview(job)[1:]
    if kind == b"P":
        tau, start, count = _POWERS.unpack(body)
        return encode_points(powers_of(int.from_bytes(tau, "big"), start, count))
    if kind == b"S":
        step, start = _SCALE.unpack(body[: _SCALE.size])
        points = read_points(bytes(body[_SCALE.size :]))
        return encode_points(multiply_pairwise(scalars_of(int.from_bytes(step, "big"), start, len(points)), points))
    if kind == b"C":
        (count,) = _LENGTH.unpack(body[: _LENGTH.size])
        end = _LENGTH.size + count * _COEFFICIENT_BYTES
        coefficients = [
            int.from_bytes(body[at : at + _COEFFICIENT_BYTES], "big")
            for at in range(_LENGTH.size, end, _COEFFICIENT_BYTES)
        ]
        points = read_points(bytes(body[end:]))
        return encode_points([combine(coefficients, points[:-1]), combine(coefficients, points[1:])])
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
