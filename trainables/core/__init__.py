"""PUGD-RTS training without Ray or Optuna: schedules, switch rules, optimizer, data, models, loop, lineage."""

from trainables.core.earlier_paths import keep_earlier_paths

keep_earlier_paths()
