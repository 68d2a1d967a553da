from .. import command
from . import TITLE, sections

if __name__ == "__main__":
    command.run(TITLE, "runs", sections)
