"""What `scripts/damage_campaign.py` does to a sweep, and how it judges what the commands make of it."""
