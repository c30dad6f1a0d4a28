"""What keyholders and banks keep: sealed seeds, pinned keys, certificates."""

from __future__ import annotations

import secrets
import ssl
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from trustspace.adapters.keyholders.pins import PinFile
from trustspace.adapters.keyholders.seed_files import SeedFiles
from trustspace.adapters.keyholders.tls import client_context, make_certificate, pin_of, server_context
from trustspace.crypto.oprf.replicated import Sharing
from trustspace.crypto.oprf.secp256k1 import random_scalar
from trustspace.crypto.oprf.voprf import public_of
from trustspace.domain.fingerprints import EpochNode, EpochRecord, EpochState
from trustspace.domain.ids import ParticipantId
from trustspace.errors import InvalidKey, InvalidSettings
from trustspace.services.seed_ceremony import Ceremony

if TYPE_CHECKING:
    from pathlib import Path

PASSWORD = "password"
CEREMONY = Ceremony(identity=b"c" * 32, epoch=1, sharing=Sharing(3, 5), node=2)
RECORD = EpochRecord(
    epoch=1,
    state=EpochState.OPEN,
    threshold=3,
    ceremony=CEREMONY.identity,
    transcript=b"t" * 32,
    nodes=tuple(
        EpochNode(number=number, participant=ParticipantId(number), account=None, faults=0, destroyed=False)
        for number in range(1, 6)
    ),
)


class TestSeedFiles:
    def files(self, folder: Path, password: str = PASSWORD) -> SeedFiles:
        return SeedFiles(folder / "state", password, cost=2)

    def test_ceremony__drawn_once__same_after_a_restart(self, tmp_path: Path) -> None:
        first = self.files(tmp_path).ceremony_secrets(CEREMONY)
        again = self.files(tmp_path).ceremony_secrets(CEREMONY)
        assert (again.key.public, again.contributions) == (first.key.public, first.contributions)
        other = self.files(tmp_path).ceremony_secrets(replace(CEREMONY, identity=b"d" * 32))
        assert other.key.public != first.key.public
        with pytest.raises(InvalidKey, match="wrong password"):
            self.files(tmp_path, "other").ceremony_secrets(CEREMONY)

    def test_seeds__kept_sealed_destroyed(self, tmp_path: Path) -> None:
        files = self.files(tmp_path)
        seeds = {members: secrets.token_bytes(32) for members in CEREMONY.sharing.sets_of(2)}
        files.ceremony_secrets(CEREMONY)
        files.keep_seeds(CEREMONY, seeds)
        files.forget_ceremony(CEREMONY)
        assert [path.name for path in (tmp_path / "state").iterdir()] == ["seeds-1.sealed"]
        path = tmp_path / "state" / "seeds-1.sealed"
        assert path.stat().st_mode & 0o077 == 0
        assert (tmp_path / "state").stat().st_mode & 0o077 == 0
        assert all(seed not in path.read_bytes() for seed in seeds.values())
        assert dict(files.seeds(RECORD, 2).seeds) == seeds
        with pytest.raises(InvalidKey, match="wrong password, or not the file"):
            files.seeds(replace(RECORD, ceremony=b"d" * 32), 2)
        with pytest.raises(InvalidKey, match="wrong password"):
            self.files(tmp_path, "other").seeds(RECORD, 2)
        files.destroy_seeds(1)
        files.destroy_seeds(1)
        assert not files.has_seeds(1)
        assert list((tmp_path / "state").iterdir()) == []


class TestPins:
    def test_keys__kept_between_runs(self, tmp_path: Path) -> None:
        keys = {node: public_of(random_scalar()) for node in (1, 2, 4)}
        PinFile(tmp_path / "pins.json")[1, "0xab"] = keys
        again = PinFile(tmp_path / "pins.json")
        assert dict(again) == {(1, "0xab"): keys}
        del again[1, "0xab"]
        assert len(PinFile(tmp_path / "pins.json")) == 0

    @pytest.mark.parametrize(
        "content", ["", "[]", '{"a": {}}', '{"1/x": {"1": "00"}}', '{"1/x": {"a": ""}}', '{"1/x": 5}']
    )
    def test_other_content__refused(self, tmp_path: Path, content: str) -> None:
        (tmp_path / "pins.json").write_text(content)
        with pytest.raises(InvalidSettings, match="not a file of pinned keys"):
            PinFile(tmp_path / "pins.json")


class TestCertificates:
    def test_made__key_encrypted_and_never_overwritten(self, tmp_path: Path) -> None:
        own = make_certificate(tmp_path, "node", ["127.0.0.1", "node.example"], "password")
        assert b"ENCRYPTED PRIVATE KEY" in own.key.read_bytes()
        assert own.key.stat().st_mode & 0o077 == 0
        assert "password" not in repr(own)
        with pytest.raises(InvalidSettings, match="there already"):
            make_certificate(tmp_path, "node", ["127.0.0.1"], "password")

    def test_contexts__tls_1_3_with_a_certificate_from_both_sides(self, tmp_path: Path) -> None:
        own = make_certificate(tmp_path, "node", ["127.0.0.1"], "password")
        other = make_certificate(tmp_path, "bank", ["127.0.0.1"], "password")
        server, client = server_context(own, [other.certificate]), client_context(other, own.certificate)
        assert server.verify_mode is client.verify_mode is ssl.CERT_REQUIRED
        assert client.check_hostname
        assert server.minimum_version is client.minimum_version is ssl.TLSVersion.TLSv1_3
        assert len(server.get_ca_certs(binary_form=True)) <= 1
        assert pin_of(own.certificate) != pin_of(other.certificate)

    def test_wrong_password_foreign_key_or_no_certificate__refused(self, tmp_path: Path) -> None:
        own = make_certificate(tmp_path, "node", ["127.0.0.1"], "password")
        other = make_certificate(tmp_path, "bank", ["127.0.0.1"], "password")
        with pytest.raises(InvalidKey, match="cannot be used"):
            server_context(replace(own, password="other"), [other.certificate])
        with pytest.raises(InvalidKey, match="cannot be used"):
            server_context(replace(own, key=other.key), [other.certificate])
        with pytest.raises(InvalidSettings, match="not a certificate"):
            server_context(own, [other.key])
        with pytest.raises(InvalidSettings, match="not a certificate"):
            pin_of(tmp_path / "missing.crt")
