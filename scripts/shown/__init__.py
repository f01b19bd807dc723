"""The parts of scripts/screenshots.py."""
