"""The code that a trial runs: the training core (torch only) and the Ray Trainable that calls it."""
