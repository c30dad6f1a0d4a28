"""Keyholders as processes: mutual TLS, their files, and how a bank reaches them."""
