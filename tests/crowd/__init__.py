"""A crowd at the doors: forty people ask at once, some of what they ask breaks, and each statement is watched."""
