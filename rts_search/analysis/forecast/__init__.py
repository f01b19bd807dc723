"""Forecasting the cost of a sweep before it starts: trials, shared epochs, time, disk and memory."""
