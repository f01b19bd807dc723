"""How the database of the studies is reached, kept waiting for, and kept quiet about."""
