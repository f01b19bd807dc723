"""Code that every HTTP request passes through."""
