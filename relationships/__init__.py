"""Floor 3: how we rate the people of an account."""
