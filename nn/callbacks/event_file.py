"""Event files: what TensorBoard reads, written by TensorBoard's own writer (extra `tensorboard`)."""

from __future__ import annotations

import io
import os
import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from autodiff.graph import Graph
from autodiff.node import Node


class EventFile:
    """An event file in a folder, which is one run of TensorBoard; `step` counts epochs or batches.

    Raises ImportError that names the extra where TensorBoard is not installed.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        try:
            from tensorboard.summary.writer.event_file_writer import EventFileWriter
        except ImportError:
            raise ImportError(
                "event files are written by TensorBoard: write `pip install tensorboard`, or install the extra "
                "`tensorboard`"
            ) from None
        self._writer = EventFileWriter(os.fspath(folder))

    def scalar(self, tag: str, value: float, step: int) -> None:
        from tensorboard.plugins.scalar.summary import scalar_pb

        self._add(scalar_pb(tag, float(value)), step)

    def histogram(self, tag: str, values: Any, step: int) -> None:
        """A histogram of the finite values; of none, nothing."""
        from tensorboard.plugins.histogram.summary import histogram_pb

        finite = np.asarray(values, np.float64)
        finite = finite[np.isfinite(finite)]
        if finite.size:
            self._add(histogram_pb(tag, finite), step)

    def image(self, tag: str, figure: Any, step: int) -> None:
        """A figure of matplotlib."""
        from tensorboard.compat.proto.summary_pb2 import Summary

        content = io.BytesIO()
        figure.savefig(content, format="png")
        width, height = figure.canvas.get_width_height()
        image = Summary.Image(height=height, width=width, colorspace=3, encoded_image_string=content.getvalue())
        self._add(Summary(value=[Summary.Value(tag=tag, image=image)]), step)

    def hyperparameters(self, values: Mapping[str, Any]) -> None:
        """What a run was started with: numbers, booleans and text."""
        from tensorboard.plugins.hparams.summary_v2 import hparams_pb

        self._add(hparams_pb(dict(values)), 0)

    def graph(self, graph: Graph) -> None:
        """A graph as boxes that open by scopes."""
        from tensorboard.compat.proto.event_pb2 import Event

        self._writer.add_event(Event(wall_time=time.time(), graph_def=_graph_def(graph).SerializeToString()))

    def _add(self, summary: Any, step: int) -> None:
        from tensorboard.compat.proto.event_pb2 import Event

        self._writer.add_event(Event(wall_time=time.time(), step=step, summary=summary))

    def flush(self) -> None:
        """Put all on the disk: a crash later loses none of it."""
        self._writer.flush()

    def close(self) -> None:
        self._writer.close()


def _graph_def(graph: Graph) -> Any:
    from tensorboard.compat.proto.graph_pb2 import GraphDef
    from tensorboard.compat.proto.versions_pb2 import VersionDef

    paths = {node: _path(graph, node) for node in graph}
    return GraphDef(node=[_node_def(node, paths) for node in graph], versions=VersionDef(producer=22))


def _path(graph: Graph, node: Node) -> str:
    """The name below its scopes; names are unique in a graph."""
    plain = "".join(c if c.isalnum() or c in "._-" else "_" for c in graph.names[node])
    return f"{node.scope}/{plain}" if node.scope else plain


def _node_def(node: Node, paths: Mapping[Node, str]) -> Any:
    from tensorboard.compat.proto.attr_value_pb2 import AttrValue
    from tensorboard.compat.proto.node_def_pb2 import NodeDef
    from tensorboard.compat.proto.tensor_shape_pb2 import TensorShapeProto

    shape = TensorShapeProto(dim=[TensorShapeProto.Dim(size=size) for size in node.shape])
    attributes = {
        "_output_shapes": AttrValue(list=AttrValue.ListValue(shape=[shape])),
        "dtype": AttrValue(s=str(node.dtype).encode()),
    }
    made = node.primitive.name if node.primitive is not None else "Parameter" if node.differentiable else "Input"
    inputs: Sequence[str] = [paths[each] for each in node.inputs if isinstance(each, Node)]
    return NodeDef(name=paths[node], op=made, input=inputs, attr=attributes)
