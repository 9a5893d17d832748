//! Command lines as people mistype them: each is answered with what is wrong and with what to type.

use super::*;

/// The folder that the command is typed in.
#[derive(Clone, Copy, PartialEq)]
enum Here {
    /// The policy's own.
    Policy,
    /// The one above the policy `acme`.
    Above,
    /// One without any policy near.
    Elsewhere,
}

/// A command line, what is wrong with it, and what to type: a command, or a part of the message where it ends
/// with an ellipsis.
type Mistake = (Here, &'static str, &'static str, &'static str);

use Here::{Above, Elsewhere, Policy};

const MISTAKES: &[Mistake] = &[
    // Places.
    (Above, "plan", "no policy here", "seatwise -C acme plan"),
    (Above, "plan acme", "one word too many", "seatwise -C acme plan"),
    (Above, "validate acme", "one word too many", "seatwise -C acme validate"),
    (Above, "validate acme/seatwise.yaml", "one word too many", "seatwise -C acme validate"),
    (Above, "-C acmee plan", "there is no folder acmee", "seatwise -C acme plan"),
    (Above, "--dir=acmee plan", "there is no folder acmee", "seatwise -C acme plan"),
    (Above, "-Cacmee plan", "there is no folder acmee", "seatwise -C acme plan"),
    (Above, "-C empty plan", "there is no policy in empty", "seatwise -C acme plan"),
    (Above, "-C acme/exports plan", "there is no policy in acme/exports", "acme plan…"),
    (Above, "apply acme", "acme is a folder", "seatwise -C acme apply"),
    (Above, "apply acme/people.yaml", "a file of a policy", "seatwise -C acme apply"),
    (Above, "undo last acme", "one word too many", "seatwise -C acme undo last"),
    (Above, "drift acme", "one word too many", "seatwise -C acme drift"),
    (
        Above,
        "who can use microstation acme",
        "one word too many",
        "seatwise -C acme who can use microstation",
    ),
    (Above, "audit acme --policy", "one word too many", "seatwise -C acme audit --policy"),
    (Above, "audit --config acme", "no option `--config`", "seatwise -C acme audit"),
    (Above, "plan --live-from acme", "no option `--live-from`", "seatwise -C acme plan"),
    (Above, "plan --chdir=acme", "no option `--chdir`", "seatwise -C acme plan"),
    (Above, "sandbox init acme", "one word too many", "seatwise -C acme sandbox init"),
    (Above, "-C acme usage peaks acme/exports", "acme/exports", "`FOLDER/*.csv`…"),
    (Elsewhere, "plan", "no policy here", "seatwise -C FOLDER plan"),
    // Files.
    (Policy, "apply plan.json", "there is no file plan.json", "seatwise plan --out plan.json"),
    (Policy, "apply plan.txt", "there is no file plan.txt", "seatwise plan --out plan.txt"),
    (Policy, "apply broken.json", "cannot be used", "`seatwise plan --out FILE`…"),
    (Policy, "plan plan.json", "one word too many", "seatwise apply plan.json"),
    (Policy, "apply --plan plan.json", "no option `--plan`", "seatwise apply plan.json"),
    (Policy, "confirm exports", "is no folder that `work-order` wrote", "seatwise confirm FOLDER"),
    (Policy, "work-order", "made of a saved plan", "seatwise plan --out plan.json"),
    (Policy, "confirm", "which work order", "seatwise confirm FOLDER"),
    (Policy, "usage peaks usage.csv", "usage.csv", "without files, what was collected is counted…"),
    (Policy, "usage peaks --out peaks", "not clear from its name", "`.csv`…"),
    (Policy, "usage peaks --format csv --out peaks.html", "contradict each other", "leave `--format` out…"),
    // Words of other tools and of earlier versions.
    (Policy, "export out", "no command `export`", "seatwise import --out out"),
    (Above, "export out --from acme", "no command `export`", "seatwise -C acme import --out out"),
    (Policy, "destroy", "nothing is destroyed at once", "seatwise plan"),
    (Policy, "state list", "no state beside the organization", "seatwise review"),
    (Policy, "sync", "carried out by `apply`", "seatwise apply"),
    (Policy, "pull", "by `import`", "seatwise import --out FOLDER"),
    (Policy, "init", "a policy begins with", "seatwise import --out FOLDER"),
    (Policy, "fmt", "keeps the layout", "seatwise validate"),
    (Policy, "lint", "checked by `validate`", "seatwise validate"),
    (Policy, "diff", "shown by `plan`", "seatwise plan"),
    (Policy, "status", "shown by `drift`", "seatwise drift"),
    (Policy, "rollback", "is `undo`", "seatwise undo last"),
    (Policy, "apply --dry-run", "shown by `plan`", "seatwise plan"),
    (Policy, "apply --yes --dry-run", "shown by `plan`", "seatwise plan"),
    (Policy, "apply --auto-approve", "`--yes` answers", "seatwise apply --yes"),
    (Policy, "apply -auto-approve", "`--yes` answers", "seatwise apply --yes"),
    (Policy, "sandbox init --force", "`--yes` answers", "seatwise sandbox init --yes"),
    (Policy, "plan --json", "named by `--format`", "seatwise plan --format json"),
    (Policy, "audit -o findings.md", "named by `--out`", "seatwise audit --out findings.md"),
    (Policy, "audit --output json", "named by `--out`", "seatwise audit --format json"),
    (Policy, "plan --token abc", "never stands on the command line", "seatwise plan --token-file FILE"),
    (Policy, "peaks", "a command of `usage`", "seatwise usage peaks"),
    (Policy, "invoices --country PT", "a command of `billing`", "seatwise billing invoices --country PT"),
    // Typos.
    (Policy, "paln", "no command `paln`", "seatwise plan"),
    (Policy, "plan --formt json", "no option `--formt`", "seatwise plan --format json"),
    (Policy, "plan --format jsn", "no value `jsn`", "seatwise plan --format json"),
    (Policy, "usage peeks", "no command `peeks`", "seatwise usage peaks"),
    (Policy, "who can use openroads-desinger", "no product", "did you mean `openroads-designer`?…"),
    (Policy, "who has co-admin", "no role", "did you mean `co-administrator`?…"),
    (Policy, "what ana.sliva@harbour.example", "no user", "did you mean `ana.silva@harbour.example`?…"),
    (Policy, "audit --explain open-exposur", "no rule", "did you mean `open-exposure`?…"),
    (Policy, "undo lst", "no run", "did you mean `last`?…"),
    // Days.
    (Policy, "plan --as-of 30.11.2026", "did you mean", "`2026-11-30`…"),
    (Policy, "plan --as-of 2026-11-31", "did you mean", "`2026-11-30`…"),
    (Policy, "plan --as-of tomorrow", "write a day as", "`today`…"),
    (Policy, "usage peaks --from 2026-Q4", "2026-Q4", "`2026Q4`…"),
    (Policy, "usage peaks --from 11/30/2026", "did you mean", "`2026-11-30`…"),
    (Policy, "usage peaks --from 30d", "did you mean", "`-30d`…"),
    (
        Policy,
        "usage peaks --since 2026-11-01",
        "begins with `--from`",
        "seatwise usage peaks --from 2026-11-01",
    ),
    (
        Policy,
        "usage peaks --month 2026-11",
        "named by its ends",
        "seatwise usage peaks --from 2026-11 --to 2026-11",
    ),
    (Policy, "plan 2026-12-01", "one word too many", "seatwise plan --as-of 2026-12-01"),
    // Order of words.
    (Policy, "who can", "a question of `who`", "seatwise who can use PRODUCT"),
    (
        Policy,
        "what ana.silva@harbour.example microstation",
        "one word too many",
        "seatwise why ana.silva@harbour.example microstation",
    ),
    (Policy, "what microstation", "is a product", "`seatwise who can use microstation`…"),
    (Policy, "who co-administrator", "a question of `who`", "seatwise who has co-administrator"),
    (Policy, "why ana.silva@harbour.example", "which product", "seatwise what ana.silva@harbour.example"),
    (Policy, "why microstation", "whom it is about", "seatwise who can use microstation"),
    (Policy, "undo", "which run", "seatwise undo last"),
    (Policy, "what Ana Silva", "one word too many", "seatwise what 'Ana Silva'"),
];

/// A policy `acme` that was applied, with the folders beside it and in it that mistakes are made with.
fn folders_with_a_policy() -> (tempfile::TempDir, tempfile::TempDir) {
    let (above, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let acme = above.path().join("acme");
    for folder in ["acme/exports", "empty"] {
        std::fs::create_dir_all(above.path().join(folder)).unwrap();
    }
    acme::copy_folder(&crate::folders::repository_path("examples/quickstart"), &acme);
    std::fs::copy(
        crate::folders::repository_path("tests/usage/checkouts.csv"),
        acme.join("exports/checkouts.csv"),
    )
    .unwrap();
    std::fs::write(acme.join("broken.json"), "{}").unwrap();
    run_in(&acme, &["apply", "--yes"]).assert_exit(0, &[]);
    (above, elsewhere)
}

fn run_in(folder: &Path, words: &[&str]) -> ProgramOutcome {
    let mut program = Command::new(env!("CARGO_BIN_EXE_seatwise"));
    let program = program
        .env_clear()
        .env("XDG_STATE_HOME", crate::state_home::state_home())
        .env("SEATWISE_NOW", "2026-11-24T09:12:00Z")
        .env("PATH", "/usr/bin:/bin");
    let Output { status, stdout, stderr } =
        program.current_dir(folder).args(words).stdin(std::process::Stdio::null()).output().unwrap();
    ProgramOutcome {
        code: status.code().unwrap(),
        out: String::from_utf8(stdout).unwrap(),
        err: String::from_utf8(stderr).unwrap(),
    }
}

#[test]
fn mistake_is_answered_with_what_is_wrong_and_what_to_type() {
    assert!(MISTAKES.len() >= 60);
    let (above, elsewhere) = folders_with_a_policy();
    let acme = above.path().join("acme");
    let mut failures = Vec::new();
    for (here, line, wrong, right) in MISTAKES {
        let folder = match here {
            Policy => acme.as_path(),
            Above => above.path(),
            Elsewhere => elsewhere.path(),
        };
        let words: Vec<&str> = line.split(' ').collect();
        let said = run_in(folder, &words);
        let typed = match right.strip_suffix('…') {
            Some(part) => said.err.contains(part),
            None => said.err.lines().any(|line| line.strip_prefix("  type: ") == Some(right)),
        };
        if said.code == 0 || !said.err.contains(wrong) || !typed {
            failures.push(format!(
                "`{line}` ({}) says neither `{wrong}` nor `{right}`:\n{}",
                said.code, said.err
            ));
        }
    }
    assert!(failures.is_empty(), "{} of {}:\n{}", failures.len(), MISTAKES.len(), failures.join("\n"));
}

/// Every command that is proposed is understood, and no mistake is answered with the same one.
#[test]
fn what_is_to_be_typed_is_a_command_line() {
    let proposed = MISTAKES.iter().map(|(.., right)| right).filter(|right| !right.ends_with('…'));
    for line in proposed {
        let words = shlex::split(line).unwrap();
        let parsed = seatwise::cli::command_line().try_get_matches_from(words);
        assert!(parsed.is_ok(), "`{line}` is not understood: {}", parsed.unwrap_err());
    }
}

/// What is typed may be a secret, and what is printed stands in the logs of CI.
#[test]
fn secret_in_a_mistyped_line_is_not_printed() {
    let (above, _) = folders_with_a_policy();
    for line in [
        "-C acme plan --token s3cret-word",
        "-C acme plan --token=s3cret-word",
        "-C acme apply --client-secret s3cret-word",
        "plan acme --url https://admin:s3cret-word@firm.example/api",
    ] {
        let said = run_in(above.path(), &line.split(' ').collect::<Vec<_>>());
        let all = format!("{}{}", said.out, said.err);
        assert!(said.code == 64 && all.contains("  type: ") && !all.contains("s3cret-word"), "{line}: {all}");
    }
}

/// Words in another order that can only mean one question are that question.
#[test]
fn question_in_another_order_is_understood_where_it_can_only_be_meant_so() {
    let (above, _) = folders_with_a_policy();
    let acme = above.path().join("acme");
    for (typed, meant) in [
        ("who microstation can use", "who can use microstation"),
        ("who use microstation", "who can use microstation"),
        ("who can microstation use --policy", "who can use microstation --policy"),
        ("who in designers", "who is in designers"),
        ("who designers is in", "who is in designers"),
        ("who download has", "who has download"),
        (
            "why microstation ana.silva@harbour.example --format json",
            "why ana.silva@harbour.example microstation --format json",
        ),
    ] {
        let [typed, meant] = [typed, meant].map(|line| run_in(&acme, &line.split(' ').collect::<Vec<_>>()));
        assert_eq!((meant.code, &typed.out), (0, &meant.out), "{}", typed.err);
    }
}
