"""What each worker process of a local Ray imports before its first task."""

import gc

# The imports below make hundreds of thousands of objects that all stay. Looking through them for garbage, again and
# again, took 0.25 s of 2.1 s.
gc.set_threshold(50_000)

import trainables.ray_trainable  # noqa: E402, F401
