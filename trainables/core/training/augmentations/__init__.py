"""Random changes to the images of a batch, one kind a file. Drawn on the CPU for all images of an epoch, from the
training's seed and the epoch; done batch by batch on the device."""
