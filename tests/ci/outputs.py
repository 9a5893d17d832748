#!/usr/bin/env python3
"""Holds what two builds of seatwise write against each other, byte by byte: the proof that a change of the
code changed nothing else.

    python3 tests/ci/outputs.py OLD NEW              makes the outputs of both programs and compares them
    python3 tests/ci/outputs.py --keep FOLDER NEW    makes the outputs of one and leaves them in FOLDER

OLD and NEW are programs, or folders of outputs that `--keep` left. Outputs are every report in every format,
exit codes and messages, saved plans, journals, snapshots, sandbox files, the answers of the served organization,
work orders, exports, schemas, help and manual pages: of all examples, of the change and the broken policy in
`tests/`, of a generated firm with a year of use, and, where they are (`../shared/data`), of the real-shape data.

The clock stands still (`SEATWISE_NOW`). Steps that are carried out at the same time end in any order, and the
organization numbers people in the order in which they come; so in what is written of a run, and there alone,
people and groups stand by name instead of by number, and lines are sorted. Ports are left out.

Standard library only. Exits with 0 where nothing differs, and names every file that does.
"""
import argparse
import filecmp
import json
import os
import pathlib
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
DATA = REPOSITORY.parent / "shared" / "data"
NOW = "2026-11-24T09:12:00Z"
LATER = "2026-11-24T10:00:00Z"


class Recorder:
    """Runs one program in one work folder, and writes down all that comes of it."""

    def __init__(self, program, work, out):
        self.program, self.work, self.out = str(program), work, out
        self.env = {
            "PATH": os.environ["PATH"],
            "HOME": str(work / "home"),
            "LANG": "C.UTF-8",
            "NO_COLOR": "1",
            "GIT_CONFIG_NOSYSTEM": "1",
            "SEATWISE_NOW": NOW,
            # One thread, so that steps that may be carried out at the same time end in one order.
            "TOKIO_WORKER_THREADS": "1",
            "CI": "true",
        }
        (work / "home").mkdir(parents=True)

    def run(self, name, *words, cwd=None, env=None, stdout=True, succeeds=False):
        """Runs the program and keeps its output, messages and exit code as `name`.

        A run that later ones rest on `succeeds`, or there is nothing to compare: then the script ends.
        """
        came = subprocess.run(
            [self.program, *map(str, words)], cwd=cwd or self.work, env=self.env | (env or {}),
            stdin=subprocess.DEVNULL, capture_output=True,
        )
        if succeeds and came.returncode != 0:
            sys.exit(f"{name} failed with {came.returncode}: {' '.join(map(str, words))}\n{came.stderr.decode()}")
        path = self.out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if stdout:
            path.with_name(path.name + ".out").write_bytes(came.stdout)
        path.with_name(path.name + ".err").write_bytes(came.stderr + f"exit code {came.returncode}\n".encode())
        return came

    def keep(self, name, source):
        """Keeps a file or folder; a database as its rows, a journal as its records."""
        source = pathlib.Path(source)
        if source.is_dir():
            for path in sorted(path for path in source.rglob("*") if path.is_file()):
                if ".git" not in path.relative_to(source).parts:
                    self.keep(f"{name}/{path.relative_to(source)}", path)
            return
        target = self.out / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.suffix == ".db":
            target.with_name(target.name + ".rows").write_text(rows_of(source))
        elif source.suffix == ".jsonl":
            target.write_text(records_of(source.read_text(), names_by_number(source.parent.parent)))
        elif source.name.endswith(".snapshot.json"):
            target.write_text(by_name(source.read_text(), names_by_number(source.parent.parent)))
        elif source.suffix not in (".db-wal", ".db-shm"):
            shutil.copyfile(source, target)

    def folder(self, name, *sources):
        """A policy folder in the work folder, put together from `sources`, in Git, with one commit for each of them."""
        folder = self.work / name
        for number, source in enumerate(sources, 1):
            copy_policy(source, folder)
            self.commit(folder, f"2026-{9 + number:02}-0{number}T08:00:00Z", f"State {number}")
        return folder

    def commit(self, folder, date, message):
        env = self.env | {f"GIT_{who}_{what}": text for who in ("AUTHOR", "COMMITTER")
                          for what, text in (("NAME", "Maria Fonseca"), ("EMAIL", "maria@acme.example"), ("DATE", date))}
        git = lambda *words: subprocess.run(["git", "-C", folder, *words], env=env, check=True, stdout=subprocess.DEVNULL)
        if not (folder / ".git").exists():
            git("init", "--quiet", "--initial-branch=main")
            (folder / ".gitignore").write_text(".seatwise/\n")
        git("add", "--all")
        git("commit", "--quiet", "--allow-empty", "--message", message)


