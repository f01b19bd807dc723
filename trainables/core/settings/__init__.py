"""The settings of one trial and what follows from them alone: schedules and switch rules. Loads no torch."""
