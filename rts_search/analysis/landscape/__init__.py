"""What a landscape says: its table, its means over seeds, and its cost."""
