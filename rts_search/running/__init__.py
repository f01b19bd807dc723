"""The run of a sweep: which trial is trained next, where the trials train, and how the progress is reported."""
