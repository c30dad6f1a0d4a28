"""The main job, played on a local chain: from invoices to certificates that a bank can verify."""
