//! The exit codes of the program.

use std::process::ExitCode;

/// How a command ended. The codes are stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exit {
    /// Nothing to do, or everything done.
    Done = 0,
    /// The command could not run: connection, authentication, file.
    CouldNotRun = 1,
    /// There are differences, and the command was asked whether there are.
    Differs = 2,
    /// Problems in the policy.
    Problems = 3,
    /// A guard refused.
    Refused = 4,
    /// Applied in part.
    InPart = 5,
    /// The saved plan is stale, edited or not the approved one.
    Stale = 6,
    /// `audit`: there are findings of `--fail-on` or worse.
    Findings = 7,
    /// Lines of the exports are damaged, and the figures are without them.
    Damaged = 8,
    /// Something that the policy manages could not be compared.
    NotCompared = 9,
    /// A bad command line.
    Usage = 64,
}

/// The exit codes in the order of the table, with what each means.
const MEANINGS: [(Exit, &str); 11] = [
    (Exit::Done, "nothing to do, or everything done"),
    (Exit::CouldNotRun, "could not run: connection, authentication, file"),
    (
        Exit::Differs,
        "there are changes (`plan --detailed-exitcode`), there is drift (`drift`), not all is done \
            (`confirm`), or something was billed otherwise (`billing overages`)",
    ),
    (Exit::Problems, "problems in the policy"),
    (Exit::Refused, "a guard refused"),
    (Exit::InPart, "applied in part: `seatwise resume`, or plan again"),
    (
        Exit::Stale,
        "the saved plan is stale, edited or not the approved one, so that nothing (more) of it can be done",
    ),
    (Exit::Findings, "there are findings at or above `--fail-on` (`audit`)"),
    (Exit::Damaged, "damaged lines were left out of a figure"),
    (Exit::NotCompared, "something that the policy manages could not be compared"),
    (Exit::Usage, "bad command line"),
];

/// The order in which one code is taken where several hold.
const ORDER: [Exit; 11] = [
    Exit::Usage,
    Exit::CouldNotRun,
    Exit::Problems,
    Exit::Stale,
    Exit::Refused,
    Exit::NotCompared,
    Exit::InPart,
    Exit::Damaged,
    Exit::Findings,
    Exit::Differs,
    Exit::Done,
];

impl Exit {
    /// Returns the one of two ways to end that the program's exit code tells.
    pub(super) fn first_of(self, other: Self) -> Self {
        ORDER.into_iter().find(|exit| [self, other].contains(exit)).unwrap_or(self)
    }
}

/// Returns the table of exit codes, as help shows it.
pub(super) fn exit_code_table() -> String {
    let line = |(exit, meaning): &(Exit, &str)| format!("\n  {:>2}  {meaning}", *exit as u8);
    let several: Vec<String> = ORDER.iter().map(|exit| (*exit as u8).to_string()).collect();
    format!(
        "Exit codes:{}\nWhere several hold, the first of {}.",
        MEANINGS.iter().map(line).collect::<String>(),
        several.join(", ")
    )
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
