"""What the tests of verdicts share: the program, and a detector that was trained for a moment on a few videos."""
import subprocess

from program_run import ENVIRONMENT, expect


class Program:
    def __init__(self, program, mpirun):
        self.program, self.mpirun = program, mpirun

    def command(self, *words, ranks=0):
        launcher = [self.mpirun, "--oversubscribe", "-n", str(ranks)] if ranks else []
        return [*launcher, self.program, *map(str, words)]

    def run(self, *words, ranks=0, text=None):
        done = subprocess.run(self.command(*words, ranks=ranks), env=ENVIRONMENT, capture_output=True, text=True,
                              errors="replace", timeout=280, input=text)
        return done.returncode, done.stdout, done.stderr

    def must(self, *words, ranks=0, code=0, text=None):
        got, out, err = self.run(*words, ranks=ranks, text=text)
        expect(got == code, f"unmask {words[0]}: exit code {code}", f"{got}\n{out}{err}")
        return out, err


def trained_model(program, folder, root, encoding="raw"):
    """RUN, and a store of the videos below `root` (video_inputs.make_tree), both made in `folder`."""
    stores, model = folder / f"stores-{encoding}", folder / f"run-{encoding}"
    program.must("prepare", root, "--stores", stores, "--set", "prepare.crop_px=64", "--set", "prepare.frames=6",
                 "--set", f'prepare.encoding="{encoding}"')
    program.must("split", stores, "--by", "video", "--val", "0.5", "--test", "0", "--seed", "1")
    name = next(stores.glob("*/val.crops")).parent.name
    config = folder / "train.toml"
    config.write_text(f'''
seed = 1
data = {{ stores = "{stores}", train = ["{name}"], val = ["{name}"], allow_leaks = true }}
model.init = "random"
train = {{ epochs = 1, global_batch_size = 8, microbatch_size = 4, precision = "fp32", score_train_crops = 0 }}
runtime.device = "cpu"
''')
    program.must("train", config, "--run", model)
    return model, stores / name / "val.crops"
