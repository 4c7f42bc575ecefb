"""Floor 4: where an account stands on its way, and what comes next."""
