"""Search spaces: domains of single settings, the spaces of radius, timing and scale, and the ready-made sweep files."""
