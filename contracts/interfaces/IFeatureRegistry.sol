// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {BatchId, ParticipantId} from "../types/Ids.sol";

/// @title Commitments of the feature vectors that sources compute from a subject's records
/// @notice One commitment per (subject, day, source): a source cannot tell two banks two stories.
interface IFeatureRegistry {
    /// @param subject Pseudonym of the firm.
    /// @param asOfDay Last day of the windows, in days since 1970-01-01.
    /// @param commitment Salted Poseidon2 commitment, an element of the BN254 scalar field.
    /// @param evidence Batches of this source whose invoices entered the features.
    struct Features {
        address subject;
        uint16 asOfDay;
        bytes32 commitment;
        BatchId[] evidence;
    }

    event FeaturesCommitted(
        address indexed subject,
        uint16 indexed asOfDay,
        ParticipantId indexed source,
        bytes32 commitment,
        BatchId[] evidence,
        uint32 voidedBefore
    );

    error NotFieldElement(bytes32 commitment);
    error FeaturesAlreadyCommitted(address subject, uint16 asOfDay, ParticipantId source);
    error EvidenceOfAnotherSource(BatchId batch, ParticipantId source);
    error EvidenceUnknown(BatchId batch);
    error EvidenceRepeated(BatchId batch);
    error TooMuchEvidence(uint256 count);
    error InvalidSubject();
    error TooManySources(address subject, uint16 asOfDay);
    error NothingCommitted(address subject, uint16 asOfDay);

    /// @notice Commits to features. Emits {FeaturesCommitted}. Identical features again are a no-op.
    /// @dev Requires a live account of a SOURCE, a subject, 0 < commitment < field modulus, at most 32 distinct anchored
    /// batches of this source, and at most 16 sources for the subject and day.
    /// @dev Warning: does not check that the batches are the subject's, nor that the features follow from them. Every
    /// admitted source may speak about every subject, and its later voids then count against the subject's certificates.
    function commit(Features calldata features) external;

    function commitMany(Features[] calldata features) external;

    /// @notice Commitment of a source; zero when none.
    function commitmentOf(address subject, uint16 asOfDay, ParticipantId source) external view returns (bytes32);

    /// @notice Sources that committed, in order.
    function sourcesOf(address subject, uint16 asOfDay) external view returns (ParticipantId[] memory);

    /// @notice All sources (16 bits each, the first lowest) and their commitments, in order, for a proof about all of them.
    /// @dev Requires a commitment ({NothingCommitted}) and at most `most` sources ({TooManySources}).
    /// @dev Warning: does not check that evidence and accounts are sound; {evidenceState} does.
    function requireCommitted(address subject, uint16 asOfDay, uint256 most)
        external
        view
        returns (uint256 sources, bytes32[] memory commitments);

    function evidenceOf(address subject, uint16 asOfDay, ParticipantId source) external view returns (BatchId[] memory);

    /// @notice Whether features were committed by block `asOfBlock`, and whether those still stand: no invoice of their
    /// evidence was voided after its source committed, and no committing account is compromised from then or earlier.
    /// @dev Warning: a void anywhere in a batch counts, as the chain cannot know which invoices a source used.
    function evidenceState(address subject, uint16 asOfDay, uint40 asOfBlock)
        external
        view
        returns (bool known, bool intact);

    function version() external view returns (string memory);
}
