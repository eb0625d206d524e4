"""Makes one case of cases.json: `python make.py 0|1` (branches or not) with the coverage.py in question installed.

It runs parts of tricky.py under coverage and prints what was measured, what coverage's parser knows, and what its
analysis makes of both.
"""
import asyncio
import contextlib
import json
import sys

import coverage


def drive():
    import tricky as t

    t.with_branch(1), t.with_return(2), t.with_return(9), t.loops([1, 2, 3]), t.loops([])
    t.tries(0), t.tries(1), t.C().value, t.C.match(1), t.C.match([1, 2]), list(t.gen(2)), asyncio.run(t.co(0))


def jump_fixes(parser):
    """Both forms of coverage's table: an arc for an arc (7.17), or what follows and what ends a `with` (7.6)."""
    fixers = getattr(parser, "_with_jump_fixers", None) or {}
    fixes = []
    for arc, fix in fixers.items():
        if fix is None or not isinstance(fix[0], tuple):
            fixes.append([arc, fix, []])
            continue
        drops = []
        start_next, end_next = fix
        while start_next in fixers:
            drops.append(start_next)
            start_next, end_next = fixers[start_next]
            drops.append(end_next)
        fixes.append([arc, (arc[0], end_next[1]), drops + [start_next]])
    return sorted(fixes, key=lambda fix: fix[0])


branch = sys.argv[1] == "1"
cov = coverage.Coverage(branch=branch, data_file=None, config_file=False, source=["."])
cov.start()
with contextlib.redirect_stdout(sys.stderr):
    drive()
cov.stop()
data = cov.get_data()
name = next(name for name in data.measured_files() if name.endswith("tricky.py"))
analysis = cov._analyze(name)
reporter = cov._get_file_reporter(name)
reporter.lines()
excluded, arcs, no_branch = reporter.excluded_lines(), reporter.arcs(), reporter.no_branch_lines()
parser = reporter.parser
lines = getattr(parser, "multiline_map", None) or parser._multiline
numbers = analysis.numbers
missed = analysis.missing_branch_arcs() if branch else {}
json.dump({
    "coverage": coverage.__version__,
    "branch": branch,
    "statements": sorted(reporter.lines()),
    "excluded": sorted(excluded),
    "first_lines": sorted([line, first] for line, first in lines.items() if line != first),
    "branch_lines": [
        [line, count, [] if line in no_branch else sorted(b for a, b in arcs if a == line and b not in excluded)]
        for line, count in sorted(reporter.exit_counts().items()) if count > 1
    ],
    "jump_fixes": jump_fixes(parser),
    "lines": [] if branch else sorted(data.lines(name)),
    "arcs": sorted(data.arcs(name) or []),
    "expect": {
        "covered": sorted(analysis.statements & analysis.executed),
        "missing": sorted(analysis.missing),
        "missing_branches": sorted([a, b] for a, targets in missed.items() for b in targets),
        "counts": [numbers.n_statements, numbers.n_executed, numbers.n_excluded, numbers.n_branches,
                   numbers.n_executed_branches, numbers.n_partial_branches],
    },
}, sys.stdout)
