"""What a sweep will cost, said before it starts: its trials, their shared epochs, its time, disk and memory."""
