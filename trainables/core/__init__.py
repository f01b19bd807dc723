"""PUGD-RTS training without Ray or Optuna: settings, data, models, optimizer, training loop and checkpoint store."""

from trainables.core.earlier_paths import keep_earlier_paths

keep_earlier_paths()
