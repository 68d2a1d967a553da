<<<<<<< HEAD
"""What Keras gives: one module for each of nn's, with a function `record` that asks live Keras."""
=======
"""What live Keras gives for recorded inputs: a module for each of nn's, whose `record()` makes its fixture."""
>>>>>>> nn2
