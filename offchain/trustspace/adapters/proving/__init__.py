"""Zero-knowledge proofs: the compiled circuits, and the programs that prove."""
