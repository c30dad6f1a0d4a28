"""What must survive a crash on this side of the chain."""
