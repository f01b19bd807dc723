"""The parts of scripts/kill_campaign.py: sweeps, processes, cases and their figures."""
