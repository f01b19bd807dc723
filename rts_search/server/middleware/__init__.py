"""What every HTTP request passes before and after it is answered."""
