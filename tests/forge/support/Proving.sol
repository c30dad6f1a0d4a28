// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {ICertificateRegistry} from "../../../contracts/interfaces/ICertificateRegistry.sol";
import {IFeatureRegistry} from "../../../contracts/interfaces/IFeatureRegistry.sol";
import {IVerifierRegistry} from "../../../contracts/interfaces/IVerifierRegistry.sol";
import {BatchId, CertificateId, ModelId, ParticipantId, VerifierNumber} from "../../../contracts/types/Ids.sol";
import {Story} from "./Story.sol";
import {KeyedVerifier} from "./Verifiers.sol";

/// @dev Steps of a story in which grades are proven. Public inputs are put together here anew, from what was said to the
/// contracts, not by their library.
abstract contract Proving is Story {
    uint256 internal constant MODULUS = 21888242871839275222246405745257275088548364400416034343698204186575808495617;

    function cardOf(address verifier, IVerifierRegistry.Circuit circuit)
        internal
        pure
        returns (IVerifierRegistry.Card memory)
    {
        return IVerifierRegistry.Card({
            verifier: verifier,
            circuit: circuit,
            setupMode: IVerifierRegistry.SetupMode.Ignition,
            gasLimit: 1_000_000,
            circuitHash: keccak256("circuit"),
            keyHash: keccak256("key"),
            setupHash: keccak256("set-up")
        });
    }

    function register(address verifier, IVerifierRegistry.Circuit circuit) internal returns (VerifierNumber) {
        IVerifierRegistry.Card memory c = cardOf(verifier, circuit);
        vm.prank(regulator);
        return verifiers.register(c);
    }

    function withdraw(VerifierNumber number) internal {
        vm.prank(regulator);
        verifiers.withdraw(number, "defect of the circuit");
    }

    function setProofPolicy(ModelId model, VerifierNumber verifier, uint8 quorum, bool isDemanded) internal {
        setProofPolicy(model, verifier, quorum, isDemanded, 0);
    }

    function setProofPolicy(ModelId model, VerifierNumber verifier, uint8 quorum, bool isDemanded, uint16 maxAge)
        internal
    {
        vm.prank(regulator);
        certificates.setProofPolicy(model, verifier, quorum, isDemanded, maxAge);
    }

    function commitAs(address by, uint16 day, uint256 commitment) internal {
        vm.prank(by);
        features.commit(IFeatureRegistry.Features(subject, day, bytes32(commitment), new BatchId[](0)));
    }

    /// @dev What a prover takes from the chain for a certificate whose only source is the first, with commitment 7.
    function inputsFor(ICertificateRegistry.Certificate memory c, address sender)
        internal
        view
        returns (bytes32[] memory inputs)
    {
        inputs = new bytes32[](14);
        inputs[0] = bytes32(uint256(uint160(subject)));
        inputs[1] = bytes32(uint256(c.asOfDay));
        inputs[2] = bytes32(uint256(ParticipantId.unwrap(sourceId)));
        inputs[3] = bytes32(uint256(7));
        inputs[11] = bytes32(uint256(7)); // of every model of this story
        inputs[12] = bytes32(uint256(c.grade));
        inputs[13] = contextFor(c, sender);
    }

    function contextFor(ICertificateRegistry.Certificate memory c, address sender) internal view returns (bytes32) {
        CertificateId id = certificates.certificateIdOf(c);
        return bytes32(uint256(keccak256(abi.encode(id, sender))) / 256);
    }

    function proofOf(KeyedVerifier verifier, ICertificateRegistry.Certificate memory c, address sender)
        internal
        view
        returns (bytes memory)
    {
        return verifier.prove(inputsFor(c, sender));
    }

    /// @dev By bank 0 alone.
    function issueProven(ICertificateRegistry.Certificate memory c, bytes memory proof)
        internal
        returns (CertificateId)
    {
        vm.prank(bank(0));
        return certificates.issueWithProof(c.agreement, c.model, termsOf(c), noOthers(), proof);
    }

    function noOthers() internal pure returns (ICertificateRegistry.Endorsement[] memory) {
        return new ICertificateRegistry.Endorsement[](0);
    }
}
