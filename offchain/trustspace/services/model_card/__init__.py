"""The model card: what a model was made of, how good it is, where its limits are. Canonical JSON, and a page of it."""
