"""Mutation testing: how many small faults in a source do its own quick tests see?

usage: mutants.py BUILD [FILE…]      (make mutants; FILES="sweep/plan/stopping.cc …" for some of them)

universalmutator's rules make mutants of a line each. In an order that a seed draws they are compiled as BUILD compiles
that file, until 30 count: one that doesn't compile, or gives the same object file, is none. The mutant's object is
linked into the file's test in the library's place, so that no source is touched. A test that fails, crashes or takes
ten times as long has killed the mutant. Results are kept in BUILD/mutants/results.jsonl: a call goes on where the one
before was stopped, and runs again what a change of source or test has made stale. Prints the table of
docs/benchmarks.md.
"""
import contextlib
import hashlib
import io
import json
import math
import pathlib
import random
import resource
import shlex
import subprocess
import sys
import time

from universalmutator import mutator

ROOT = pathlib.Path(__file__).resolve().parent.parent
SEED, WANTED = 16, 30

# A source, the test that is its own, and which of its suites.
TESTS = {
    "sweep/plan/stopping.cc": ("stopping_test", "*"),
    "sweep/plan/scheduler.cc": ("scheduler_test", "*"),
    "model/score/metrics.cc": ("metrics_test", "*"),
    "data/load/shard_plan.cc": ("shard_plan_test", "*"),
    "model/train/history.cc": ("history_test", "*"),
    "model/train/learning_rate.cc": ("learning_rate_test", "*"),
    "sweep/run/trial_table.cc": ("sweep_run_test", "TrialTable*"),
    "sweep/run/kept_weights.cc": ("sweep_run_test", "KeptWeights*"),
    "model/train/trial_data.cc": ("trial_data_test", "*"),
    "dist/fixed_point.cc": ("fixed_point_test", "*"),
    "dist/host_sums.cc": ("fixed_point_test", "*"),
    "model/train/optimizer.cc": ("optimizer_test", "*"),
    "model/train/train_step.cc": ("train_step_test", "TrainStep*"),
}

