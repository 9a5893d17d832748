//! The exit codes of the program.

use std::process::ExitCode;

/// How a command ended. The codes are stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exit {
    /// Nothing to do, or everything done.
    Done = 0,
    /// The command could not run: connection, authentication, file.
    CouldNotRun = 1,
    /// `plan --detailed-exitcode`: there are changes; `drift`: there is drift; `confirm`: not all is done.
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
    /// `usage`: lines of the exports are damaged, and the figures are without them.
    Damaged = 8,
    /// A bad command line.
    Usage = 64,
}

/// The table of exit codes, as the help shows it.
pub(super) const TABLE: &str = "\
Exit codes:
   0  nothing to do, or everything done
   1  could not run: connection, authentication, file
   2  `plan --detailed-exitcode`: there are changes; `drift`: there is drift; `confirm`: not all is done
   3  problems in the policy
   4  a guard refused
   5  applied in part: `seatwise resume`, or plan again
   6  the saved plan is stale, edited or not the approved one, so that nothing (more) of it can be done
   7  `audit`: there are findings of `--fail-on` or worse
   8  `usage`: damaged lines were left out of the figures
  64  bad command line";

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
