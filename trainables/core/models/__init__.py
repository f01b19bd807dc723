"""The classifiers that can be trained. `catalogue` has their names and needs no torch; `build` makes a model."""
