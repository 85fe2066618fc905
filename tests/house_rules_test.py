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
PROSE = {".md", ".toml", ".txt", ".pyc", ".crops"}
COLUMNS = 120

# FILE, FILE:SUITE or DOCUMENT:NAME, and why. One that isn't needed any more is a breach, too.
EXCEPTIONS = {
    "launch/main.cc": "calls run_program and nothing else; program_test runs it",
    "data/frames/unmask_decode.cc": "calls serve_decoder and nothing else; media_decoder_test runs it",
    "slurm/README.md:slurm/site.sh": "a user's own",
}


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