def copy_policy(source, folder):
    """Copies the files of a policy over those of a folder."""
    # Not with their times: Git takes a file of the same size, time and second for one that has not changed.
    ignored = shutil.ignore_patterns(".seatwise", "demo.sh")
    shutil.copytree(source, folder, dirs_exist_ok=True, ignore=ignored, copy_function=shutil.copyfile)


def names_by_number(folder):
    """What the organization's numbers (`u-7`, `g-2`) stand for, from the databases in a folder."""
    names = {}
    for path in sorted(folder.glob("*.db")):
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
            names |= dict(database.execute("select live, email from users union all select live, name from groups"))
    return names


def by_name(text, names):
    return re.sub(r"\b[ug]-\d+\b", lambda number: names.get(number[0], "somebody who left"), text)


def records_of(journal, names):
    """A journal's records, sorted: without their checksums, which hang on the order."""
    records = (json.loads(line) for line in journal.splitlines())
    lines = (by_name(json.dumps(record["r"], sort_keys=True), names) for record in records)
    return re.sub(r'("snapshot_file": )"[0-9a-f]+"', r"\1…", "\n".join(sorted(lines)))


def rows_of(path):
    """A database as text: its tables, and the rows of each, sorted, with names in place of numbers."""
    names = names_by_number(path.parent)
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
        tables = database.execute("select name, sql from sqlite_master order by name").fetchall()
        text = [sql for _, sql in tables if sql]
        known = {"users": "email", "groups": "name"}
        called = {table: dict(database.execute(f"select id, {column} from {table}")) for table, column in known.items()}
        for table in (name for name, sql in tables if sql and sql.startswith("CREATE TABLE")):
            columns = [row[1] for row in database.execute(f"pragma table_info({table})")]
            refers = {row[3]: row[2] for row in database.execute(f"pragma foreign_key_list({table})")}
            # Digests of a write, and of the plan in a run's name, hang on numbers, too.
            numbered = {
                "users": {"id", "live"}, "groups": {"id", "live"}, "audit": {"number"}, "outbox": {"number"}, "answers": {"act"},
            }.get(table, set())
            lines = []
            for row in database.execute(f"select * from {table}"):
                cells = {c: called.get(refers.get(c), {}).get(v, v) for c, v in zip(columns, row) if c not in numbered}
                lines.append(by_name(f"{table} {cells}", names))
            text += sorted(lines)
    return re.sub(r"(\d{8}T\d{6}Z)-[0-9a-f]{6}", r"\1-…", "\n".join(text))


def sorted_lists(value):
    """A JSON value with its lists sorted, and without what counts the order of writes."""
    if isinstance(value, dict):
        return {key: sorted_lists(inner) for key, inner in value.items() if key not in ("number", "key")}
    if isinstance(value, list):
        return sorted((sorted_lists(inner) for inner in value), key=lambda inner: json.dumps(inner, sort_keys=True))
    return value


def names_of(rec, folder):
    """A few users, products and groups of the policy, as its sandbox shows them, without the program under test deciding which."""
    seatwise = folder / ".seatwise"
    for path in sorted(seatwise.glob("*.db")):
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
            tables = {row[0] for row in database.execute("select name from sqlite_master where type = 'table'")}
            pick = lambda table, column: [row[0] for row in database.execute(f"select {column} from {table} order by {column}")] if table in tables else []
            return pick("users", "email"), pick("products", "name"), pick("groups", "name")
    sys.exit(f"{folder} has no organization to ask about")


