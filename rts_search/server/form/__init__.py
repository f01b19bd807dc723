"""The form for a new sweep: its fields, what they show of a sweep file, and how they change its text."""
