import pytest
from hypothesis import given
from hypothesis import strategies as st

from trustspace.domain.run_calls import Act, PartyRefusal, PartyReply, PartyRequest
from trustspace.domain.sums import SignedMessage
from trustspace.encoding.run_calls import (
    pack_items,
    pack_reply,
    pack_request,
    unpack_items,
    unpack_reply,
    unpack_request,
)
from trustspace.errors import OutOfRange

ids = st.integers(1, 2**16 - 1)
signed = st.builds(SignedMessage, body=st.binary(max_size=99), signature=st.binary(min_size=65, max_size=65))
items = st.dictionaries(ids, st.binary(max_size=99), max_size=5)
requests = st.builds(
    PartyRequest,
    act=st.sampled_from(Act),
    run=st.binary(min_size=32, max_size=32),
    round=st.integers(0, 2**32 - 1),
    signed=st.dictionaries(ids, signed, max_size=5),
    sealed=items,
    bodies=items,
    aggregate=st.binary(max_size=99),
)
replies = st.builds(
    PartyReply,
    round=st.integers(0, 2**32 - 1),
    message=st.none() | signed,
    sealed=items,
    model=st.none() | st.binary(min_size=32, max_size=32),
)
words = st.text(max_size=20)
refusals = st.builds(PartyRefusal, error=words, message=words, where=words, remedy=words)


@given(requests)
def test_request__packed__comes_back(request) -> None:
    assert unpack_request(pack_request(request), where="") == request


@given(replies | refusals)
def test_reply__packed__comes_back(reply) -> None:
    assert unpack_reply(pack_reply(reply), where="") == reply


@given(items)
def test_items__packed__come_back(found) -> None:
    assert unpack_items(pack_items(found), where="") == found


@given(requests, st.data())
def test_request__cut_or_longer__refused(request, data) -> None:
    raw = pack_request(request)
    with pytest.raises(OutOfRange, match="party 5: cut or of another layout"):
        unpack_request(raw[: data.draw(st.integers(0, len(raw) - 1))], where="party 5")
    with pytest.raises(OutOfRange):
        unpack_request(raw + b"x", where="party 5")


@pytest.mark.parametrize("raw", [b"", b"TSC1\xff" + bytes(80), b"TSR1" + bytes(5), b"TSX1" + b"\xff" * 8])
def test_bytes__of_no_call__refused(raw: bytes) -> None:
    with pytest.raises(OutOfRange):
        unpack_request(raw, where="")
    with pytest.raises(OutOfRange):
        unpack_reply(raw, where="")


def test_items__a_party_twice_or_out_of_order__refused() -> None:
    raw = pack_items({7: b"a", 9: b"b"})
    with pytest.raises(OutOfRange):
        unpack_items(raw[:2] + raw[13:] + raw[2:13], where="")
