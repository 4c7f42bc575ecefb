"""The HTML door of the second floor: the scorecard, and the Connect page."""
