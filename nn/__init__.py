"""nn: layers, models and optimizers in Keras' vocabulary, on top of autodiff. Not written yet."""
