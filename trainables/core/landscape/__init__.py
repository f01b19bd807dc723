"""The loss around trained weights: surfaces, sharpness and curvature. It trains nothing and changes no weights."""
