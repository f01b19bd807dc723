"""What tuning effort buys: the best value of an arm as a function of its number of tuning trials."""
