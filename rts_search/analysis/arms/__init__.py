"""The arms of a sweep side by side: effort, cost, best settings, and what a reader must know about them."""
