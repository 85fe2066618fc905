"""example_judge.py FOLDER PRIOR SCORE,SCORE…...: what the example of an ONNX folder says of videos, a line each. FOLDER
holds `calibration`, JSON or null, which goes into its preprocessing.json as `unmask export` writes it."""
import json
import pathlib
import sys

sys.dont_write_bytecode = True
folder = pathlib.Path(sys.argv[1])
sys.path[:0] = [str(folder), str(pathlib.Path(__file__).parents[3] / "scripts")]
from convert_weights import EXAMPLE  # noqa: E402

(folder / "example.py").write_text(EXAMPLE)
calibration = json.loads((folder / "calibration").read_text())
(folder / "preprocessing.json").write_text(json.dumps({"calibration": calibration}))
import example  # noqa: E402

for scores in sys.argv[3:]:
    word, llr, probability = example.verdict([float(score) for score in scores.split(",")], float(sys.argv[2]))
    print("None None" if llr is None else f"{llr:.17g} {probability:.17g}", word)
