"""What each custom error of the contracts means for people: a sentence and what to do.

Keys are names, with the types where two contracts give one name to different errors. Braces take arguments by name.
Where nothing can be done but to stop, the remedy is empty.
"""

from __future__ import annotations

_LIVE = "sign with an account that its participant has not retired"
_NOT_AGAIN = "read what is recorded before sending again"

# error: (sentence, remedy)
SENTENCES: dict[str, tuple[str, str]] = {
    # participants
    "UnknownParticipant": ("no participant has the number {participant}", "ask the regulator for its number"),
    "UnknownAccount": ("{account} is no account of any participant", "the regulator admits participants"),
    "AccountNotLive": ("the account {account} is retired, compromised or not yet valid", _LIVE),
    "RoleMissing": ("{account} has none of the roles {roles}", "the regulator grants roles"),
    "InvalidRoles": ("the role mask {roles} is empty or has unknown bits", "combine the values of Role"),
    "InvalidAccount": ("{account} cannot be an account", "give the address of a key"),
    "AccountAlreadyRegistered": ("{account} belongs to participant {participant} already", "use a fresh account"),
    "NotOwnAccount": ("{account} does not belong to the participant of {caller}", "sign with an account of its own"),
    "NotOwnParticipant": ("{caller} does not act for participant {participant}", "sign with an account of its own"),
    "ConsentInvalid": ("the consent was not signed by {account}", "let the new account sign AccountConsent"),
    "TooManyAccounts": ("participant {participant} has as many accounts as it may", "retire unused ones"),
    "CompromiseInFuture": ("block {fromBlock} is not mined yet", "report from a past block on"),
    "CompromiseNotEarlier": (
        "{account} is reported as compromised from block {compromisedFrom} on already",
        "a further report can only name an earlier block",
    ),
    "InvalidEncryptionKey": ("that is no X25519 public key", "publish the key of MaskKey.generate()"),
    "EncryptionKeyMissing": ("participant {participant} has published no encryption key", "it must publish one first"),
    "AlreadySuspended": ("participant {participant} is suspended already", _NOT_AGAIN),
    "NotSuspended": ("participant {participant} is not suspended", _NOT_AGAIN),
    "RecoveryOfSelf": ("participant {participant} cannot vouch for its own recovery", "another participant must"),
    "RecoveryOfOtherAccount": (
        "the pending recovery of participant {participant} is not for {newAccount}",
        "read which account is proposed",
    ),
    "InvalidRecoveryQuorum": ("a recovery needs a quorum of at least one", "choose a larger quorum"),
    "RecoveryPending": ("a recovery of participant {participant} is under way", "cancel or finish that one"),
    "RecoveryUnknown": ("no such recovery of participant {participant} is under way", "propose it first"),
    "RecoveryAlreadyApproved": ("participant {approver} approved this recovery already", _NOT_AGAIN),
    "RecoveryNotReady": ("the recovery may be executed from {executableAt} on (0: quorum missing)", "wait"),
    "RecoveryApprovalsVoid": (
        "of the approvals only {sound} came from accounts that were not stolen by then",
        "let further participants approve",
    ),
    # agreements
    "UnknownAgreement": ("no agreement {agreement} is recorded", "record it with both signatures"),
    "AgreementAlreadyRecorded": ("agreement {agreement} is recorded already", "a new one needs a new salt"),
    "InvalidTerms": ("the terms are not acceptable: {field}", "correct that field and have both sides sign again"),
    "SubjectSignatureInvalid": (
        "agreement {agreement} was not signed by its subject {subject}",
        "let the subject sign",
    ),
    "GranteeSignatureInvalid": (
        "agreement {agreement} was signed for the grantee by {recovered}, which cannot",
        "let a live account of the grantee sign",
    ),
    "AgreementIsTerminated": ("agreement {agreement} is terminated", "only the subject can sign a new one"),
    "AgreementNotYetValid": ("agreement {agreement} is not valid before {notBefore}", "wait"),
    "AgreementExpired": ("agreement {agreement} ended at {notAfter}", "only the subject can sign a new one"),
    "PurposeNotGranted": ("agreement {agreement} does not grant purpose {purpose}", "ask the subject for it"),
    "AgreementUsedUp": ("all {maxUses} uses of agreement {agreement} are counted", "only the subject can sign anew"),
    "NotGrantee": ("{caller} does not act for the grantee of agreement {agreement}", _LIVE),
    "OperationOfAnotherPurpose": (
        "operation {operationId} was counted for purpose {purpose} of agreement {agreement}",
        "give each operation an id of its own",
    ),
    "TerminationSignatureInvalid": ("the termination of {agreement} was not signed by its subject", ""),
    # invoices
    "UnknownBatch": ("no batch {batch} is anchored", "anchor it first"),
    "EmptyRoot": ("the root of a batch is zero", "build the tree first"),
    "EmptyBatch": ("a batch needs at least one invoice and a root", "leave empty batches out"),
    "BatchConflict": ("batch {batch} is anchored with root {anchoredRoot}", "use a fresh nonce for other invoices"),
    "NotBatchSource": ("{caller} does not act for the source of batch {batch}", _LIVE),
    "IndexOutOfRange": ("batch {batch} has no invoice {index}", "count from zero"),
    "StatusMoveForbidden": (
        "invoices {mask} of word {word} in batch {batch} may not become {status}",
        "a voided invoice never changes, a paid one is not voided or disputed",
    ),
    "BuyerStatusForbidden": ("a buyer cannot set the status {status}", "a buyer confirms or disputes"),
    "NotInBatch": ("this invoice is not at index {index} of batch {batch}, or names another buyer", "check the proof"),
    # features
    "NotFieldElement": ("{commitment} is not an element of the scalar field", "commit with Poseidon2"),
    "FeaturesAlreadyCommitted": (
        "source {source} committed to other features of {subject} for day {asOfDay}",
        "a source cannot tell two stories about one day",
    ),
    "EvidenceOfAnotherSource": ("batch {batch} is not of source {source}", "name own batches only"),
    "EvidenceUnknown": ("batch {batch} is not anchored", "anchor the invoices before their features"),
    "EvidenceRepeated": ("batch {batch} is named twice", "name each batch once"),
    "TooManySources": ("as many sources as can committed to {subject} for day {asOfDay}", ""),
    "TooMuchEvidence": ("{count} batches are more than one commitment can name", "anchor larger batches"),
    "InvalidSubject": ("the zero address is no subject", "name the firm's pseudonym"),
    # models
    "UnknownRun": ("no training run {run}", "open it first"),
    "TooFewParties": ("{count} parties are too few for a secure sum", "at least three banks must take part"),
    "TooManyParties": ("{count} parties are more than a run can have", "split the run"),
    "PartyRepeated": ("{party} is named twice", "name each party once"),
    "PartiesOfOneParticipant": ("two parties belong to participant {participant}", "one account each"),
    "InvalidQuorum": ("a quorum of {quorum} does not fit {parties} parties", "more than half, at most all"),
    "OperationConflict": ("this operation id opened run {run} with other contents", "use a fresh operation id"),
    "NotAggregator": ("{caller} does not act for the aggregator of run {run}", _LIVE),
    "RunNotInState": ("run {run} is in state {actual}", _NOT_AGAIN),
    "InvalidMaskKey": ("that is no X25519 public key", "post the key of MaskKey.generate()"),
    "MaskKeyAlreadySet": (
        "{party} posted another mask key for run {run}",
        "an interrupted run cannot go on: give it a new name and an empty transcript folder",
    ),
    "MaskKeyRepeated": ("another party of run {run} posted this mask key", "draw a fresh key per run"),
    "EmptyHash": ("a hash is zero", "pass the hash of what is meant"),
    "RoundOutOfOrder": ("run {run} expects round {expected}, not {round}", "read the run and go on from there"),
    "ContributionConflict": (
        "{party} committed to another contribution in round {round} of run {run}",
        "a commitment cannot be changed: abandon the run",
    ),
    "ContributionMissing": ("{party} has not committed to round {round} of run {run}", "wait for that party"),
    "ContributionNotSigned": (
        "{party} did not sign this contribution to round {round} of run {run}",
        "pass the signature that came with its masked vector; it is bound to chain, contract, run, round and tensor",
    ),
    "ContributionsMiscounted": (
        "{contributions} contributions for {survivors} survivors",
        "pass one for each survivor, in the order of the parties",
    ),
    "TooFewSurvivors": (
        "{count} survivors of round {round} of run {run} are too few",
        "more than half of all parties, and three, must be left; abandon the run",
    ),
    "PartyNotActive": (
        "round {round} of run {run} cannot have survivors {survivors}",
        "who was left out of a round stays out",
    ),
    "SurvivorsAlreadyFixed": (
        "round {round} of run {run} has survivors {survivors}",
        "they are fixed once: go on with them",
    ),
    "SurvivorsNotFixed": ("round {round} of run {run} has no survivors yet", "fix them before closing the round"),
    "RoundAlreadyClosed": ("round {round} of run {run} is closed with {aggregate}", "compare the contributions"),
    "NoRoundClosed": ("no round of run {run} is closed", "train before confirming a model"),
    "AlreadyConfirmed": ("{party} confirmed model {model} of run {run}", "a party confirms one model per run"),
    "UnknownModel": ("no model {model}", "check the id"),
    "ModelNotFinal": ("model {model} is in state {actual}", "a quorum of its parties must confirm it"),
    # certificates
    "UnknownCertificate": ("no certificate {certificate}", "check the id, chain and deployment"),
    "CertificateAlreadyIssued": ("certificate {certificate} is issued already", _NOT_AGAIN),
    "StrayTermBits": (
        "the word {terms} holds more than grade, day and validity",
        "leave the other bits zero",
    ),
    "InvalidGrade": ("a certificate needs a grade from A to E", "score the subject first"),
    "InvalidValidity": ("validity from {validFrom} to {notAfter} is empty or over", "choose a later end"),
    "ValidityTooLong": ("{length} s of validity are more than the policy's {maxValidity} s", "choose an earlier end"),
    "TooFewEndorsements": ("{given} endorsements are fewer than the quorum of {quorum}", "collect more endorsements"),
    "TooManyEndorsements": ("{given} endorsements are more than {most}", "leave some out"),
    "EndorsementInvalid": ("endorsement {position} is no signature of this certificate", "endorse it again"),
    "ParticipantRepeated": ("two endorsements are of participant {participant}", "endorsers must be distinct"),
    "GranteeNotEndorsing": (
        "participant {grantee}, to whom agreement {agreement} was granted, did not endorse",
        "the grantee must be among the endorsers",
    ),
    "LengthsDiffer": (
        "{certificates} certificates came with {endorsements} lists of endorsements",
        "give one list each",
    ),
    "NotEndorser": ("{caller} does not act for an endorser of certificate {certificate}", "an endorser must send it"),
    "StateMoveForbidden": ("certificate {certificate} cannot go from state {from} to {to}", _NOT_AGAIN),
    "SuccessorUnfit": (
        "{successor} cannot replace certificate {certificate}",
        "a successor is active, later, and of the same subject",
    ),
    "InvalidPolicy": ("quorum {quorum} with at most {maxValidity} s is no policy", "quorum 1 to 4, validity above 0"),
    # fingerprint keys
    "InvalidThreshold": ("{threshold} of {nodes} keyholders is no threshold", "at least 2, and at most 10 keyholders"),
    "NotKeyholder": ("participant {participant} is no keyholder now", "the regulator gives it the role"),
    "NodeRepeated": ("participant {participant} is named twice", "name each keyholder once"),
    "EpochNotInState": ("epoch {epoch} is in state {state}", _NOT_AGAIN),
    "NotNode": ("{account} does not act for a keyholder of epoch {epoch}", _LIVE),
    "KeysAlreadyConfirmed": ("node {node} of epoch {epoch} has confirmed its keys", _NOT_AGAIN),
    "CeremonyReplaced": ("the ceremony of epoch {epoch} is {ceremony} now", "draw seeds for the present proposal"),
    "TranscriptDiffers": (
        "another keyholder of epoch {epoch} confirmed transcript {transcript}",
        "compare the offers with the other keyholders: one of them was given others",
    ),
    "TwoEpochsOpen": ("epochs {older} and {newer} are open", "close the older one first"),
    "KeysAlreadyDestroyed": ("node {node} of epoch {epoch} has confirmed the destruction", _NOT_AGAIN),
    "LogNotLonger": ("{entries} entries with {evaluations} evaluations are anchored", "a log only grows"),
    "EvidenceOfAnotherAnswer": (
        "the evidence does not have the hashes in answer {answer}",
        "send the bytes as received",
    ),
    "FaultAlreadyReported": ("the fault of answer {answer} is proven", _NOT_AGAIN),
    "WitnessInvalid": ("the supporting point at place {place} is wrong", "compute the evidence with this package"),
    "AnswerIsCorrect": ("answer {answer} is correct", "do not accuse a keyholder that kept to the protocol"),
    "AnswersDoNotConflict": ("the answers are not one node's, for one seller and epoch, under two keys", ""),
    # liens
    "InvalidLienPolicy": (
        "a commit window of {commitWindow} blocks with {reservationTime} s is no policy",
        "both above 0",
    ),
    "BatchSizeForbidden": ("{length} items in one call would tell volumes", "fill up to 1, 10 or 100"),
    "InvalidPledge": (
        "the pledge at position {position} has no fingerprint, or the same twice, or no share of 1 to 10,000",
        "correct that pledge and commit again",
    ),
    "OlderFingerprintMissing": (
        "two epochs are open, and the pledge at position {position} names one fingerprint",
        "commit again with the fingerprints of both epochs",
    ),
    "NoEpochOpen": ("no epoch of the fingerprint service is open", "the regulator opens one"),
    "UnknownCommitment": (
        "participant {bank} has not committed to these pledges: {commitment}",
        "open exactly what was committed, for this chain and contract",
    ),
    "CommitmentTooFresh": ("commitment {commitment} is of this block", "open it in a later block"),
    "CommitmentLapsed": ("commitment {commitment} could be opened until block {lastBlock}", "commit again"),
    "CommitWindowOpen": (
        "lien {lien} can be financed after block {lastBlock}: an earlier commitment may be opened until then",
        "wait",
    ),
    "NotLienBank": ("{caller} does not act for the bank of lien {lien}", _LIVE),
    "UnknownLien": ("no lien {lien} stands on {fingerprint}", "check both, and that nobody's came in its place"),
    "LienNotLive": ("lien {lien} on {fingerprint} is over", _NOT_AGAIN),
    "CollateralUnproven": (
        "invoice {index} of enrolled batch {number} is not what the proof proves",
        "enrol the batch, and check index, commitment and buyer",
    ),
    "CollateralAlreadyLinked": ("lien {lien} is linked to another invoice", "a lien is linked once"),
    "CollateralNotAnchored": ("no batch {batch} is anchored", "its source anchors it first"),
    "DisputeForbidden": ("{caller} may not dispute lien {lien}", "banks may, and the source of the linked invoice"),
    "NotDisputed": ("lien {lien} is not disputed", _NOT_AGAIN),
    "FingerprintNotLinked": ("{fingerprint} points to no other fingerprint", _NOT_AGAIN),
    # several contracts
    "ContractPaused": ("the contract is paused", "wait until the regulator ends the pause"),
    "ContractNotPaused": ("the contract is not paused", _NOT_AGAIN),
    "NotParty": ("{caller} is no party here", "sign with the account of a party"),
    # OpenZeppelin
    "AccessManagedUnauthorized": ("{caller} is not allowed to do this", "only the role set in the AccessManager may"),
    "AccessManagedInvalidAuthority": ("{authority} is no access manager", ""),
    "AccessManagedRequiredDelay": ("{caller} must schedule this {delay} s ahead", "schedule it in the AccessManager"),
    "AccessManagerUnauthorizedAccount": ("{msgsender} lacks role {roleId}", "only that role may do this"),
    "AccessManagerUnauthorizedCall": ("{caller} may not call that function", "only the role set for it may"),
    "AccessManagerUnauthorizedConsume": ("{target} may not consume this operation", ""),
    "AccessManagerUnauthorizedCancel": ("{msgsender} may not cancel this operation", ""),
    "AccessManagerAlreadyScheduled": ("operation {operationId} is scheduled already", "execute it when it is due"),
    "AccessManagerNotScheduled": ("operation {operationId} is not scheduled", "schedule it first"),
    "AccessManagerNotReady": ("operation {operationId} is not due yet", "wait for its delay"),
    "AccessManagerExpired": ("operation {operationId} was not executed in time", "schedule it again"),
    "AccessManagerLockedRole": ("role {roleId} cannot be changed", ""),
    "AccessManagerBadConfirmation": ("renouncing names another account than the caller", ""),
    "AccessManagerInvalidInitialAdmin": ("{initialAdmin} cannot be the first administrator", ""),
    "FailedCall": ("an inner call failed", ""),
    "InsufficientBalance": ("balance {balance} is below {needed}", ""),
    "AddressEmptyCode": ("{target} has no code", ""),
    "InvalidShortString": ("a text is empty or too long for its slot", ""),
    "StringTooLong": ("the text {str} is too long for its slot", ""),
    "SafeCastOverflowedUintDowncast": ("{value} does not fit {bits} bits", ""),
    # Solidity itself
    "Error": ("{message}", ""),
    "Panic": ("the contract hit an internal error of kind {code}", "this is a defect: report it with the call"),
    "NoReason": ("the call failed without a reason", "is the address right, and the gas limit high enough?"),
}
