"""The JSON door of the second floor."""
