"""Ceremonies by files, and epochs that overlap, close and leave nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.integration.fingerprints.service import Service, facts, query
from trustspace.adapters.keyholders.log_anchor import LogAnchor
from trustspace.adapters.keyholders.seed_files import SeedFiles
from trustspace.adapters.keyholders.seed_shelf import SeedShelf
from trustspace.adapters.keyholders.setup import advance
from trustspace.domain.fingerprints import FingerprintQuery
from trustspace.errors import EpochNotOpen, InvalidMessage, SignatureMismatch

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from trustspace.adapters.keyholders.setup import SetupStatus
    from trustspace.testing.actors import Actor
    from trustspace.testing.kit import SpaceKit


class Ceremonies:
    """Keyholders of a fresh proposal, each with a folder of its own."""

    def __init__(self, kit: SpaceKit, folder: Path, count: int = 3) -> None:
        self.kit, self.shared, self.count = kit, folder / "shared", count
        self.holders = kit.actors.keyholders[:count]
        self.files = [SeedFiles(folder / f"state-{n}", "password", cost=2) for n in range(count)]
        self.epoch = self.propose()

    def propose(self) -> int:
        nodes = [holder.participant for holder in self.holders]
        return self.kit.actors.regulator.fingerprint_keys.propose_epoch(nodes, 2).value

    def advance(self, place: int, holder: Actor | None = None) -> SetupStatus:
        holder = holder or self.holders[place]
        return advance(self.epoch, holder.fingerprint_keys, holder.participants, self.files[place], self.shared)

    def file(self, name: str) -> Path:
        (found,) = self.shared.rglob(name)
        return found


@pytest.fixture
def ceremonies(data_space: SpaceKit, tmp_path: Path) -> Ceremonies:
    return Ceremonies(data_space, tmp_path)


def test_advance__in_any_order_and_repeated__opens(ceremonies: Ceremonies) -> None:
    stages = [ceremonies.advance(place).stage for place in (0, 0, 1, 2, 2, 0, 1, 2, 0, 1, 2)]
    assert stages[:2] == ["hellos", "hellos"]
    assert stages[-1] == "open"
    assert not list(ceremonies.shared.parent.glob("state-*/ceremony-*"))
    shelf = SeedShelf(ceremonies.files[0], ceremonies.holders[0].fingerprint_keys, ceremonies.holders[0].participants)
    assert shelf[ceremonies.epoch].node == 1
    assert list(shelf) == [ceremonies.epoch]
    ceremonies.files[0].destroy_seeds(ceremonies.epoch)
    assert shelf.get(ceremonies.epoch) is None
    assert len(shelf) == 0


def test_advance__killed_before_confirming__goes_on_with_the_same_seeds(
    ceremonies: Ceremonies, monkeypatch: pytest.MonkeyPatch
) -> None:
    for place in (0, 1, 2, 0, 1):
        ceremonies.advance(place)
    keys = ceremonies.holders[2].fingerprint_keys

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(keys, "confirm_keys", die)
        with pytest.raises(KeyboardInterrupt):
            ceremonies.advance(2)
    for place in (2, 0, 1):
        ceremonies.advance(place)
    record = keys.epoch(ceremonies.epoch)
    held = [ceremonies.files[place].seeds(record, place + 1).seeds for place in range(3)]
    for members in held[0]:
        assert len({seeds[members] for seeds in held if members in seeds}) == 1


def test_advance__proposed_again__another_ceremony(ceremonies: Ceremonies) -> None:
    for place in range(3):
        ceremonies.advance(place)
    assert ceremonies.propose() == ceremonies.epoch
    assert ceremonies.advance(0).waiting_for == (2, 3)
    assert len(list(ceremonies.shared.iterdir())) == 2


def test_advance__not_proposed_or_no_node__refused(ceremonies: Ceremonies) -> None:
    outside = ceremonies.kit.actors.keyholders[4]
    with pytest.raises(EpochNotOpen, match="is no node of epoch"):
        ceremonies.advance(0, outside)
    ceremonies.epoch += 1
    with pytest.raises(EpochNotOpen, match="is none"):
        ceremonies.advance(0)


def forged(change: Callable[[dict[str, object]], None], path: Path) -> None:
    fields = json.loads(path.read_text())
    change(fields)
    path.write_text(json.dumps(fields, sort_keys=True, separators=(",", ":")))


def test_hello__with_a_key_its_node_did_not_sign__refused(ceremonies: Ceremonies) -> None:
    """Whoever holds the shared folder puts its own key in place of node 2's."""
    for place in range(3):
        ceremonies.advance(place)
    forged(lambda fields: fields.update(key="11" * 32), ceremonies.file("hello-2.json"))
    with pytest.raises(SignatureMismatch, match=r"hello-2\.json.*signed by"):
        ceremonies.advance(0)


