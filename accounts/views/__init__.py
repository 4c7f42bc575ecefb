"""The HTML door of the first floor: signing in, members, keys, settings, the activity log."""
