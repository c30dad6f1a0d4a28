"""Gradient-boosted trees grown from summed histograms."""
