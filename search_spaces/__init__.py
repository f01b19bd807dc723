"""What a sweep may try: typed domains, the spaces of radius, timing and scale, and the sweeps that are shipped."""
