// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// @notice What a participant may do, as bits of a mask kept in {IParticipantRegistry}.
library Roles {
    uint8 internal constant SOURCE = 1 << 0; // anchors invoices, commits features
    uint8 internal constant BANK = 1 << 1; // is granted agreements, takes part in training
    uint8 internal constant AGGREGATOR = 1 << 2; // opens and closes rounds of a training run
    uint8 internal constant KEYHOLDER = 1 << 3; // evaluates fingerprints
    uint8 internal constant CERTIFIER = 1 << 4; // endorses certificates
    uint8 internal constant ALL = 0x1f;
}

/// @notice Roles of the governance, kept in the AccessManager. The guardian can pause and nothing else.
library GovernanceRoles {
    uint64 internal constant REGULATOR = 1;
    uint64 internal constant GUARDIAN = 2;
}

/// @notice What a subject allows its data to be used for, as bits of a mask.
library Purposes {
    uint16 internal constant FEATURES = 1 << 0; // encrypted feature aggregation for the grantee
    uint16 internal constant TRAINING = 1 << 1; // federated training
    uint16 internal constant CERTIFICATE = 1 << 2; // a credit certificate in the subject's favour
    uint16 internal constant FINGERPRINT = 1 << 3; // double-financing checks
    uint16 internal constant FINANCING = 1 << 4; // liens and loans
    uint16 internal constant ALL = 0x1f;
}
