// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// @dev Release of the whole set of contracts: they are deployed, and replaced, together.
string constant VERSION = "1.0.0";