def test_hello__signed_by_another_keyholder__refused(ceremonies: Ceremonies) -> None:
    for place in range(3):
        ceremonies.advance(place)
    ceremonies.file("hello-2.json").unlink()
    third = json.loads(ceremonies.file("hello-3.json").read_text())
    ceremonies.file("hello-3.json").with_name("hello-2.json").write_text(
        json.dumps({**third, "node": 2}, sort_keys=True, separators=(",", ":"))
    )
    with pytest.raises(SignatureMismatch):
        ceremonies.advance(0)


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", "nonsense", '{"ceremony":1,"key":"","node":2,"signature":""}', '"text"']
)
def test_hello__malformed__refused_by_name(ceremonies: Ceremonies, content: str) -> None:
    for place in range(3):
        ceremonies.advance(place)
    ceremonies.file("hello-2.json").write_text(content)
    with pytest.raises(InvalidMessage, match=r"hello-2\.json"):
        ceremonies.advance(0)


def test_offer__changed_on_the_way__refused(ceremonies: Ceremonies) -> None:
    for place in (0, 1, 2, 0, 1):
        ceremonies.advance(place)

    def bend(fields: dict[str, object]) -> None:
        commitments = dict(fields["commitments"])  # type: ignore[call-overload]
        commitments[next(iter(commitments))] = "00" * 32
        fields["commitments"] = commitments

    forged(bend, ceremonies.file("offer-2.json"))
    with pytest.raises(SignatureMismatch, match=r"offer-2\.json"):
        ceremonies.advance(0)


def test_epochs__overlap_then_close__fingerprints_move_on(service: Service) -> None:
    """Both epochs' fingerprints while two are open, unlinkable; the older one's keys answer nobody afterwards."""
    actors = service.kit.actors
    bank, subject = actors.banks[0], actors.subjects[0]
    agreement = service.agree(subject, bank)
    client = service.client(bank)
    before = client.fingerprints(query(subject, agreement, facts(1)))[0]
    newer = service.open_epoch()
    both = client.fingerprints(query(subject, agreement, facts(1)))[0]
    assert [of_epoch.epoch for of_epoch in both] == [before[0].epoch, newer]
    assert both[0] == before[0]
    assert both[1].strict != both[0].strict
    actors.regulator.fingerprint_keys.close_epoch(before[0].epoch)
    after = client.fingerprints(query(subject, agreement, facts(1)))[0]
    assert after == (both[1],)
    actors.regulator.fingerprint_keys.close_epoch(newer)
    with pytest.raises(EpochNotOpen, match="no epoch"):
        client.fingerprints(query(subject, agreement, facts(1)))
    nothing = FingerprintQuery(seller=subject.subject, agreement=agreement, invoices=())
    assert client.fingerprints(nothing) == ()


def test_log_anchor__anchors_what_is_new__and_at_the_end(service: Service) -> None:
    node = service.nodes[1]
    keys, participant = node.actor.fingerprint_keys, node.actor.participant
    anchor = LogAnchor(node.book, keys, participant, seconds=3600)
    anchor.start()
    anchor.stop()
    assert keys.log_head(participant) == node.book.head()
    assert not anchor.anchor()
