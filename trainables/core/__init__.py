"""PUGD-RTS training without Ray or Optuna: schedules, switch rules, optimizer, data, models, loop, lineage."""
