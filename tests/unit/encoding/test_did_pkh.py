"""One account, one identifier."""

from __future__ import annotations

import pytest

from trustspace.encoding.did_pkh import account_of, did_of
from trustspace.errors import OutOfRange

ACCOUNT = "0xab16a96D359eC26a11e2C2b3d8f8B8942d5Bfcdb"  # the example of the method's specification and of CAIP-10


def test_did_of__published_example__comes_back() -> None:
    did = f"did:pkh:eip155:1:{ACCOUNT}"
    assert did_of(1, ACCOUNT) == did
    assert account_of(did) == (1, ACCOUNT)


@pytest.mark.parametrize(
    "did",
    [
        "", ACCOUNT, f"did:pkh:eip155:1:{ACCOUNT.lower()}", f"did:pkh:eip155:1:0x{ACCOUNT[2:].upper()}",
        f"did:pkh:eip155:01:{ACCOUNT}", f"did:pkh:eip155:0:{ACCOUNT}", f"did:pkh:eip155:-1:{ACCOUNT}",
        f"did:pkh:eip155:1:{ACCOUNT}#key", f"did:pkh:eip155:1:{ACCOUNT}\n", f"did:ethr:1:{ACCOUNT}",
        f"DID:pkh:eip155:1:{ACCOUNT}", f"did:pkh:solana:1:{ACCOUNT}", f"did:pkh:eip155:1:{ACCOUNT[:-1]}",
        f"did:pkh:eip155:１:{ACCOUNT}", f"did:pkh:eip155:1:0X{ACCOUNT[2:]}",
    ],
)  # fmt: skip
def test_account_of__another_spelling_method_or_chain__refused(did: str) -> None:
    with pytest.raises(OutOfRange, match=r"no did:pkh"):
        account_of(did)
