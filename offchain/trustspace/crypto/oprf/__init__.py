"""Threshold oblivious pseudo-random function over secp256k1: hashing, transcripts, replicated keys."""
