"""What Keras gives: one module for each of nn's, with a function `record` that asks live Keras."""
