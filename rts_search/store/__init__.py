"""The checkpoint store of a sweep: which states are needed, which may be removed, and which are damaged."""
