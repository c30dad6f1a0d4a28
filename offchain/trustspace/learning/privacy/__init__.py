"""Differential privacy of a run: noise shared among the parties, and what it costs."""