def spread(names, count):
    """`count` of `names`, far from each other."""
    return names[:: max(1, len(names) // count)][:count] if names else []


def reports(rec, name, folder):
    """Every question that can be asked of a policy and its organization."""
    for form in ("text", "short"):
        rec.run(f"{name}/validate-{form}", "-C", folder, "validate", "--format", form)
    for form in ("text", "json", "markdown"):
        rec.run(f"{name}/plan-{form}", "-C", folder, "plan", "--format", form)
    rec.run(f"{name}/plan-full", "-C", folder, "plan", "--full", "--detailed-exitcode")
    rec.run(f"{name}/plan-color", "-C", folder, "plan", "--color", "always")
    rec.run(f"{name}/plan-other-day", "-C", folder, "plan", "--as-of", "2027-02-01")
    for form in ("text", "json", "markdown", "sarif", "github"):
        rec.run(f"{name}/audit-{form}", "-C", folder, "audit", "--format", form)
        rec.run(f"{name}/audit-policy-{form}", "-C", folder, "audit", "--policy", "--format", form)
    rec.run(f"{name}/drift", "-C", folder, "drift")


def answers(rec, name, folder):
    users, products, groups = names_of(rec, folder)
    for product in spread(products, 4):
        for extra in ([], ["--policy"], ["--compare"], ["--format", "json"]):
            rec.run(f"{name}/who-can-use/{product}{''.join(extra)}", "-C", folder, "who", "can", "use", product, *extra)
    for group in spread(groups, 3):
        rec.run(f"{name}/who-is-in/{group.replace('/', '%')}", "-C", folder, "who", "is", "in", group)
    for role in ("co-administrator", "download"):
        rec.run(f"{name}/who-has/{role}", "-C", folder, "who", "has", role)
    for user in spread(users, 4):
        rec.run(f"{name}/what/{user}", "-C", folder, "what", user)
        rec.run(f"{name}/what/{user}-json", "-C", folder, "what", user, "--format", "json")
        for product in spread(products, 3):
            rec.run(f"{name}/why/{user}/{product}", "-C", folder, "why", user, product)
            rec.run(f"{name}/why/{user}/{product}-json", "-C", folder, "why", user, product, "--policy", "--format", "json")
    rec.run(f"{name}/who-nobody", "-C", folder, "who", "can", "use", "no-such-product")
    rec.run(f"{name}/history", "-C", folder, "history", "--from", "2026-01-01")
    rec.run(f"{name}/history-json", "-C", folder, "history", "--from", "2026-01-01", "--format", "json")
    rec.run(f"{name}/review", "-C", folder, "review")
    for form in ("html", "csv", "json", "pdf"):
        rec.run(f"{name}/review-{form}", "-C", folder, "review", "--out", rec.work / f"review.{form}")
        rec.keep(f"{name}/review.{form}", rec.work / f"review.{form}")


def the_way_there_and_back(rec, name, folder):
    """Makes the sandbox, plans, applies, looks at everything, and undoes."""
    rec.run(f"{name}/init", "-C", folder, "sandbox", "init")  # Refused where there is one already.
    reports(rec, f"{name}/before", folder)
    rec.run(f"{name}/plan-out", "-C", folder, "plan", "--out", folder / "plan.json")
    rec.keep(f"{name}/plan.json", folder / "plan.json")
    digest = json.loads((folder / "plan.json").read_text())["digest"]
    order = rec.work / f"{folder.name}-order"
    # Where guards refuse, they say so; the digest then lets this one plan pass.
    rec.run(f"{name}/work-order-unapproved", "work-order", folder / "plan.json", "--out", order, cwd=folder)
    shutil.rmtree(order, ignore_errors=True)
    rec.run(f"{name}/work-order", "work-order", folder / "plan.json", "--out", order, "--approve", digest, cwd=folder, succeeds=True)
    rec.keep(f"{name}/work-order", order)
    rec.run(f"{name}/confirm-before", "confirm", order, cwd=folder)
    rec.run(f"{name}/apply-other", "apply", folder / "plan.json", "--yes", "--approve", "00000000", cwd=folder)
    rec.run(f"{name}/apply", "apply", folder / "plan.json", "--yes", "--approve", digest, cwd=folder, succeeds=True)
    rec.run(f"{name}/apply-again", "apply", folder / "plan.json", "--yes", cwd=folder)
    for form in ("text", "json"):
        rec.run(f"{name}/confirm-{form}", "confirm", order, "--format", form, cwd=folder)
    (folder / "plan.json").unlink()
    reports(rec, f"{name}/after", folder)
    answers(rec, f"{name}/answers", folder)
    rec.run(f"{name}/show", "-C", folder, "sandbox", "show")
    log = rec.run(f"{name}/show-log", "-C", folder, "sandbox", "show", "--outbox", "--audit", 100000, stdout=False).stdout.decode()
    (rec.out / f"{name}/show-log.lines").write_text("\n".join(sorted(re.sub(r"^\d+ |-\d+\)$", "", line) for line in log.splitlines())))
    exported = rec.work / f"{folder.name}-exported"
    rec.run(f"{name}/import", "-C", folder, "import", "--out", exported)
    rec.keep(f"{name}/exported", exported)
    rec.run(f"{name}/import-plan", "-C", exported, "plan")
    rec.keep(f"{name}/applied", folder / ".seatwise")
    undo(rec, name, folder)


def undo(rec, name, folder):
    """The way back from the first run. Its plan names people by number, so its digest is left out."""
    run = min((folder / ".seatwise" / "journal").glob("*.jsonl")).stem
    later = {"SEATWISE_NOW": LATER}
    shown = rec.run(f"{name}/undo-asked", "-C", folder, "undo", run, env=later).stdout.decode()
    found = re.search(r"^Plan ([0-9a-f]{8}):", shown, re.M)
    if not found:
        sys.exit(f"{name}: the way back has no plan\n{shown}")
    digest = found[1]
    rec.run(f"{name}/undo", "-C", folder, "undo", run, "--yes", "--approve", digest, env=later, succeeds=True)
    for path in (rec.out / name).glob("undo*"):
        path.write_bytes(path.read_bytes().replace(digest.encode(), b"DIGEST").replace(digest[:6].encode(), b"DIGEST"))
    for database in (folder / ".seatwise").glob("*.db"):
        rec.keep(f"{name}/undone/{database.name}", database)


def change(rec, name, folder, changed):
    """What a pull request with the files of `changed` does to a policy that is applied."""
    rec.run(f"{name}/fill", "-C", folder, "sandbox", "init", "--fill")
    copy_policy(changed, folder)
    rec.commit(folder, "2026-11-20T08:00:00Z", "A change of each kind")
    reports(rec, f"{name}/before", folder)
    answers(rec, f"{name}/answers", folder)
    the_way_there_and_back(rec, f"{name}/way", folder)


def use(rec, name, folder):
    """A firm of 300 people that works for nine months, and everything that is told of its use and its invoices."""
    rec.run(f"{name}/init", "-C", folder, "sandbox", "init", "--users", 300, "--seed", 7, "--yes")
    exports = rec.work / "exports"
    rec.run(f"{name}/generate", "-C", folder, "sandbox", "generate-usage", "--months", 9, "--exports", exports)
    rec.keep(f"{name}/exports", exports)
    files = sorted(exports.glob("*.csv"))
    for report in ("peaks", "daily", "users", "machines", "inactive", "forecast", "advise"):
        for form in ("text", "csv", "json"):
            rec.run(f"{name}/{report}-{form}", "-C", folder, "usage", report, *files, "--format", form)
        for form in ("html", "pdf"):
            page = rec.work / f"{report}.{form}"
            rec.run(f"{name}/{report}-{form}", "-C", folder, "usage", report, *files, "--out", page)
            rec.keep(f"{name}/{report}.{form}", page)
    rec.run(f"{name}/peaks-who", "-C", folder, "usage", "peaks", *files, "--who")
    rec.run(f"{name}/collect", "-C", folder, "usage", "collect", *files)
    rec.run(f"{name}/collect-live", "-C", folder, "usage", "collect", "--live")
    rec.run(f"{name}/peaks-collected", "-C", folder, "usage", "peaks")
    rec.run(f"{name}/audit-usage", "-C", folder, "audit", *(word for file in files for word in ("--usage", file)))
    for question in ("peaks", "daily", "users", "machines"):
        for dialect in ("duckdb", "datafusion", "clickhouse", "spark"):
            rec.run(f"{name}/sql-{question}-{dialect}", "-C", folder, "usage", "sql", question, "--dialect", dialect)
    for report in ("invoices", "payments", "overages"):
        for form in ("text", "csv", "json"):
            rec.run(f"{name}/billing-{report}-{form}", "-C", folder, "billing", report, "--format", form)
        for form in ("html", "pdf"):
            page = rec.work / f"billing-{report}.{form}"
            rec.run(f"{name}/billing-{report}-{form}", "-C", folder, "billing", report, "--out", page)
            rec.keep(f"{name}/billing-{report}.{form}", page)
    reports(rec, f"{name}/reports", folder)
    answers(rec, f"{name}/answers", folder)
    rec.run(f"{name}/firm-imported", "-C", folder, "import", "--out", rec.work / "firm")
    rec.keep(f"{name}/firm", rec.work / "firm")
    rec.run(f"{name}/firm-plan", "-C", rec.work / "firm", "plan")


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def served(rec, name, folder, path=""):
    """The organization over HTTP or SCIM: what a policy does to it, and what its service answers."""
    token, log = rec.work / "token", rec.work / "served"
    port = free_port()
    with open(log, "wb") as printed, open(rec.work / "served.log", "wb") as told:
        server = subprocess.Popen(
            [rec.program, "-C", str(folder), "sandbox", "serve", "--listen", f"127.0.0.1:{port}", "--token-file", str(token)],
            env=rec.env, cwd=rec.work, stdin=subprocess.DEVNULL, stdout=printed, stderr=told,
        )
    try:
        for _ in range(600):
            if b" is served at " in log.read_bytes() or server.poll() is not None:
                break
            time.sleep(0.05)
        base = f"http://127.0.0.1:{port}"
        reached = {"SEATWISE_URL": base + path, "SEATWISE_TOKEN_FILE": str(token)}

        def ask(label, url):
            request = urllib.request.Request(base + url, headers={"Authorization": f"Bearer {token.read_text().strip()}"})
            try:
                with urllib.request.urlopen(request) as answer:
                    text = answer.read()
            except urllib.error.HTTPError as error:
                text = f"{error.code}\n".encode() + error.read()
            target = rec.out / f"{name}/answers/{label}"
            target.parent.mkdir(parents=True, exist_ok=True)
            text = text.replace(base.encode(), b"http://HERE")
            try:
                told = by_name(text.decode(), names_by_number(folder / ".seatwise"))
                text = json.dumps(sorted_lists(json.loads(told)), indent=1, ensure_ascii=False).encode()
            except ValueError:
                pass
            target.write_bytes(text)

        rec.run(f"{name}/plan", "-C", folder, "plan", env=reached)
        rec.run(f"{name}/plan-out", "-C", folder, "plan", "--out", folder / "plan.json", env=reached)
        rec.keep(f"{name}/plan.json", folder / "plan.json")
        rec.run(f"{name}/apply", "apply", folder / "plan.json", "--yes", cwd=folder, env=reached)
        rec.run(f"{name}/plan-again", "-C", folder, "plan", env=reached)
        rec.run(f"{name}/drift", "-C", folder, "drift", env=reached)
        rec.run(f"{name}/audit", "-C", folder, "audit", env=reached)
        exported = rec.work / f"{folder.name}-exported"
        rec.run(f"{name}/import", "-C", folder, "import", "--out", exported, env=reached)
        rec.keep(f"{name}/exported", exported)
        with open(REPOSITORY / "schema" / "organization-api.json") as document:
            for url in json.load(document)["paths"]:
                if "{" not in url:
                    ask("v1/" + url.strip("/").replace("/", "-"), url)
        for service in ("/scim/v2", "/scim/bentley"):
            for resource in ("Users", "Groups", "Schemas", "ResourceTypes", "ServiceProviderConfig", "Users?count=0"):
                ask(f"{service.strip('/').replace('/', '-')}/{resource.replace('?', '-')}", f"{service}/{resource}")
        rec.keep(f"{name}/journal", folder / ".seatwise" / "journal")
    finally:
        server.terminate()
        server.wait()
    # Ports and tokens differ by design; nothing else may.
    for file in sorted((rec.out / name).rglob("*")):
        if file.is_file() and str(port).encode() in file.read_bytes():
            file.write_bytes(file.read_bytes().replace(f"127.0.0.1:{port}".encode(), b"HERE"))


def commands(rec):
    """Help, manual pages, completions, schemas."""
    rec.run("help/version", "--version")
    rec.run("help/all", "--help")
    listed = rec.run("help/short", "-h").stdout.decode()
    names = [line.split()[0] for line in listed.split("Commands:")[1].split("\n\n")[0].splitlines() if line.strip()]
    for name in names:
        text = rec.run(f"help/{name}", name, "--help").stdout.decode()
        if "Commands:" in text:
            for sub in (line.split()[0] for line in text.split("Commands:")[1].split("\n\n")[0].splitlines() if line.startswith("  ") and line[2] != " "):
                rec.run(f"help/{name}-{sub}", name, sub, "--help")
    rec.run("help/man", "man", "--out", rec.work / "man")
    rec.keep("help/man", rec.work / "man")
    for shell in ("bash", "zsh", "fish", "elvish", "powershell"):
        rec.run(f"help/completions-{shell}", "completions", shell)
    rec.run("schema/out", "schema", "--out", rec.work / "schema")
    rec.keep("schema", rec.work / "schema")
    for words in (["plann"], ["plan", "no-such-folder"], ["apply", "no-plan.json"], ["undo", "20261124T091207Z-7f3c91"], ["usage", "peaks", "none.csv"]):
        rec.run("mistakes/" + "-".join(words), *words)


def record(program, work, out):
    rec = Recorder(program, work, out)
    commands(rec)
    examples = REPOSITORY / "examples"
    for example in ("quickstart", "acme-engineering"):
        the_way_there_and_back(rec, example, rec.folder(example, examples / example))
    change(rec, "acme-change", rec.folder("changed", examples / "acme-engineering"), REPOSITORY / "tests" / "acme-change")
    broken = rec.folder("broken", REPOSITORY / "tests" / "broken-acme")
    for form in ("text", "short"):
        rec.run(f"broken/validate-{form}", "-C", broken, "validate", "--format", form)
    rec.run("broken/color", "-C", broken, "validate", "--color", "always")
    served(rec, "http", rec.folder("http", examples / "http"))
    served(rec, "scim", rec.folder("scim", examples / "scim"), "/scim/v2")
    use(rec, "use", rec.folder("use", examples / "acme-engineering"))
    if DATA.exists():
        generated = work / "generated"
        subprocess.run(
            [sys.executable, DATA / "generate_policy.py", generated, *"--users 300 --groups 40 --products 30 --grants 1500 --files 5 --seed 3 --churn 5".split()],
            check=True, stdout=subprocess.DEVNULL,
        )
        the_way_there_and_back(rec, "generated", rec.folder("generated-policy", generated / "before", generated / "after"))
        real = DATA / "real-org"
        the_way_there_and_back(rec, "real-2026", rec.folder("real-2026", real / "2026"))
        change(rec, "real-2023", rec.folder("real-2023", real / "2023-08-before"), real / "2023-08-after")
    else:
        print(f"no real-shape data at {DATA}: the examples only")


def differences(old, new):
    """The files that one side alone has, or that are not the same to the byte."""
    files = lambda folder: {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}
    left, right = files(old), files(new)
    found = [f"only in the old: {path}" for path in sorted(left - right)] + [f"only in the new: {path}" for path in sorted(right - left)]
    found += [f"differs: {path}" for path in sorted(left & right) if not filecmp.cmp(old / path, new / path, shallow=False)]
    return found, len(left & right)


def outputs(program, root, name):
    """The outputs of a program, or a folder that has them."""
    program = pathlib.Path(program).resolve()
    if program.is_dir():
        return program
    # The same paths for both programs: paths stand in outputs.
    work, out = root / "work", root / name
    out.mkdir()
    begun = time.monotonic()
    record(program, work, out)
    shutil.rmtree(work)
    print(f"{name}: {sum(path.is_file() for path in out.rglob('*'))} outputs in {time.monotonic() - begun:.0f} s")
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("programs", nargs="+")
    parser.add_argument("--keep", type=pathlib.Path)
    arguments = parser.parse_args()
    # A folder without a random part in its name, as paths stand in outputs.
    root = pathlib.Path(tempfile.gettempdir()) / "seatwise-outputs"
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir()
    try:
        if arguments.keep:
            shutil.copytree(outputs(arguments.programs[0], root, "new"), arguments.keep)
            return 0
        if len(arguments.programs) != 2:
            parser.error("two programs are compared")
        old, new = (outputs(program, root, name) for program, name in zip(arguments.programs, ("old", "new")))
        found, same = differences(old, new)
    finally:
        shutil.rmtree(root, ignore_errors=True)
    print("\n".join(found))
    print(f"{same} outputs compared, {len(found)} differences")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
