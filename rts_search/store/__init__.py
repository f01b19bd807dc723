"""The checkpoint store of a sweep: which states are needed, which may go, and whether they are whole."""
