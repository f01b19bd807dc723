"""The migrations of the tables of the service."""
