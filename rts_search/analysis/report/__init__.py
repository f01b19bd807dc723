"""Reports of one sweep and comparisons of two, as pages, text and pictures."""
