"""Every read of the first floor that a page or an endpoint needs."""
