"""Frozen values, ids, enums and rules: no I/O, no clock, no randomness."""
