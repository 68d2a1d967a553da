from benchmarks import command, keras_steps

command.run(keras_steps.TITLE, "keras_steps", keras_steps.sections)
