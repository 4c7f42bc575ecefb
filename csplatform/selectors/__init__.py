"""What the roof's pages read: the floors' selectors put together, a constant number of statements per page."""
