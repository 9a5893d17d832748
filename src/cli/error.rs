//! Why a command failed: one error type, which is printed once with its causes and a hint.

use std::error::Error;
use std::io;
use std::path::PathBuf;

use super::connection_args::ConnectionArgsError;
use super::corrections::Correction;
use super::exit::Exit;
use super::shell::name_program;
use super::state_error::StateError;
use crate::apply::{JournalError, LockError, RunId};
use crate::connector::FetchError;
use crate::connector::transport::ServiceError;
use crate::exports::ExportReadError;
use crate::exports::store::UsageStoreError;
use crate::git::GitError;
use crate::load::LoadError;
use crate::model::{Date, Text, Timestamp};
use crate::plan::file::{PlanDigest, PlanFileError};
use crate::policy::problem::{Problem, ProblemLocation};
use crate::reach::LearnError;
use crate::render::clean::clean_text;
use crate::sandbox::serve::{FaultScriptError, RandomnessError};
use crate::sandbox::{SandboxStoreError, SeedError};

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum CliError {
    #[error(transparent)]
    Load(#[from] LoadError),
    #[error("the policy has problems, so nothing was done")]
    Problems(Vec<Problem<ProblemLocation>>),
    #[error("the path {} is not UTF-8", .0.display())]
    PathNotUtf8(PathBuf),
    #[error(
        "the path `{0}` leaves the policy's folder through a symbolic link, or leads to other tools' files"
    )]
    Outside(Text),
    #[error("the seed of the sandbox organization could not be used")]
    Seed(#[from] SeedError),
    #[error(transparent)]
    Fetch(#[from] FetchError),
    #[error(transparent)]
    Git(#[from] GitError),
    #[error(transparent)]
    Exports(#[from] ExportReadError),
    #[error("the usage store could not be used")]
    UsageStore(#[source] UsageStoreError),
    #[error("no export is named, and nothing was ever collected")]
    NoUsage,
    #[error("the contracts were not read, and without them no overage can be checked")]
    NoTerms,
    #[error("{} is in no Git repository", .0.display())]
    NoRepository(PathBuf),
    #[error("the policy has no commit on {0} or before")]
    NoCommitBefore(Date),
    #[error("{0} is not known: the repository is a shallow clone")]
    ShallowClone(String),
    #[error("nothing was written, as it would look whole and is not: {0}")]
    NotWhole(String),
    #[error("{0}")]
    WrongOrganization(String),
    #[error("could not compare: {1}")]
    NotCompared(Exit, String),
    #[error("the sandbox organization could not be used")]
    Store(#[from] SandboxStoreError),
    #[error("the organization could not be told what the products are")]
    Learn(#[from] ServiceError),
    #[error(transparent)]
    Connecting(#[from] ConnectionArgsError),
    #[error("{0} could not be served at")]
    Listen(String, #[source] io::Error),
    #[error("the service could not be kept up")]
    Serve(#[source] io::Error),
    #[error("the service could not be set up")]
    Key(#[from] RandomnessError),
    #[error("{} cannot be used", .path.display())]
    Script { path: PathBuf, source: FaultScriptError },
    #[error("the run could not begin")]
    Lock(#[from] LockError),
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error("run {run} is unfinished and cannot be resumed")]
    Unresumable { run: RunId, source: Box<CliError> },
    #[error("nothing is left to resume: no run is unfinished")]
    NothingToResume,
    #[error(transparent)]
    State(#[from] StateError),
    #[error("nothing was ever applied from here, so there is nothing that live could have drifted from")]
    NeverApplied,
    #[error("run {0} is unfinished, so live is on its way and not adrift")]
    OnItsWay(RunId),
    #[error("{} could not be read", .path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("{} could not be written", .path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("{} is there already, and is not an empty folder", .0.display())]
    NotEmpty(PathBuf),
    #[error("no run can be named after the time {0}")]
    ImpossibleTime(Timestamp),
    #[error("the report could not be written")]
    Report(#[source] io::Error),
    #[error("the program could not be set up to run")]
    Runtime(#[source] io::Error),
    #[error("the saved plan {} cannot be used", .path.display())]
    PlanFile { path: PathBuf, source: PlanFileError },
    #[error("the saved plan is too old: it could be applied until {expires:.0}")]
    TooOld { expires: Timestamp },
    #[error("the saved plan says that it was made at {created:.0}, which is later than now")]
    MadeLater { created: Timestamp },
    #[error("the saved plan is for the organization `{planned}`, and the policy here is for `{here}`")]
    OtherOrganization { planned: Text, here: Text },
    #[error("the plan is {}, and `--approve` names {given}", .found.approval_hex())]
    NotApproved { given: String, found: PlanDigest },
    #[error("nothing of the saved plan can be done any more: what it touches has changed since it was made")]
    NothingLeft,
    #[error("there is no {kind} `{name}`{}",
        .near.as_ref().map(|near| format!("; did you mean `{near}`?")).unwrap_or_default())]
    Unknown { kind: &'static str, name: String, near: Option<String> },
    #[error("there is no terminal to ask at: {0}")]
    CannotAsk(String),
    #[error("not done, as you said no")]
    Declined,
    #[error("{0}")]
    Usage(String),
    #[error("{}", .1.wrong())]
    Mistake(Exit, Correction),
}

const FAULT_SCRIPT_HINT: &str =
    "such as `{\"faults\": [{\"fault\": \"drop_after\", \"on\": \"writes\", \"at\": [3]}]}` (see the README)";
const OUTSIDE_HINT: &str =
    "let `connector.path` and `usage.store` lie below the policy's folder, with no link on the way";
const NOT_WHOLE_HINT: &str =
    "try again when the organization answers; what the policy alone says: `--at HEAD`";
const WRONG_ORGANIZATION_HINT: &str =
    "correct the service's address, or `organization` (or `organization_id`) in `seatwise.yaml`";
const NOT_APPROVED_HINT: &str =
    "review this plan, and approve its digest, of which at least 32 digits are needed";
const NEW_PLAN_HINT: &str = "make a new plan: `seatwise plan --out FILE`";
const UNSEALED_HINT: &str =
    "look at it and at who put it there; `seatwise runs dismiss RUN` then lets other runs begin";
const NO_KEY_HINT: &str =
    "`SEATWISE_STATE_KEY` holds only a public half here: runs need the whole key, 64 hex digits";
const NOT_EMPTY_HINT: &str =
    "name a new folder with `--out`: a work order that somebody may be at is not written over";

/// Returns what the user can do about an error of Git.
fn git_hint(error: &GitError) -> Option<&'static str> {
    match error {
        GitError::Run(_) => Some("install Git, or leave `--at` out"),
        GitError::Missing(_) => Some("clone the repository without `--filter`"),
        GitError::Refused(why) if why.starts_with("detected dubious ownership") => Some(
            "the folder is another user's: if you trust what is in it, tell Git so, by \
            `git config --global --add safe.directory FOLDER`",
        ),
        GitError::Embedded(_) => Some("take `HEAD`, `config`, `objects` and `refs` out of that folder"),
        GitError::OtherWorkTree => {
            Some("`core.worktree` of the repository, or a folder that is laid out as one, leads elsewhere")
        }
        GitError::Refused(_) | GitError::NoCommit(_) | GitError::Form(_) | GitError::TooLarge(_) => None,
    }
}

impl From<UsageStoreError> for CliError {
    fn from(error: UsageStoreError) -> Self {
        match error {
            UsageStoreError::Exports(error) => Self::Exports(error),
            error @ (UsageStoreError::File { .. }
            | UsageStoreError::Parquet { .. }
            | UsageStoreError::Foreign { .. }
            | UsageStoreError::Locked(_)) => Self::UsageStore(error),
        }
    }
}

impl CliError {
    /// Returns how the program exits after the error.
    pub(super) fn exit(&self) -> Exit {
        self.exit_and_hint().0
    }

    /// Returns how the program exits, and what the user can do about the error, where there is something.
    fn exit_and_hint(&self) -> (Exit, Option<&'static str>) {
        let stale = |hint| (Exit::Stale, Some(hint));
        let hint = match self {
            Self::Problems(_) => return (Exit::Problems, None),
            Self::PlanFile { .. } | Self::TooOld { .. } | Self::MadeLater { .. } | Self::NothingLeft => {
                return stale(NEW_PLAN_HINT);
            }
            Self::OtherOrganization { .. } => return stale("name the plan's own policy folder with `-C`"),
            Self::NotApproved { .. } => return stale(NOT_APPROVED_HINT),
            Self::WrongOrganization(_) => WRONG_ORGANIZATION_HINT,
            Self::NotCompared(exit, _) => return (*exit, Some("try again when the organization answers")),
            Self::CannotAsk(_) => return (Exit::Usage, Some("`--yes` answers for you")),
            Self::Unknown { .. } | Self::Usage(_) => return (Exit::Usage, None),
            Self::Mistake(exit, _) => return (*exit, None),
            Self::Exports(error) => return export_exit_and_hint(error),
            Self::Load(error) => error.hint(),
            Self::Connecting(error) => error.hint(),
            Self::Lock(error) => lock_hint(error),
            Self::Fetch(error) => return (Exit::CouldNotRun, fetch_hint(error)),
            Self::Store(error) => return (Exit::CouldNotRun, store_hint(error)),
            Self::Learn(error) => service_hint(error),
            Self::Journal(error) => return (Exit::CouldNotRun, journal_hint(error)),
            Self::Script { .. } => FAULT_SCRIPT_HINT,
            Self::Listen(..) => {
                "is another program listening there? `--listen 127.0.0.1:0` takes a free port"
            }
            Self::Outside(_) => OUTSIDE_HINT,
            Self::Git(error) => return (Exit::CouldNotRun, git_hint(error)),
            Self::ShallowClone(_) => "`git fetch --unshallow` brings the rest of the history",
            Self::NoRepository(_) => {
                "the policy's commits are read: put its folder under Git first, by `git init`"
            }
            Self::NotWhole(_) => NOT_WHOLE_HINT,
            Self::Unresumable { .. } => {
                "`seatwise resume --give-up` ends it and tells what is known of it; then plan again"
            }
            Self::ImpossibleTime(_) => "is the clock of this machine right?",
            Self::State(error) => return error.exit_and_hint(),
            Self::NothingToResume => "`seatwise plan` shows what is left to do",
            Self::NeverApplied => "`seatwise plan` shows how live differs from the policy",
            Self::OnItsWay(_) => "`seatwise resume` finishes it",
            Self::NotEmpty(_) => NOT_EMPTY_HINT,
            Self::NoTerms => "may the token read `/v1/contracts`?",
            Self::NoUsage => "name exports, or collect some: `seatwise usage collect FILES`",
            Self::UsageStore(UsageStoreError::Locked(_)) => "wait for it to end, then try again",
            Self::PathNotUtf8(_)
            | Self::Seed(_)
            | Self::NoCommitBefore(_)
            | Self::UsageStore(_)
            | Self::Read { .. }
            | Self::Write { .. }
            | Self::Report(_)
            | Self::Runtime(_)
            | Self::Declined
            | Self::Serve(_)
            | Self::Key(_) => return (Exit::CouldNotRun, None),
        };
        (Exit::CouldNotRun, Some(hint))
    }

    /// Whether a file of a run cannot be read, and never will be.
    pub(super) fn is_damaged_run(&self) -> bool {
        if let Self::Journal(error) = self {
            error.is_damage()
        } else {
            matches!(self, Self::PlanFile { .. })
        }
    }

    /// Returns the message, then each cause and the hint on a line of its own.
    /// Commands in it begin with `program`.
    pub(super) fn full_message(&self, program: &str) -> String {
        if let Self::Mistake(_, correction) = self {
            return correction.message();
        }
        let said = clean_text(&self.to_string()).into_owned();
        // Only sentences of our own name commands.
        let said = if let Self::Usage(_) = self { name_program(&said, program) } else { said };
        let mut message = format!("error: {said}");
        // The message of a transparent error is already that of the error inside, and `source` skips that
        // error.
        let mut behind = self.source();
        while let Some(error) = behind {
            message += &format!("\n  because: {}", clean_text(&error.to_string()));
            behind = error.source();
        }
        if let Some(hint) = self.exit_and_hint().1 {
            message += &format!("\n  hint: {}", name_program(hint, program));
        }
        message
    }
}

impl From<LearnError> for CliError {
    fn from(error: LearnError) -> Self {
        match error {
            LearnError::Sandbox(error) => Self::Store(error),
            LearnError::Service(error) => Self::Learn(error),
        }
    }
}

fn fetch_hint(error: &FetchError) -> Option<&'static str> {
    match error {
        FetchError::Sandbox(error) => store_hint(error.downcast_ref()?),
        FetchError::Service(error) => Some(service_hint(error)),
        FetchError::Lacking(_) => {
            Some("the sandbox and the organization API report them; collect exports instead")
        }
    }
}

fn lock_hint(error: &LockError) -> &'static str {
    match error {
        LockError::Held(_) => "wait for it to end, then try again",
        LockError::File { .. } => {
            "`.seatwise` beside `seatwise.yaml` must be a folder that you may write: nothing is sent \
                without a journal"
        }
    }
}

fn export_exit_and_hint(error: &ExportReadError) -> (Exit, Option<&'static str>) {
    match error {
        ExportReadError::Layout { .. } => {
            (Exit::CouldNotRun, Some("`usage.columns` in `seatwise.yaml` says what a column is called"))
        }
        ExportReadError::Damaged { .. } => {
            (Exit::Damaged, Some("without `--strict` damaged lines are told of and left out"))
        }
        ExportReadError::Read { .. } => (
            Exit::CouldNotRun,
            Some("name a file that is there; without files, what was collected is counted"),
        ),
        ExportReadError::NotAFile(_) => (Exit::CouldNotRun, Some("name its files, such as `FOLDER/*.csv`")),
    }
}

fn service_hint(error: &ServiceError) -> &'static str {
    match error {
        ServiceError::SetUp { .. } => "is the file of `--ca-file` a list of certificates in PEM?",
        ServiceError::Credentials { .. } => {
            "is the token, or the client with its secret, the one that was given out for this service?"
        }
        ServiceError::Unreachable { .. } => {
            "is the address right, and the service up? `-v` tells of each request"
        }
        ServiceError::Answered { .. } => {
            "is the address that of an organization API, and does the token hold? `-v` tells of each request"
        }
    }
}

fn store_hint(error: &SandboxStoreError) -> Option<&'static str> {
    Some(match error {
        SandboxStoreError::Missing(_) => "the first apply founds it, and so does `seatwise sandbox init`",
        SandboxStoreError::Exists(_) => {
            "another program has made it just now: look at it before you overwrite it"
        }
        SandboxStoreError::NotAFile(_) | SandboxStoreError::Foreign(_) => {
            "is `connector.path` right? Move the file away, or name another one"
        }
        SandboxStoreError::Corrupt { .. } => {
            "restore it from a copy, or begin anew with `seatwise sandbox init --yes`"
        }
        SandboxStoreError::Format { .. } => {
            "use the seatwise that wrote it, or begin anew with `seatwise sandbox init --yes`"
        }
        SandboxStoreError::Locked(_) => "another program has it open: wait, or close it",
        SandboxStoreError::Full(_) => "free some space; nothing was written",
        SandboxStoreError::ReadOnly(_) => "may you write this file and its folder?",
        SandboxStoreError::File { .. }
        | SandboxStoreError::Refused(_)
        | SandboxStoreError::Database { .. } => return None,
    })
}

fn journal_hint(error: &JournalError) -> Option<&'static str> {
    match error {
        JournalError::Create { .. } => Some("is the disk full, or `.seatwise/journal` read-only?"),
        JournalError::Unfinished(_) => Some("`seatwise resume` finishes it; then plan again"),
        JournalError::Unsealed { .. } => Some(UNSEALED_HINT),
        JournalError::NoKey => Some(NO_KEY_HINT),
        JournalError::NoRun(_) => Some("the runs stand in `.seatwise/journal` beside `seatwise.yaml`"),
        JournalError::Lost(_)
        | JournalError::Damaged { .. }
        | JournalError::Altered(_)
        | JournalError::Snapshot { .. } => {
            Some("`seatwise plan` shows how live differs from the policy; what this run did stays unknown")
        }
        JournalError::Format { .. } | JournalError::Newer { .. } => Some("use the seatwise that wrote it"),
        JournalError::Write(_)
        | JournalError::Vanished(_)
        | JournalError::Read { .. }
        | JournalError::Remove { .. }
        | JournalError::Ended(_)
        | JournalError::OtherPlan(_) => None,
    }
}
