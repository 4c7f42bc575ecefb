"""The JSON door of the first floor; ``base`` is what every JSON door above shares."""
