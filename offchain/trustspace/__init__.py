"""Trusted data space: certified records, federated scorecards and credit certificates that any bank can verify."""

__version__ = "0.1.0"
