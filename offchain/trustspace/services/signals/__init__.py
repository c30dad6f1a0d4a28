"""Signs of fraud in a bank's or a source's own invoices: pure functions over domain Records, answers with examples."""
