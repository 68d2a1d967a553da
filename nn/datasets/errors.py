"""What goes wrong with data: bad files, and files that are not there."""


class DataError(ValueError):
    """A file of a data set is not what it should be: cut off, changed, or of another kind."""


class MissingDataError(DataError):
    """A file of a data set is not on this machine, and could not be downloaded."""
