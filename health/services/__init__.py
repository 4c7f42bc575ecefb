"""Every write of the second floor."""
