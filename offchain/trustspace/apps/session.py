"""From options to a space that can sign."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from trustspace.apps.space import Space
from trustspace.crypto.signing import SigningKey
from trustspace.errors import SignerMissing

if TYPE_CHECKING:
    from trustspace.apps.options import SigningOptions
    from trustspace.crypto.signing import Signer


def signed_space(rpc: str, deployment: Path | None, options: SigningOptions) -> Space:
    """A space whose writes are kept in the user's outbox until they are final. Raises SignerMissing."""
    from trustspace.adapters.store.outbox import Outbox

    return Space.connect(rpc, deployment=deployment, signer=signer_of(options), outbox=Outbox(outbox_path()))


def signer_of(options: SigningOptions) -> Signer:
    """The signer that the options name. Raises SignerMissing, UsageError, InvalidKey."""
    options.check()
    if options.signer is not None and options.account is not None:
        from trustspace.adapters.keys.remote import RemoteSigner
        from trustspace.encoding.address import normal_address

        return RemoteSigner(options.signer, normal_address(options.account))
    if options.keystore is None:
        raise SignerMissing(
            "this command signs, and no signer is given", remedy="name one with --keystore FILE or --signer URL"
        )
    from trustspace.adapters.keys.keystore import open_keystore

    return open_keystore(options.keystore, password_file=options.password_file)


def key_of(options: SigningOptions) -> SigningKey:
    """The keystore's key, for what remote signers cannot sign. Raises SignerMissing, UsageError, InvalidKey."""
    signer = signer_of(options)
    if isinstance(signer, SigningKey):
        return signer
    raise SignerMissing(
        "a remote signer signs transactions and typed messages of the chain, no tokens of JOSE (SHA-256)",
        where=str(signer.address),
        remedy="keep an account for credentials in a keystore and name it with --keystore FILE",
    )


def outbox_path() -> Path:
    """Where signed transactions wait until they are final."""
    return home() / "outbox.sqlite"


def cache() -> Path:
    """What can be made again at any time: TRUSTSPACE_CACHE, else trustspace in XDG_CACHE_HOME or in ~/.cache."""
    import os

    shared = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = Path(os.environ.get("TRUSTSPACE_CACHE") or shared / "trustspace")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def home() -> Path:
    """What a user's commands keep between calls: TRUSTSPACE_HOME, else ~/.trustspace."""
    import os

    folder = Path(os.environ.get("TRUSTSPACE_HOME", Path.home() / ".trustspace"))
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder
