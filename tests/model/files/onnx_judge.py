"""onnx_judge.py DIR: onnxruntime and OpenCV, by the example that was exported, give the scores that stand in DIR/scores
(f32 [n, 2]) on DIR/crops (u8 [n, 64, 64, 3]) to 1e-4; the scores aren't all alike."""
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
import example  # noqa: E402
import numpy as np  # noqa: E402
import onnx  # noqa: E402
import onnxruntime  # noqa: E402

crops = np.fromfile(sys.argv[1] + "/crops", np.uint8).reshape(-1, 64, 64, 3)
ours = np.fromfile(sys.argv[1] + "/scores", np.float32).reshape(-1, 2)[:, 1]
assert np.ptp(ours) > 1e-3 and 0.02 < ours.mean() < 0.98, ours
model = onnx.load(sys.argv[1] + "/model.onnx")
onnx.checker.check_model(model, full_check=True)
assert [(part.domain, part.version) for part in model.opset_import] == [("", 13)], model.opset_import
assert example.ABOUT["crop_px"] == 64 and example.ABOUT["crops"] == {"detector": "none"}
images = example.images_of(crops)
session = onnxruntime.InferenceSession(sys.argv[1] + "/model.onnx")
for scores in (example.scores_of(images), session.run(None, {"crops": images})[0][:, 1]):
    print("largest difference", np.abs(scores - ours).max())
    assert np.abs(scores - ours).max() < 1e-4, (scores, ours)
