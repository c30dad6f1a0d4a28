"""Masks and secure sums."""
