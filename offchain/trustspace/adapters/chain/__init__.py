"""The ledger on an EVM chain: client, sender, and one wrapper per contract."""
