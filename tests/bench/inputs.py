"""Inputs for the benchmarks: one made-up project, the same every time, in every format that lacuna reads."""

import json
import random
import sqlite3
from pathlib import Path

PREFIX = "/srv/bench/"


class File:
    """One source file: its text, and what ran of it."""

    def __init__(self, shape, place, rng):
        self.text, self.module, self.functions = shape
        self.path = f"acme/area_{place % 89:02d}/part_{place // 89 % 29:02d}/module_{place:05d}.py"
        luck = rng.choice((0, 0.6, 0.9, 1, 1, 1))
        self.runs = luck > 0
        self.hits = []
        for _, _, _, body in self.functions:
            share = len(body) if rng.random() < 0.7 else rng.randint(1, len(body))
            self.hits.append(share if rng.random() < luck else 0)

    def executed(self):
        lines = list(self.module) if self.runs else []
        for (_, _, _, body), hit in zip(self.functions, self.hits):
            lines += body[:hit]
        return sorted(lines)

    def missing(self):
        ran = set(self.executed())
        return sorted(line for line in self.statements() if line not in ran)

    def statements(self):
        lines = list(self.module)
        for _, _, _, body in self.functions:
            lines += body
        return sorted(lines)


def shape(rng, lines):
    """The text of a file, the statements outside functions, and its functions: class, name, line of `def`, body."""
    text, module, functions = ['"""Docs."""', "", "import os", ""], [1, 3], []

    def add(line, into=None):
        text.append(line)
        if into is not None:
            into.append(len(text))

    while len(text) < lines - 20:
        group = f"Part{len(text)}"
        add(f"class {group}:", module)
        add('    """Docs."""', module)
        for number in range(rng.randint(3, 8)):
            add("")
            add(f"    def step_{number}(self, first, second=None, third=0):", module)
            start, body = len(text), []
            add("        # What is worked out here.")
            add("        total = first + third", body)
            for turn in range(rng.randint(3, 12)):
                kind = rng.random()
                if kind < 0.3:
                    add(f"        if second is not None and total > {turn}:", body)
                    add(f"            total += {turn} * first", body)
                elif kind < 0.5:
                    add("        # A remark on what follows." if kind < 0.4 else "")
                else:
                    add(f"        total = total * {turn} + (third or 1)", body)
            add("        return total", body)
            functions.append((group, f"{group}.step_{number}", start, body))
        add("")
    return "\n".join(text) + "\n", module, functions


def project(files, lines=165):
    """The project. A few dozen shapes are enough: what ran differs from file to file."""
    rng = random.Random(7)
    shapes = [shape(rng, max(40, int(lines * rng.lognormvariate(0, 0.5)))) for _ in range(48)]
    return [File(rng.choice(shapes), place, rng) for place in range(files)]


def summary(covered, missing):
    share = 100 * covered / (covered + missing) if covered + missing else 100
    return {
        "covered_lines": covered, "num_statements": covered + missing, "percent_covered": share,
        "percent_covered_display": f"{share:.0f}", "missing_lines": missing, "excluded_lines": 0,
        "percent_statements_covered": share, "percent_statements_covered_display": f"{share:.0f}",
    }  # fmt: skip


def region(ran, missed, start=None):
    made = {"executed_lines": ran, "summary": summary(len(ran), len(missed)), "missing_lines": missed, "excluded_lines": []}
    return made if start is None else made | {"start_line": start}


def write_json(path, files):
    meta = {"format": 3, "version": "7.17.3", "timestamp": "2026-01-01T00:00:00", "branch_coverage": False, "show_contexts": False}
    covered = missed = 0
    with open(path, "w") as out:
        out.write(f'{{"meta": {json.dumps(meta)}, "files": {{')
        for place, file in enumerate(files):
            ran, not_run = file.executed(), file.missing()
            covered, missed = covered + len(ran), missed + len(not_run)
            whole = region(ran, not_run)
            module = (file.module, []) if file.runs else ([], file.module)
            whole["functions"], groups = {}, {}
            for (group, name, start, body), hit in zip(file.functions, file.hits):
                whole["functions"][name] = region(body[:hit], body[hit:], start)
                of_group = groups.setdefault(group, ([], [], start))
                of_group[0].extend(body[:hit])
                of_group[1].extend(body[hit:])
            whole["functions"][""] = region(*module, 1)
            whole["classes"] = {group: region(*of_group) for group, of_group in groups.items()}
            out.write(f'{", " if place else ""}{json.dumps(file.path)}: {json.dumps(whole)}')
        out.write(f'}}, "totals": {json.dumps(summary(covered, missed))}}}')


def write_xml(path, files):
    head = '<coverage version="7.17.3" timestamp="1795218751613" line-rate="0.8" branches-valid="0" branch-rate="0" complexity="0">'
    with open(path, "w") as out:
        out.write(f'<?xml version="1.0" ?>\n{head}\n\t<sources>\n\t\t<source>{PREFIX[:-1]}</source>\n\t</sources>\n')
        out.write('\t<packages>\n\t\t<package name="acme" line-rate="0.8" branch-rate="0" complexity="0">\n\t\t\t<classes>\n')
        for file in files:
            ran = set(file.executed())
            name = Path(file.path).name
            out.write(f'\t\t\t\t<class name="{name}" filename="{file.path}" complexity="0" line-rate="0.8" branch-rate="0">\n')
            out.write("\t\t\t\t\t<methods/>\n\t\t\t\t\t<lines>\n")
            out.writelines(f'\t\t\t\t\t\t<line number="{line}" hits="{int(line in ran)}"/>\n' for line in file.statements())
            out.write("\t\t\t\t\t</lines>\n\t\t\t\t</class>\n")
        out.write("\t\t\t</classes>\n\t\t</package>\n\t</packages>\n</coverage>\n")


