"""The HTML door: the rating grid, what was seen, and the lists that ratings name."""
