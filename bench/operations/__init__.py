"""The writes of each contract, brought to their steady state and measured: one file per contract."""
