"""Counts the tests in CTest's JUnit files; the last line is `N passed, N failed`. Exit code 1 unless all passed."""

import sys
import xml.etree.ElementTree as ElementTree


def count(path):
    """(passed, names of failed) of one file. A GoogleTest case that skipped itself makes its test a failed one."""
    passed, failed = 0, []
    for case in ElementTree.parse(path).getroot().iter("testcase"):
        skipped = "[  SKIPPED ]" in (case.findtext("system-out") or "")
        if case.get("status") == "run" and case.find("failure") is None and not skipped:
            passed += 1
        else:
            failed.append(case.get("name") + (" (skipped cases)" if skipped else ""))
    return passed, failed


def main(paths):
    passed, failed = 0, []
    for path in paths:
        try:
            file_passed, file_failed = count(path)
        except (OSError, ElementTree.ParseError) as error:
            file_passed, file_failed = 0, [f"no results: {error}"]
        passed += file_passed
        failed += file_failed
    for name in failed:
        print(f"failed: {name}")
    print(f"{passed} passed, {len(failed)} failed")
    return 1 if failed or passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
