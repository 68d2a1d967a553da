"""Demos on `autodiff` alone: the lectures' XOR network, and a softmax network on digits."""

from importlib.util import find_spec

_missing = [name for name in ("matplotlib", "sklearn", "tqdm") if find_spec(name) is None]
if _missing:
    raise ModuleNotFoundError(
        f"the demos need {', '.join(_missing)}, not installed here: write `make demo`, or pip install -e '.[demos]'"
    )
