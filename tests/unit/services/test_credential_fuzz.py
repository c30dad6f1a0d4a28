"""Whatever is sent or signed, checking it ends in a verdict: never in an exception, and never in a false yes."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.services.credentials import FIRM, bound, checked, issued, presented, rebound, reissued
from trustspace.domain.credentials import CredentialField, CredentialReason
from trustspace.encoding.jose import parse_jws
from trustspace.encoding.sd_jwt import parse_sd_jwt

GOOD = presented(fields=tuple(CredentialField))
CLAIMS = json.loads(json.dumps(dict(parse_jws(parse_sd_jwt(issued()).token).payload)))
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=12)
    | st.sampled_from(["_sd", "...", "0x", "did:pkh:"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every path into the claims, but the terms, which only need to be equal."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for key, item in inner if key != "@context" for found in places(item, (*path, key)))][
        0 if path else 1 :
    ]


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=300), st.integers(0, len(GOOD)), st.integers(0, 200))
def test_check__text_spliced_in_anywhere__refused(text: str, at: int, cut: int) -> None:
    changed = GOOD[:at] + text + GOOD[at + cut :]
    assert checked(changed).valid == (changed == GOOD)
    assert not checked(text).valid


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(places(CLAIMS)), VALUES)
def test_check__any_claim_replaced_by_anything_and_signed_by_the_bank__a_verdict(
    path: tuple[Any, ...], new: Any
) -> None:
    def change(claims: dict[str, Any]) -> None:
        at: Any = claims
        for key in path[:-1]:
            at = at[key]
        at[path[-1]] = new

    token = parse_sd_jwt(reissued(change)).token
    verdict = checked(bound(f"{token}~"))
    # What is not read: time of export, hidden digests, and what a claim may say besides.
    free = path[0] in ("iat", "_sd") or path[-1] == "_sd" or "_sd" in path
    assert free or not verdict.valid or parse_jws(token).payload == CLAIMS


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(["iat", "exp", "aud", "nonce", "sd_hash", "other"]), VALUES)
def test_check__any_claim_of_the_holder_replaced__a_verdict(name: str, new: Any) -> None:
    verdict = checked(rebound(GOOD, key=FIRM, **{name: new}))
    if name in ("aud", "nonce", "sd_hash"):
        assert verdict.reason is not CredentialReason.OK
    else:
        assert verdict.reason is not CredentialReason.HOLDER_SIGNATURE_INVALID
