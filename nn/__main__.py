"""`python -m nn`: look at model files, predict with them, and turn one format into another."""

from .commands import main

raise SystemExit(main())
