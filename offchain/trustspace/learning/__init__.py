"""Binning, scorecard and metrics in integers: nothing here sees more than one party's rows or the sum over all."""
