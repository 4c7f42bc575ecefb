"""Floor 2: observations in, scores out. Knows nobody who feeds it."""
