// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {IParticipantRegistry} from "../interfaces/IParticipantRegistry.sol";
import {ModelId, RunId} from "../types/Ids.sol";
import {SCALAR_FIELD} from "../types/ScalarField.sol";
import {VERSION} from "../types/Version.sol";
import {TrainingRuns} from "./TrainingRuns.sol";
import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

/// @notice Models are what a quorum of a run's parties computed alike, each on its own.
contract ModelRegistry is TrainingRuns {
    bytes32 private constant MODEL_TYPEHASH = keccak256(
        "Model(uint256 chainId,address registry,bytes32 run,bytes32 modelHash,bytes32 schemaHash,bytes32 codeHash,bytes32 metricsHash,bytes32 commitment)"
    );
    ModelId private constant NONE = ModelId.wrap(0);

    uint24 private _count; // final models; shares the slot of the pause flag
    mapping(ModelId model => Model) private _models;
    mapping(uint24 number => ModelId model) private _modelAt;
    mapping(RunId run => mapping(address party => ModelId model)) private _confirmed;

    constructor(address authority, IParticipantRegistry participants)
        EIP712("TrustSpace ModelRegistry", "1")
        AccessManaged(authority)
        TrainingRuns(participants)
    {}

    // --- writes ---

    /// @inheritdoc IModelRegistry
    function confirmModel(RunId run, ModelCard calldata card) external whenNotPaused returns (ModelId model) {
        Run storage r = _requireParty(run);
        model = modelIdOf(run, card);
        ModelId earlier = _confirmed[run][msg.sender];
        if (earlier == model) return model;
        require(earlier == NONE, AlreadyConfirmed(run, msg.sender, earlier));
        require(r.state == RunState.Training || r.state == RunState.Completed, RunNotInState(run, r.state));
        require(r.round != 0, NoRoundClosed(run));
        _requireHashes(card);
        _confirmed[run][msg.sender] = model;
        Model storage m = _models[model];
        if (m.state == ModelState.None) (m.state, m.run, m.card) = (ModelState.Proposed, run, card);
        m.confirmations++;
        emit ModelConfirmed(model, run, msg.sender, card, m.confirmations);
        if (m.confirmations == r.quorum) _finalise(model, m, r);
    }

    /// @inheritdoc IModelRegistry
    function withdrawModel(ModelId model, bytes32 reasonHash) external restricted {
        Model storage m = _models[model];
        _requireFinal(model, m);
        m.state = ModelState.Withdrawn;
        emit ModelWithdrawn(model, reasonHash);
    }

    // --- reads ---

    /// @inheritdoc IModelRegistry
    function requireFinal(ModelId model) external view returns (uint24 number) {
        Model storage m = _models[model];
        _requireFinal(model, m);
        return m.number;
    }

    /// @inheritdoc IModelRegistry
    function isWithdrawn(uint24 number) external view returns (bool) {
        return _models[_modelAt[number]].state == ModelState.Withdrawn;
    }

    /// @inheritdoc IModelRegistry
    function modelAt(uint24 number) external view returns (ModelId) {
        return _modelAt[number];
    }

    /// @inheritdoc IModelRegistry
    function commitmentOf(ModelId model) external view returns (bytes32) {
        return _models[model].card.commitment;
    }

    /// @inheritdoc IModelRegistry
    function modelInfo(ModelId model) external view returns (Model memory) {
        return _models[model];
    }

    /// @inheritdoc IModelRegistry
    function modelIdOf(RunId run, ModelCard calldata card) public view returns (ModelId) {
        return ModelId.wrap(keccak256(abi.encode(MODEL_TYPEHASH, block.chainid, address(this), run, card)));
    }

    /// @inheritdoc IModelRegistry
    function version() external pure returns (string memory) {
        return VERSION;
    }

    // --- internal ---

    /// @dev At most once per run: the quorum is more than half of the parties, and each confirms one model.
    function _finalise(ModelId model, Model storage m, Run storage r) private {
        uint24 number = ++_count;
        (m.state, m.number) = (ModelState.Final, number);
        _modelAt[number] = model;
        r.state = RunState.Completed;
        emit ModelFinalised(model, m.run, number);
    }

    function _requireFinal(ModelId model, Model storage m) private view {
        require(m.state != ModelState.None, UnknownModel(model));
        require(m.state == ModelState.Final, ModelNotFinal(model, m.state));
    }

    function _requireHashes(ModelCard calldata card) private pure {
        bool isFull = card.modelHash != 0 && card.schemaHash != 0 && card.codeHash != 0 && card.metricsHash != 0;
        require(isFull, EmptyHash());
        require(uint256(card.commitment) < SCALAR_FIELD, NotFieldElement(card.commitment));
    }
}
