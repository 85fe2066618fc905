"""Judge of safetensors_test.cc: Python's own reader takes our file; its writer makes one for ours.

    safetensors_judge.py OURS THEIRS
"""
import sys

import numpy
import safetensors
import safetensors.numpy

ours, theirs = sys.argv[1:]
numbers = numpy.array([1.5, -2, 3, 4, 5, 6e30], dtype=numpy.float32)
with safetensors.safe_open(ours, framework="numpy") as file:
    assert set(file.keys()) == {"layer1.0.conv1.weight", "nothing", 'schritt ü"\n', "__digest__"}, file.keys()
    assert file.metadata() == {"format": "unmask.model.1", "train": '{"step": 3}'}
    assert (file.get_tensor("layer1.0.conv1.weight") == numbers.reshape(2, 3)).all()
    assert file.get_tensor('schritt ü"\n') == numpy.int64(-7)
    assert file.get_tensor("__digest__").shape == (16,)
safetensors.numpy.save_file({"numbers": numbers.reshape(3, 2), "count": numpy.array([3], dtype=numpy.int64),
                             "empty": numpy.zeros((0, 3), dtype=numpy.float32)}, theirs, metadata={"by": "python"})
