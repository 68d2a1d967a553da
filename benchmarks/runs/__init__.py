"""The lectures' runs from the data to the score: ours, Keras' and the lecture's figure side by side.

`python -m benchmarks.runs [--quick]`. `NN_DATA_DIR` names the folder of the data; where it is missing, scikit-learn's
bundled sets stand in, and no figure of a lecture applies. Each training is a process of its own that leaves a file in
out/benchmarks/runs, so a chapter that was stopped goes on where it was.
"""

from .chapter import TITLE as TITLE
from .chapter import sections as sections
