"""What goes wrong in a replay."""


class ProblemError(Exception):
    """A step did not go as expected, or cannot be played; the text says why."""
