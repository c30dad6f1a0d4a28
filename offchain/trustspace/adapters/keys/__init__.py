"""Who signs: encrypted keystores and remote signers."""