def write_lcov(path, files):
    with open(path, "w") as out:
        for file in files:
            ran, lines = set(file.executed()), file.statements()
            out.write(f"SF:{file.path}\n")
            out.writelines(f"DA:{line},{int(line in ran)}\n" for line in lines)
            out.write(f"LF:{len(lines)}\nLH:{len(ran)}\n")
            for (_, name, start, body), hit in zip(file.functions, file.hits):
                out.write(f"FN:{start},{body[-1]},{name}\nFNDA:{int(hit > 0)},{name}\n")
            hits = sum(hit > 0 for hit in file.hits)
            out.write(f"FNF:{len(file.functions)}\nFNH:{hits}\nend_of_record\n")


TABLES = """
PRAGMA journal_mode = off; PRAGMA synchronous = off;
CREATE TABLE coverage_schema (version integer);
CREATE TABLE meta (key text, value text, unique (key));
CREATE TABLE file (id integer primary key, path text, unique (path));
CREATE TABLE context (id integer primary key, context text, unique (context));
CREATE TABLE line_bits (file_id integer, context_id integer, numbits blob,
    foreign key (file_id) references file (id), foreign key (context_id) references context (id),
    unique (file_id, context_id));
CREATE TABLE arc (file_id integer, context_id integer, fromno integer, tono integer,
    foreign key (file_id) references file (id), foreign key (context_id) references context (id),
    unique (file_id, context_id, fromno, tono));
CREATE TABLE tracer (file_id integer primary key, tracer text, foreign key (file_id) references file (id));
INSERT INTO coverage_schema VALUES (7);
INSERT INTO meta VALUES ('version', '7.17.3'), ('has_arcs', '0');
INSERT INTO context VALUES (1, '');
"""


def numbits(lines):
    packed = bytearray(max(lines) // 8 + 1)
    for line in lines:
        packed[line >> 3] |= 1 << (line & 7)
    return bytes(packed)


def write_data(path, files, contexts, rows):
    """A data file with exactly so many contexts (the empty one apart) and rows: one row for the import of each file that
    ran, and the rest for tests, most of them in few files."""
    rng = random.Random(11)
    Path(path).unlink(missing_ok=True)
    base = sqlite3.connect(path)
    base.executescript(TABLES)
    name = "tests/unit/test_{:05d}.py::TestPart{}::test_case_{}[{}]|run".format
    base.executemany(
        "INSERT INTO context VALUES (?, ?)",
        ((n + 2, name(n // 20, n % 3, n % 20, n % 7)) for n in range(contexts)),
    )
    base.executemany("INSERT INTO file VALUES (?, ?)", ((n + 1, PREFIX + file.path) for n, file in enumerate(files)))
    ran = [n for n, file in enumerate(files) if file.runs and any(file.hits)]
    left = rows - len(ran)
    weights = [min(rng.paretovariate(1.1), 40) for _ in ran]
    scale = left / sum(weights)
    shares = [min(contexts, int(weight * scale)) for weight in weights]
    place = 0
    while sum(shares) < left:
        missing = left - sum(shares)
        for place in range(len(shares)):
            if missing and shares[place] < contexts:
                shares[place] += 1
                missing -= 1

    def all_rows():
        for n, share in zip(ran, shares):
            file = files[n]
            yield n + 1, 1, numbits(file.module)
            bodies = [body[:hit] for (_, _, _, body), hit in zip(file.functions, file.hits) if hit]
            for turn in range(share):
                context = (n * 37 + turn) % contexts + 2
                some = rng.sample(bodies, min(len(bodies), rng.randint(1, 4)))
                yield n + 1, context, numbits([line for body in some for line in body])

    base.executemany("INSERT INTO line_bits VALUES (?, ?, ?)", all_rows())
    base.commit()
    base.close()


def write_sources(root, files):
    for file in files:
        path = Path(root, file.path)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(file.text)


def source(lines):
    """The text of one file of about so many lines."""
    return shape(random.Random(3), lines)[0]


def write_results(folder, runs, tests):
    """JUnit XML of so many runs of so many tests, a file each: one test of a hundred fails now and then, one of five
    hundred for a while."""
    rng = random.Random(7)
    folder.mkdir(parents=True)
    for run in range(runs):
        day = f"2026-{run // 28 % 12 + 1:02d}-{run % 28 + 1:02d}T10:00:00+00:00"
        cases, bad = [], 0
        for test in range(tests):
            about = f'classname="tests.area_{test % 40}.test_part_{test // 40 % 50}" name="test_step_{test}"'
            fails = (test % 100 == 7 and rng.random() < 0.08) or (test % 500 == 11 and runs // 3 < run < runs // 2)
            bad += fails
            time = f'time="{rng.random() / 50:.3f}"'
            if fails:
                text = f"def test_step_{test}():\n>       assert {rng.random()} == 1\nE       assert {rng.random()} == 1"
                inside = f'<failure message="assert {rng.random()} == 1">{text}\n\ntest_part.py:{test}: AssertionError</failure>'
                cases.append(f"<testcase {about} {time}>{inside}</testcase>".replace(">       a", "&gt;       a"))
            else:
                cases.append(f"<testcase {about} {time} />")
        head = f'<testsuite name="pytest" errors="0" failures="{bad}" skipped="0" tests="{tests}" time="9.1" timestamp="{day}">'
        text = f'<?xml version="1.0" encoding="utf-8"?><testsuites name="pytest tests">{head}{"".join(cases)}</testsuite></testsuites>'
        (folder / f"run-{run:04d}.xml").write_text(text)
