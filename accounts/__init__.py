"""Floor 1: who we are, who they are, what happened."""
