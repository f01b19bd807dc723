"""What settings did in general: effects with uncertainty, ranges that are good, and ranges that are ruled out."""