# FILE: the mutant's line without blanks at its ends, and why no test can tell it from the original.
EQUIVALENT = {
    "sweep/plan/stopping.cc": {
        "if (options.stop <= StoppingRule::kNone) return rungs;": "kNone is the first of the rules",
    },
    "model/score/metrics.cc": {
        "(curve[i].true_positives + curve[i - 1].true_positives); continue;": "the loop's last statement",
    },
    "sweep/run/trial_table.cc": {
        "if (options_.sweep.stop <= StoppingRule::kNone) return false;": "kNone is the first of the rules",
        "while (apply_rungs() || draw_cohort()) { continue;": "the loop has no other statement",
        "if (!is_over(state) || (state < TrialState::kFailed && kept++ < options_.sweep.keep_best)) continue;":
            "kFailed is the last of the states",
    },
    "sweep/run/kept_weights.cc": {
        "return !is_over(record.state) || (record.state >= TrialState::kFailed && record.retriable);":
            "kFailed is the last of the states",
        "std::vector<int> unneeded_weights ( int keep_best,const std::vector<SweepTrial>& trials) {":
            "another function: the library's own is linked",
        "} continue;": "the loop's last statement",
        "unneeded.push_back(id); continue;": "the loop's last statement",
    },
    "model/train/optimizer.cc": {
        "for (std::size_t i = 0; i != parameters_.size(); ++i) {": "i goes up by one",
    },
    "dist/fixed_point.cc": {
        f"return static_cast<double>(nearest) <= limit ? nearest : std::nextafter(nearest, {towards});":
            "a limit is at least 1: downwards, too" for towards in ("0.1f", "1.0f", "-1.0f")
    },
    "dist/host_sums.cc": {
        "double limit_ = (0-1);": "begin() sets it",
        "double limit_ = -1;": "begin() sets it",
        "finite &= std::fabs(sums[i]) < HUGE_VALF; continue;": "the loop's last statement",
        "fresh = false; continue;": "the loop's last statement",
    },
    "model/train/train_step.cc": {
        "/*const at::NoGradGuard no_grad;*/": "statistics need no gradient",
        "reducer_.add_scalars(std::span(&value, 1)); continue;": "the loop's last statement",
        "const at::Tensor loss = at::nll_loss(at::log_softmax(logits, -1), labels, class_weights_, "
        "at::Reduction::Sum) /": "logits have two axes",
        "/*if (!last_microbatch && gradients.size() < kKept) return;*/": "one by one the sums are the same, and slower",
        "reducer_.begin(std::max<std::int64_t>(0, static_cast<std::int64_t>(plan.microbatches.size())),":
            "a batch has one microbatch at least",
        "torch::autograd::impl::set_post_acc_grad_hooks(parameter.tensor, nullptr); continue;":
            "the loop's last statement",
    },
    "model/train/trial_data.cc": {
        "for (std::int64_t slot = first; slot != first + microbatch.count; ++slot) {": "no count is negative",
        "for (const std::uint32_t sample : *subset_) counts[train()[sample].label != 0 ? 1 : 0] += -1;":
            "both signs turn",
    },
    "sweep/plan/scheduler.cc": {
        "for (int i = 0; i != taken; ++i) ranks.push_back(first + i);": "taken is 1 at least",
        "while (count != 0) {": "no more is taken than count",
        "if (saved_s == 0) return 0;": "it is never negative",
        "if (saved_s <= (0-1)) return 0;": "dividing by 0 gives what is no size, too",
        "runs_.emplace(static_cast<int>(end - begin), ascending[begin]); continue;": "the loop's last statement",
    },
    "model/train/history.cc": {
        "double best_value = 0, best_loss = (0-1);": "the first row is taken whatever they are",
        "double best_value = 0, best_loss = 1;": "the first row is taken whatever they are",
        "if (std::find(train_datasets.begin(), train_datasets.end(), scores.dataset) >= train_datasets.end()) "
        "continue;": "nothing is found behind the end",
        "++count; continue;": "the loop's last statement",
    },
    "model/train/learning_rate.cc": {
        "if (at <= peak) return anneal_cosine(initial, options.max_lr, peak != 0 ? at / peak : 1.0);":
            "no step is below a negative peak",
    },
    "data/load/shard_plan.cc": {
        "for (std::int64_t first = 0; first <= batch_size; first += microbatch_size) {":
            "an empty rest joins the microbatch before it",
        "kept.resize(static_cast<std::size_t>(std::clamp(wanted, 1.0, static_cast<double>(n))));":
            "a ratio above 0 keeps one at least",
        "kept.resize(static_cast<std::size_t>(std::clamp ( 0.0,wanted, static_cast<double>(n))));":
            "the larger of two",
    },
}


def digest(*files):
    return hashlib.sha256(b"".join(pathlib.Path(file).read_bytes() for file in files)).hexdigest()[:16]


def bound():
    """A mutant that goes on for ever must not fill memory or disk."""
    resource.setrlimit(resource.RLIMIT_DATA, (4 << 30, 4 << 30))
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 30, 1 << 30))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def run(command, folder, timeout=None):
    """Whether it ends well in time. What it prints is not looked at."""
    try:
        return subprocess.run(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                              stdin=subprocess.DEVNULL, timeout=timeout, preexec_fn=bound).returncode == 0
    except subprocess.TimeoutExpired:
        return False


class Target:
    """One source with its test, as BUILD makes them."""

    def __init__(self, build, file):
        self.build, self.file = build, file
        self.test, self.filter = TESTS[file]
        self.folder = build / "mutants" / file.replace("/", "+")
        self.folder.mkdir(parents=True, exist_ok=True)
        self.source, self.object = self.folder / pathlib.Path(file).name, self.folder / "mutant.o"
        entries = json.loads((build / "compile_commands.json").read_text())
        entry = next(entry for entry in entries if entry["file"] == str(ROOT / file))
        words = [word for word in shlex.split(entry["command"]) if not word.endswith("ccache") and word != "-g1"]
        words[words.index("-o") + 1] = str(self.object)
        words[words.index("-c") + 1] = str(self.source)
        self.compile, self.compile_in = words, entry["directory"]
        self.program = self.folder / self.test
        link = subprocess.run(["ninja", "-C", build, "-t", "commands", f"tests/{self.test}"], capture_output=True,
                              text=True, check=True).stdout.splitlines()[-1]
        words = [word for word in shlex.split(link) if not word.endswith("ccache")]
        words = words[words.index("&&") + 1:]
        words = words[:words.index("&&")]
        words[words.index("-o") + 1] = str(self.program)
        words.insert(words.index("-o"), str(self.object))
        self.link = words

    def compiled(self, text):
        """The object file's bytes; None where the compiler refuses. Without debug data: they tell of lines."""
        self.source.write_text(text)
        return self.object.read_bytes() if run(self.compile, self.compile_in) else None

    def passes(self, timeout=None):
        command = [self.program, f"--gtest_filter={self.filter}", "--gtest_fail_fast", "--gtest_brief=1"]
        return run(self.link, self.build) and run(command, self.folder, timeout)


