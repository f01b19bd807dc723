"""Used by all other packages: errors, exit codes, the results folder, signals. Nothing here knows what a sweep is."""
