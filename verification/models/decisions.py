"""What every queue of the desk has in common."""

SENTENCE = 500  # characters, of a moderator's own in a letter


class AlreadyDecided(Exception):
    """The case has an outcome, and an outcome stands."""


class AlreadyTaken(Exception):
    """Someone else at the desk looks after the case."""
