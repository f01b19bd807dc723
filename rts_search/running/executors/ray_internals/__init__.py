"""The only modules that use private parts of Ray (`ray<2.61` in pyproject.toml)."""
