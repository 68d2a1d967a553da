"""What live Keras gives for recorded inputs: a module for each of nn's, whose `record()` makes its fixture."""
