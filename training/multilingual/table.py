"""The embedding table in 4 bits, as it was published: 0.55 bytes a number instead of 4, and no loss.

Blocks of 32 numbers share a scale; a number is (code - 8) · scale. The published table came in this form, so that the
codes are found again exactly. ONNX Runtime's GatherBlockQuantized reads the rows that a comment needs.
"""

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

BLOCK, ZERO = 32, 8
DOMAIN = "com.microsoft"


def packed(table: NDArray[np.float32]) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Return N×(D/2) bytes, two codes each (the first in the low half), and N×(D/32) scales.

    The number farthest from zero gets code 0, that is -8 times the scale, which is therefore often negative. Numbers
    that never were in 4 bits end up within one scale of themselves. ValueError where D is no multiple of 32.
    """
    count, width = table.shape
    if width % BLOCK:
        raise ValueError(f"rows must be a multiple of {BLOCK} numbers wide, got {width}")
    blocks = table.reshape(count, width // BLOCK, BLOCK)
    farthest = np.take_along_axis(blocks, np.abs(blocks).argmax(axis=2)[..., None], axis=2)
    scales = farthest / -ZERO
    with np.errstate(divide="ignore", invalid="ignore"):
        steps = np.where(scales == 0, 0, blocks / scales)
    codes = np.clip(np.rint(steps) + ZERO, 0, 15).astype(np.uint8).reshape(count, width)
    return codes[:, 0::2] | (codes[:, 1::2] << 4), scales[..., 0].astype(np.float32)


def unpacked(halves: NDArray[np.uint8], scales: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the table that `packed` was given."""
    codes = np.stack([halves & 15, halves >> 4], axis=2).reshape(len(halves), -1).astype(np.float32) - ZERO
    return codes * np.repeat(scales, BLOCK, axis=1)


def gather_blocks(graph: onnx.GraphProto, table: str) -> None:
    """Replace the look-up in the float initializer `table` by one in 4 bits; ValueError where nothing looks it up."""
    readers = [node for node in graph.node if node.op_type == "Gather" and node.input[0] == table]
    if len(readers) != 1:
        raise ValueError(f"{table} must be read by one Gather, found {len(readers)}")
    whole = next(tensor for tensor in graph.initializer if tensor.name == table)
    halves, scales = packed(numpy_helper.to_array(whole))
    graph.initializer.remove(whole)
    graph.initializer.extend(
        [
            numpy_helper.from_array(halves, f"{table}.codes"),
            numpy_helper.from_array(scales.astype(np.float16), f"{table}.scales"),
        ]
    )
    (node,) = readers
    small = f"{node.output[0]}.half"
    look_up = helper.make_node(
        "GatherBlockQuantized",
        [f"{table}.codes", node.input[1], f"{table}.scales"],
        [small],
        domain=DOMAIN,
        bits=4,
        block_size=BLOCK,
        gather_axis=0,
        quantize_axis=1,
    )
    widen = helper.make_node("Cast", [small], list(node.output), to=TensorProto.FLOAT)
    place = list(graph.node).index(node)
    graph.node.remove(node)
    graph.node.insert(place, widen)
    graph.node.insert(place, look_up)
