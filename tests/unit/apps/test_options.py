from inspect import signature
from pathlib import Path

import pytest

from trustspace.apps.options import UNSIGNED, Json, SigningOptions, hex_bytes32, takes_signer
from trustspace.apps.session import outbox_path, signer_of
from trustspace.errors import OutOfRange, SignerMissing, UsageError

ID = bytes(range(32))
ADDRESS = "0x" + "ab" * 20


@pytest.mark.parametrize("text", [ID.hex(), "0x" + ID.hex(), "0x" + ID.hex().upper()])
def test_hex_bytes32__with_and_without_prefix__read(text: str) -> None:
    assert hex_bytes32(text, what="run id") == ID


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0x",
        "0x" + "ab" * 31,
        "0x" + "ab" * 33,
        "0x" + "zz" * 32,
        "0x0x" + "ab" * 31,
        "0x" + "a" * 63,
        "12",
        "０" * 64,
    ],
)
def test_hex_bytes32__anything_else__refused_with_its_name(text: str) -> None:
    with pytest.raises(UsageError, match="is no run id") as raised:
        hex_bytes32(text, what="run id")
    assert "64 hexadecimal digits" in raised.value.remedy


def test_hex_bytes32__blanks_between_digits__refused() -> None:
    with pytest.raises(UsageError):
        hex_bytes32(" ".join(["ab"] * 32), what="run id")


def test_signing__keystore_and_remote_signer__refused() -> None:
    options = SigningOptions(keystore=Path("key.json"), signer="http://signer", account=ADDRESS)
    with pytest.raises(UsageError, match="both"):
        signer_of(options)


def test_signing__remote_signer_without_account__refused() -> None:
    with pytest.raises(UsageError, match="account") as raised:
        signer_of(SigningOptions(signer="http://signer"))
    assert "--account" in raised.value.remedy


def test_signing__nothing_named__says_how() -> None:
    with pytest.raises(SignerMissing) as raised:
        signer_of(SigningOptions())
    assert "--keystore" in raised.value.remedy
    assert "--signer" in raised.value.remedy


def test_signing__remote_signer__has_the_account() -> None:
    signer = signer_of(SigningOptions(signer="http://127.0.0.1:1", account=ADDRESS))
    assert signer.address.lower() == ADDRESS


def test_signing__account_that_is_no_address__refused() -> None:
    with pytest.raises(OutOfRange):
        signer_of(SigningOptions(signer="http://127.0.0.1:1", account="0x1234"))


def test_outbox__home_that_does_not_exist_yet__made_for_the_owner_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "deep" / "home"
    monkeypatch.setenv("TRUSTSPACE_HOME", str(home))
    assert outbox_path() == home / "outbox.sqlite"
    assert home.stat().st_mode & 0o077 == 0


def test_takes_signer__command__offers_the_four_options_in_place_of_one() -> None:
    seen: list[SigningOptions] = []

    @takes_signer
    def command(batch: int = 1, signing: SigningOptions = UNSIGNED, json: Json = False) -> None:
        seen.append(signing)

    assert list(signature(command).parameters) == ["batch", "keystore", "password_file", "signer", "account", "json"]
    command(batch=1, keystore=Path("a"), password_file=None, signer=None, account="0x1", json=False)
    assert seen == [SigningOptions(keystore=Path("a"), account="0x1")]
