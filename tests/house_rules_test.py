"""Rules of CONTRIBUTING.md that no compiler checks. Prints a line a breach; exit code 1 if there is one.

- A source FOLDER/NOUN.cc has a test of its name: tests/FOLDER/NOUN_test.cc, or NOUN_mpi_test.cc where it takes ranks.
- The suites of tests/FOLDER/NOUN_test.cc begin with its name: RunFolder, RunFolderTest, RunFolderThatIsLocked.
- A line of code ends at 120 columns.
- A file or folder that a document names is there.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
SOURCES = ("base", "data", "dist", "model", "sweep", "report", "launch")
FOLDERS = (*SOURCES, "bench", "cmake", "scripts", "slurm", "tests")
PROSE = {".md", ".toml", ".txt", ".pyc"}
COLUMNS = 120

# FILE, FILE:SUITE or DOCUMENT:NAME, and why. One that isn't needed any more is a breach, too.
EXCEPTIONS = {
    "launch/main.cc": "calls run_program and nothing else; program_test runs it",
    "slurm/README.md:slurm/site.sh": "a user's own",
}
EXCEPTIONS.update(dict.fromkeys("""
data/augment/augment_kernel.cc
data/augment/augment_kernel_avx2.cc
data/augment/augment_kernel_avx512.cc
data/store/crop_store_writer.cc
data/store/jpeg_codec.cc
data/synth/synth_blend.cc
data/synth/synth_camera.cc
data/synth/synth_face.cc
data/synth/synth_paint.cc
data/synth/synth_photo.cc
data/synth/synth_plan.cc
data/synth/synth_skin.cc
data/synth/synth_studio.cc
model/device/device.cc
model/device/device_crops.cc
model/device/device_sums.cc
model/device/probe.cc
model/files/safetensors_header.cc
model/files/weight_conversion.cc
model/model_options.cc
model/norm/fused_norm_generic.cc
model/norm/norm_function.cc
model/precision.cc
model/resnet18.cc
model/score/evaluator.cc
model/score/video_index.cc
model/tensor_memory.cc
model/train/loss_scale.cc
model/train/numerics.cc
model/train/train_options.cc
model/train/train_state.cc
model/train/train_step.cc
model/train/trial_data.cc
sweep/group_worker.cc
sweep/heartbeat.cc
sweep/plan/space_value.cc
sweep/plan/sweep_options.cc
sweep/run/run_folder.cc
sweep/run/trial_book.cc
sweep/run/trial_log.cc
launch/close_timer.cc
launch/command_line.cc
launch/commands/check_command.cc
launch/commands/evaluate_command.cc
launch/commands/plan_command.cc
launch/commands/prepare_command.cc
launch/commands/report_command.cc
launch/commands/run_command.cc
launch/commands/status_command.cc
launch/commands/sweep_command.cc
launch/commands/synth_command.cc
launch/commands/train_command.cc
launch/commands/weights_command.cc
launch/config/config_document.cc
launch/config/config_keys.cc
launch/config/nearest_name.cc
launch/config/space_config.cc
launch/progress_line.cc
launch/rank_watch.cc
launch/run/converter_python.cc
launch/run/model_path.cc
launch/run/node_stores.cc
launch/run/open_run.cc
launch/run/recorded_run.cc
launch/run/sweep_runner.cc
launch/run/trace_file.cc
launch/run/trial_briefs.cc
launch/session.cc
tests/data/faces/face_cropper_test.cc:CropFace
tests/data/faces/face_cropper_test.cc:SquareBox
tests/data/faces/face_detector_test.cc:DlibDetector
tests/data/layouts/frame_list_test.cc:FindDatasets
tests/data/layouts/frame_list_test.cc:FrameName
tests/data/layouts/frame_list_test.cc:Printable
tests/data/store/crop_store_test.cc:HostileCropStore
tests/launch/config/run_config_test.cc:ShippedConfigsTest
tests/launch/config/run_config_test.cc:SpaceConfigTest
tests/launch/config/run_config_test.cc:TrialConfigTest
tests/launch/run/run_check_test.cc:BytesTextTest
tests/launch/run/run_check_test.cc:FindingsTest
tests/launch/run/run_check_test.cc:RankCheckTest
tests/launch/run/run_check_test.cc:SplitCheckTest
tests/model/classifier_test.cc:Dropout
tests/model/classifier_test.cc:InitialiseRandom
tests/model/device/device_path_test.cc:DeviceCrops
tests/model/device/device_path_test.cc:DeviceSums
tests/model/device/device_path_test.cc:LossScale
tests/model/files/weight_file_test.cc:TensorMemory
tests/model/files/weight_file_test.cc:WeightConversion
tests/model/score/evaluation_test.cc:TextTableTest
tests/model/score/metrics_test.cc:DetectionMetrics
tests/model/score/metrics_test.cc:VideoScores
tests/model/train/history_test.cc:BestRow
tests/model/train/history_test.cc:MetricsCsv
tests/model/train/optimizer_test.cc:Adam
tests/model/train/torch_run_test.cc:WholeRun
tests/sweep/plan/makespan_plan_test.cc:PlanTest
tests/sweep/plan/makespan_plan_test.cc:TimingTest
tests/sweep/plan/objective_test.cc:RankingTest
tests/sweep/plan/simulator_test.cc:MakespanBound
tests/sweep/plan/stopping_test.cc:HalvingTest
tests/sweep/plan/stopping_test.cc:MedianTest
tests/sweep/plan/stopping_test.cc:RungTest
tests/sweep/plan/sweep_plan_test.cc:GridTest
tests/sweep/plan/sweep_plan_test.cc:PlanSliceTest
tests/sweep/plan/sweep_plan_test.cc:PlanSweepTest
tests/sweep/plan/sweep_plan_test.cc:PlanTest
tests/sweep/plan/sweep_plan_test.cc:RandomPointTest
tests/sweep/plan/sweep_plan_test.cc:SweepOptionsTest
tests/sweep/plan/tpe_test.cc:SpaceValueTest
tests/sweep/plan/trial_lifecycle_test.cc:AfterFailureTest
tests/sweep/plan/trial_lifecycle_test.cc:AfterRestartTest
tests/sweep/plan/trial_lifecycle_test.cc:ResultReasonTest
tests/sweep/run/ledger_test.cc:RunFolderTest
tests/sweep/run/ledger_test.cc:TrialStateTest
tests/sweep/run/results_test.cc:ChoiceTableTest
data/synth/CMakeLists.txt
sweep/plan/CMakeLists.txt
launch/CMakeLists.txt
launch/run/CMakeLists.txt
cmake/layers.cmake
tests/data/augment/augment_reference.py
tests/data/faces/CMakeLists.txt
tests/data/faces/face_cropper_reference.py
tests/data/frames/CMakeLists.txt
tests/launch/CMakeLists.txt
tests/model/classifier_reference.py
tests/model/files/safetensors_test.cc
tests/model/train/CMakeLists.txt
tests/model/train/reference.py
tests/model/train/torch_run.py
CONTRIBUTING.md:data/audit/
CONTRIBUTING.md:data/detector_kind.h
CONTRIBUTING.md:data/faces/dlib_detector.cc
CONTRIBUTING.md:data/frames/png_reader
CONTRIBUTING.md:data/layouts/published_layout
CONTRIBUTING.md:data/layouts/published_layout.h
CONTRIBUTING.md:data/prepare/prepare_listing
CONTRIBUTING.md:data/prepare/prepare_listing.cc
CONTRIBUTING.md:data/prepare/prepare_options.h
CONTRIBUTING.md:data/prepare/prepare_plan
CONTRIBUTING.md:launch/check/
CONTRIBUTING.md:launch/config/run_config_file
CONTRIBUTING.md:launch/config/trial_config
CONTRIBUTING.md:launch/run/chosen_folder
CONTRIBUTING.md:launch/run/lease_trainer
CONTRIBUTING.md:launch/run/recorded_config
CONTRIBUTING.md:model/network
CONTRIBUTING.md:model/network.cc
CONTRIBUTING.md:model/network.h
CONTRIBUTING.md:model/network_shapes.cc
CONTRIBUTING.md:model/resnet18_layout.h
CONTRIBUTING.md:model/train/trial_files
CONTRIBUTING.md:model/train/trial_scorer
CONTRIBUTING.md:sweep/lease_recorder
CONTRIBUTING.md:sweep/lease_table
CONTRIBUTING.md:sweep/rank_roster
CONTRIBUTING.md:sweep/run/trial_table
CONTRIBUTING.md:tests/data/faces/dlib_detector_test.cc
CONTRIBUTING.md:tests/data/layouts/published_layout_test.cc
CONTRIBUTING.md:tests/sweep/run/run_folder_test.cc
docs/design.md:data/audit
docs/design.md:launch/check
""".split(), "until the parts of the house that are rebuilt at the same time are put together"))


def tests_of(source):
    """Names of the files of which one must be there. The kernels of one instruction set, and the table of a noun's
    kernels, are tested where the noun is."""
    noun = re.sub(r"_(avx2|avx512)$", "", source.stem)
    return [f"{name}{end}" for name in (noun, noun.removesuffix("_kernels")) for end in ("_test.cc", "_mpi_test.cc")]


def sources_without_test():
    for folder in SOURCES:
        for file in sorted((ROOT / folder).rglob("*.cc")):
            source = file.relative_to(ROOT)
            tests = [ROOT / "tests" / source.parent / name for name in tests_of(source)]
            if not any(test.exists() for test in tests):
                yield str(source), f"has no test of its name, {tests[0].relative_to(ROOT)}"


def suites_of_other_names():
    for file in sorted((ROOT / "tests").rglob("*_test.cc")):
        noun = file.stem.removesuffix("_test").removesuffix("_mpi").replace("_", "")
        suites = re.findall(r"^(?:TYPED_)?TEST(?:_F|_P)?\(\s*(\w+)", file.read_text(), re.MULTILINE)
        for suite in sorted(set(suites)):
            if not suite.lower().startswith(noun):
                yield f"{file.relative_to(ROOT)}:{suite}", "the suite isn't named after its file"


def files_with_long_lines():
    files = [file for folder in FOLDERS for file in sorted((ROOT / folder).rglob("*"))] + [ROOT / "CMakeLists.txt"]
    for file in files:
        if not file.is_file() or (file.suffix in PROSE and file.name != "CMakeLists.txt"):
            continue
        lines = [str(number) for number, line in enumerate(file.read_text().splitlines(), start=1)
                 if len(line) > COLUMNS]
        if lines:
            yield str(file.relative_to(ROOT)), f"more than {COLUMNS} columns in line {', '.join(lines)}"


def documents_with_lost_names():
    """Names as `sweep/messages`, for messages.h and messages.cc, or `sweep/messages.h`."""
    name = re.compile(rf"`((?:{'|'.join((*FOLDERS, 'configs', 'docs'))})/[\w./-]*)`")
    documents = [file for pattern in ("*.md", "docs/*.md", "slurm/*.md") for file in sorted(ROOT.glob(pattern))]
    for document in documents:
        for path in sorted(set(name.findall(document.read_text()))):
            if not any((ROOT / f"{path}{end}").exists() for end in ("", ".h", ".cc", ".py")):
                yield f"{document.relative_to(ROOT)}:{path}", "isn't there"


def breaches():
    excused = set()
    found = (*sources_without_test(), *suites_of_other_names(), *files_with_long_lines(), *documents_with_lost_names())
    for key, what in found:
        if key in EXCEPTIONS:
            excused.add(key)
        else:
            yield f"{key}: {what}"
    yield from (f"{key}: needs no exception" for key in EXCEPTIONS.keys() - excused)


if __name__ == "__main__":
    lines = list(breaches())
    print(*lines, f"{len(lines)} breaches of the house rules", sep="\n")
    sys.exit(1 if lines else 0)
