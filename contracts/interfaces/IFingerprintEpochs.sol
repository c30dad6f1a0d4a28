// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// @title Which epochs of the fingerprint service are open
/// @notice Epochs are numbered from 1 in the order of their opening and never open again. At most two are open at a time.
interface IFingerprintEpochs {
    /// @notice The open epochs. While two overlap, a new lien names the invoice's fingerprint in both.
    /// @return older The one that is about to close; zero when fewer than two are open.
    /// @return newer The one opened last; zero when none is open.
    function openEpochs() external view returns (uint32 older, uint32 newer);
}
