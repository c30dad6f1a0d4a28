"""Canonical bytes, hashes and fixed point: the only layer that knows a byte layout."""
