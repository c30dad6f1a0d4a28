from __future__ import annotations

import pytest

from trustspace.domain.proofs import SetupMode, require_local
from trustspace.errors import WrongChain


@pytest.mark.parametrize("chain_id", [1337, 31337])
def test_require_local__set_up_for_development_on_a_local_chain__taken(chain_id: int) -> None:
    require_local(SetupMode.DEV, chain_id)


@pytest.mark.parametrize("chain_id", [0, 1, 1336, 2018, 31338])
def test_require_local__set_up_for_development_elsewhere__refused(chain_id: int) -> None:
    with pytest.raises(WrongChain, match=f"proves nothing on chain {chain_id}"):
        require_local(SetupMode.DEV, chain_id)


@pytest.mark.parametrize("mode", [SetupMode.CONSORTIUM, SetupMode.IGNITION])
def test_require_local__other_modes__taken_everywhere(mode: SetupMode) -> None:
    require_local(mode, 1)
