"""The record of a sweep in the database: its trials, how they are drawn, and which of them are stopped early."""
