"""The classifiers that can be trained: `catalogue` knows their names without torch, `build` makes them."""
