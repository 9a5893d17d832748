//! The exit codes of the program.

use std::process::ExitCode;

/// How a command ended. The codes are stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exit {
    /// Nothing to do, or everything done.
    Done,
    /// The command could not run: connection, authentication, file.
    CouldNotRun,
    /// `plan --detailed-exitcode`: there are changes; `drift`: there is drift; `confirm`: not all is done.
    Differs,
    /// Problems in the policy.
    Problems,
    /// A guard refused.
    Refused,
    /// Applied in part.
    InPart,
    /// The saved plan is stale, edited or not the approved one.
    Stale,
    /// `audit`: there are findings of `--fail-on` or worse.
    Findings,
    /// `usage`: lines of the exports are damaged, and the figures are without them.
    Damaged,
    /// A bad command line.
    Usage,
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

impl Exit {
    /// Returns the exit code.
    pub(super) fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::CouldNotRun => 1,
            Self::Differs => 2,
            Self::Problems => 3,
            Self::Refused => 4,
            Self::InPart => 5,
            Self::Stale => 6,
            Self::Findings => 7,
            Self::Damaged => 8,
            Self::Usage => 64,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
