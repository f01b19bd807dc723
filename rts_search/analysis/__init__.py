"""Everything that is computed from a study: tables, figures, reports, forecasts and verdicts. Never loads Ray."""
