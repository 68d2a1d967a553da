"""Hypothesis profiles: `dev` (the default), `ci`, and `intense` for long runs; what tests have to say at the end."""

import os
from typing import Any

from hypothesis import HealthCheck, settings

_QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
settings.register_profile("dev", max_examples=15, deadline=None, suppress_health_check=_QUIET)
settings.register_profile("ci", max_examples=12, deadline=None, suppress_health_check=_QUIET, derandomize=True)
settings.register_profile("intense", max_examples=1000, deadline=None, suppress_health_check=_QUIET)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "dev"))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print what tests recorded as their "summary"; by this way it comes through from worker processes, too."""
    for report in terminalreporter.getreports("passed") + terminalreporter.getreports("failed"):
        for name, words in report.user_properties:
            if name == "summary":
                terminalreporter.write_line(words)
