"""Tests of the arms of a sweep side by side."""
