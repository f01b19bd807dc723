"""The tables of the service: jobs, tokens and the audit log."""
