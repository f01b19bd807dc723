"""What every other room stands on: errors, exit codes, the results folder, signals. Knows no sweep."""