def mutants_of(file):
    """(line number, its text) of each, in the order that the seed draws."""
    lines = (ROOT / file).read_text().splitlines(keepends=True)
    with contextlib.redirect_stdout(io.StringIO()):
        found = mutator.mutants_regexp(lines, ["universal.rules", "c_like.rules", "cpp.rules"], ignorePatterns=[])
    mutants = sorted({(number, text) for number, text, *_ in found})
    random.Random(f"{SEED} {file}").shuffle(mutants)
    return lines, mutants


def outcomes(build, file, known, keep):
    """The outcome of each mutant until enough count; `known` are those of calls before."""
    target = Target(build, file)
    lines, mutants = mutants_of(file)
    source, test = digest(ROOT / file), digest(build / "tests" / target.test)
    original = target.compiled("".join(lines))
    began = time.monotonic()
    if original is None or not target.passes():
        sys.exit(f"{file}: without a mutant it doesn't compile or {target.test} fails")
    limit, found = 5 + 10 * (time.monotonic() - began), []
    for number, text in mutants:
        if sum(each["outcome"] in ("killed", "survived") for each in found) == WANTED:
            break
        key = f"{source} {number} {text}"
        stands = key in known and (known[key]["outcome"] not in ("killed", "survived") or known[key]["test"] == test)
        if not stands:
            changed = target.compiled("".join(lines[:number - 1] + [text] + lines[number:]))
            outcome = ("doesn't compile" if changed is None else "same object" if changed == original
                       else "survived" if target.passes(limit) else "killed")
            known[key] = {"key": key, "test": test, "file": file, "line": number, "was": lines[number - 1].strip(),
                          "text": " ".join(text.split()), "outcome": outcome}
            keep(known[key])
        found.append(known[key])
    return found


def wilson(killed, of, z=1.96):
    """The 95% interval of a share."""
    middle, spread = killed + z * z / 2, z * math.sqrt(killed * (of - killed) / of + z * z / 4)
    return (middle - spread) / (of + z * z), (middle + spread) / (of + z * z)


def row(name, killed, equivalent, survived):
    of = killed + survived
    low, high = wilson(killed, of) if of else (0, 1)
    return f"| {name} | {of + equivalent} | {equivalent} | {killed} | {100 * killed / max(of, 1):.0f} " \
           f"({100 * low:.0f} to {100 * high:.0f}) |"


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    (build / "mutants").mkdir(exist_ok=True)
    results = build / "mutants" / "results.jsonl"
    lines = results.read_text().splitlines() if results.exists() else []
    known = {each["key"]: each for each in map(json.loads, lines)}  # the last one counts
    files, rows, left, sums = sys.argv[2:] or list(TESTS), [], [], [0, 0, 0]
    with results.open("a") as log:
        def keep(result):
            print(json.dumps(result), file=log, flush=True)
            print(f"{result['file']}:{result['line']}: {result['outcome']}: {result['text']}", file=sys.stderr)

        for file in files:
            found = outcomes(build, file, known, keep)
            survivors = [each for each in found if each["outcome"] == "survived"]
            why = EQUIVALENT.get(file, {})
            counts = [sum(each["outcome"] == "killed" for each in found),
                      sum(each["text"] in why for each in survivors),
                      sum(each["text"] not in why for each in survivors)]
            sums = [a + b for a, b in zip(sums, counts)]
            rows.append(row(f"`{file}`", *counts))
            left += [f"| `{file}:{each['line']}` | `{each['was']}` | `{each['text']}` | "
                     f"{'no fault: ' + why[each['text']] if each['text'] in why else ''} |".replace("||", "\\|\\|")
                     for each in survivors]
    print("| file | mutants | no faults | killed | killed of the faults, % (95%) |", "|---|---|---|---|---|", *rows,
          row("all", *sums), "", "| survivor | line | mutant | why |", "|---|---|---|---|", *left, sep="\n")


if __name__ == "__main__":
    main()
