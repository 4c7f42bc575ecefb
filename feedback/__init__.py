"""Floor 3: what the people of an account tell us."""
