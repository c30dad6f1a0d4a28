"""The outbox: nonces, states, and what survives."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from trustspace.adapters.store.outbox import Draft, Entry, Outbox, OutboxState, Scope, Signed
from trustspace.domain.ids import Address, OperationId
from trustspace.errors import OutOfRange

if TYPE_CHECKING:
    from pathlib import Path

SCOPE = Scope(chain="1:0xab", sender=Address("0x" + "11" * 20))


def draft(name: str) -> Draft:
    return Draft(operation=OperationId(name.encode()), content=name.encode(), label=f"Contract.{name}")


def sign(_position: int, nonce: int) -> Signed:
    return Signed(hash=b"hash %d" % nonce, raw=b"raw %d" % nonce)


def reserve(outbox: Outbox, *names: str, chain_nonce: int = 0, scope: Scope = SCOPE) -> list[Entry]:
    return outbox.reserve(scope, [draft(name) for name in names], chain_nonce, sign)


def test_reserve__nonces_follow_each_other_and_the_chain() -> None:
    outbox = Outbox()
    assert [entry.nonce for entry in reserve(outbox, "a", "b", chain_nonce=5)] == [5, 6]
    assert [entry.nonce for entry in reserve(outbox, "c", chain_nonce=3)] == [7]
    assert [entry.nonce for entry in reserve(outbox, "d", chain_nonce=9)] == [9]


def test_reserve__known_operation__keeps_its_transaction() -> None:
    outbox = Outbox()
    (first,) = reserve(outbox, "a")
    again, other = reserve(outbox, "a", "b")
    assert again == first
    assert other.nonce == 1


def test_reserve__failed_operation__is_signed_anew() -> None:
    outbox = Outbox()
    (first,) = reserve(outbox, "a")
    outbox.move([(first, OutboxState.FAILED, "{}")])
    (second,) = reserve(outbox, "a")
    assert second.nonce == 1
    assert outbox.find(SCOPE, first.operation) == second


def test_reserve__signer_fails__stores_nothing_and_uses_no_nonce() -> None:
    outbox = Outbox()

    def broken(position: int, nonce: int) -> Signed:
        if position == 1:
            raise RuntimeError("the signer went away")
        return sign(position, nonce)

    with pytest.raises(RuntimeError):
        outbox.reserve(SCOPE, [draft("a"), draft("b")], 0, broken)
    assert outbox.unfinished(SCOPE) == []
    assert [entry.nonce for entry in reserve(outbox, "c")] == [0]


def test_resign__old_one_is_displaced_and_the_operation_has_a_new_nonce() -> None:
    outbox = Outbox()
    first, second = reserve(outbox, "a", "b")
    moved = outbox.resign(SCOPE, first, 1, lambda nonce: sign(0, nonce))
    assert moved.nonce == 2
    assert outbox.find(SCOPE, first.operation) == moved
    assert outbox.unfinished(SCOPE) == [second, moved]


def test_resign__signer_fails__leaves_everything_as_it_was() -> None:
    outbox = Outbox()
    (first,) = reserve(outbox, "a")

    def broken(_nonce: int) -> Signed:
        raise RuntimeError("the signer went away")

    with pytest.raises(RuntimeError):
        outbox.resign(SCOPE, first, 1, broken)
    assert outbox.unfinished(SCOPE) == [first]


def test_reserve__nonce_given_back__goes_to_the_next_signature() -> None:
    outbox = Outbox()
    first, _ = reserve(outbox, "a", "b")
    outbox.move([(first, OutboxState.DISPLACED, None)])
    assert [entry.nonce for entry in reserve(outbox, "c", "a")] == [0, 2]


def test_reserve__nonce_given_back_that_the_chain_has_seen_since__is_not_taken() -> None:
    outbox = Outbox()
    (first,) = reserve(outbox, "a")
    outbox.move([(first, OutboxState.DISPLACED, None)])
    assert [entry.nonce for entry in reserve(outbox, "b", chain_nonce=1)] == [1]


def test_reserve__one_absurd_nonce__does_not_spoil_those_after_it() -> None:
    outbox = Outbox()
    reserve(outbox, "a", chain_nonce=10**6)
    assert [entry.nonce for entry in reserve(outbox, "b", "c")] == [0, 1]


@pytest.mark.parametrize("nonce", [-1, 2**63 - 1, 2**64])
def test_reserve__what_is_no_nonce__is_refused(nonce: int) -> None:
    outbox = Outbox()
    with pytest.raises(OutOfRange, match="is no nonce"):
        reserve(outbox, "a", chain_nonce=nonce)
    assert [entry.nonce for entry in reserve(outbox, "a")] == [0]


def test_replace__keeps_the_nonce__and_restore_brings_the_earlier_signature_back() -> None:
    outbox = Outbox()
    (first,) = reserve(outbox, "a")
    second = outbox.replace(SCOPE, first, lambda: Signed(hash=b"dear", raw=b"dear"))
    assert (second.nonce, outbox.unfinished(SCOPE)) == (first.nonce, [second])
    assert outbox.restore(second, b"of another program") is None
    assert outbox.restore(second, first.hash) == first
    assert outbox.unfinished(SCOPE) == [first]


def test_scopes__share_nothing() -> None:
    outbox = Outbox()
    reserve(outbox, "a")
    other_chain = Scope(chain="1:0xcd", sender=SCOPE.sender)
    other_account = Scope(chain=SCOPE.chain, sender=Address("0x" + "22" * 20))
    for scope in (other_chain, other_account):
        assert outbox.find(scope, OperationId(b"a")) is None
        assert [entry.nonce for entry in reserve(outbox, "a", scope=scope)] == [0]


def test_file__opened_again__holds_everything(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "outbox.sqlite"
    first = Outbox(path)
    stored = reserve(first, "a", "b", "c")
    first.move([(stored[0], OutboxState.FINAL, '{"a": 1}'), (stored[1], OutboxState.MINED, "{}")])
    first.close()
    again = Outbox(path)
    assert [entry.state for entry in again.unfinished(SCOPE)] == [OutboxState.MINED, OutboxState.SIGNED]
    found = again.find(SCOPE, OperationId(b"a"))
    assert found is not None
    assert (found.state, found.receipt, found.raw) == (OutboxState.FINAL, '{"a": 1}', b"raw 0")


def test_file__many_writers_at_once__take_every_nonce_once(tmp_path: Path) -> None:
    path = tmp_path / "outbox.sqlite"

    def work(number: int) -> list[int]:
        outbox = Outbox(path)
        nonces = [entry.nonce for i in range(10) for entry in reserve(outbox, f"{number}-{i}")]
        outbox.close()
        return nonces

    with ThreadPoolExecutor(8) as pool:
        nonces = [nonce for found in pool.map(work, range(8)) for nonce in found]
    assert sorted(nonces) == list(range(80))


def test_file__is_for_its_owner_only__and_folders_of_the_user_stay_as_they_are(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    outboxes = [Outbox(path) for path in (tmp_path / "outbox.sqlite", tmp_path / "own" / "outbox.sqlite")]
    for outbox in outboxes:
        reserve(outbox, "a")
    files = list(tmp_path.rglob("outbox.sqlite*"))
    assert len(files) == 6  # with write-ahead log and shared memory
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert stat.S_IMODE((tmp_path / "own").stat().st_mode) == 0o700
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755
