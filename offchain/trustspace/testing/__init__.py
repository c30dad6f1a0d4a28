"""Test kit for integrators: see `trustspace.testing.plugin`."""
