"""Readers of invoice tables."""
