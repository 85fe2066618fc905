"""A network with the outputs of face_detection_yunet_2022mar.onnx for 320 × 240, which finds two faces in any picture.

usage: yunet_stand_in.py FILE     writes it; prints each face: score, left, top, width, height and five points, x and y,
in pixels, as libfacedetection decodes them (a prior's centre and size moved by the network's numbers).
"""
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

WIDTH, HEIGHT, VARIANCE = 320, 240, 0.1
LEVELS = [(8, (10, 16, 24)), (16, (32, 48)), (32, (64, 96)), (64, (128, 192, 256))]  # pixels a cell, sides
FACES = [(16, 48, 5, 4, 0.9, 0.95), (16, 32, 12, 9, 0.98, 0.97)]  # level, side, column, row, class score, IoU score


def priors():
    width, height = WIDTH // 4, HEIGHT // 4
    for step, sides in LEVELS:
        width, height = width // 2, height // 2
        for row in range(height):
            for column in range(width):
                yield from ((step, side, column, row) for side in sides)


def outputs():
    all_priors = list(priors())
    numbers = {"loc": np.zeros((len(all_priors), 14), np.float32), "conf": np.zeros((len(all_priors), 2), np.float32),
               "iou": np.zeros((len(all_priors), 1), np.float32)}
    for face, (step, side, column, row, class_score, iou_score) in enumerate(FACES):
        at = all_priors.index((step, side, column, row))
        move = np.array([1.5, -2, 0, 0, -2, -1.5, 2, -1, 0.5, 0.25, -1.5, 2.5, 1.75, 3]) + 0.125 * face
        move[2:4] = 0  # width and height as the prior's
        numbers["loc"][at] = move
        numbers["conf"][at, 1], numbers["iou"][at] = class_score, iou_score
        centre = np.array([(column + 0.5) * step, (row + 0.5) * step])
        points = centre + VARIANCE * side * move[[0, 1, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]].reshape(6, 2)
        print((class_score * iou_score) ** 0.5, *(points[0] - side / 2), side, side, *points[1:].ravel())
    return numbers


def main():
    nodes = [helper.make_node("GlobalAveragePool", ["input"], ["pooled"]),
             helper.make_node("Flatten", ["pooled"], ["mean"])]
    constants, shapes = [], []
    for name, values in outputs().items():
        constants += [numpy_helper.from_array(np.zeros((values.size, 3), np.float32), name + "_weight"),
                      numpy_helper.from_array(values.ravel(), name + "_bias"),
                      numpy_helper.from_array(np.array(values.shape), name + "_shape")]
        nodes += [helper.make_node("Gemm", ["mean", name + "_weight", name + "_bias"], [name + "_flat"], transB=1),
                  helper.make_node("Reshape", [name + "_flat", name + "_shape"], [name])]
        shapes.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, values.shape))
    picture = helper.make_tensor_value_info("input", TensorProto.FLOAT, (1, 3, HEIGHT, WIDTH))
    graph = helper.make_graph(nodes, "stand_in", [picture], shapes, constants)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 11)], ir_version=6), sys.argv[1])


main()
