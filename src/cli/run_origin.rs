//! Whose change a run carries out, from the variables of the CI service that runs it.

use super::connection_args::environment_variable;
use crate::apply::RunOrigin;

/// The variables of each fact, those of seatwise first, then those of GitHub, GitLab, Azure, Bitbucket and
/// Jenkins. The first that is set counts.
const COMMIT: [&str; 6] = [
    "SEATWISE_COMMIT",
    "GITHUB_SHA",
    "CI_COMMIT_SHA",
    "BUILD_SOURCEVERSION",
    "BITBUCKET_COMMIT",
    "GIT_COMMIT",
];
const BRANCH: [&str; 8] = [
    "SEATWISE_BRANCH",
    "GITHUB_HEAD_REF",
    "GITHUB_REF_NAME",
    "CI_COMMIT_REF_NAME",
    "BUILD_SOURCEBRANCH",
    "BITBUCKET_BRANCH",
    "BRANCH_NAME",
    "GIT_BRANCH",
];
const PULL_REQUEST: [&str; 6] = [
    "SEATWISE_PULL_REQUEST",
    "CI_MERGE_REQUEST_IID",
    "SYSTEM_PULLREQUEST_PULLREQUESTNUMBER",
    "SYSTEM_PULLREQUEST_PULLREQUESTID",
    "BITBUCKET_PR_ID",
    "CHANGE_ID",
];
const ACTOR: [&str; 10] = [
    "SEATWISE_ACTOR",
    "GITHUB_TRIGGERING_ACTOR",
    "GITHUB_ACTOR",
    "GITLAB_USER_LOGIN",
    "BUILD_REQUESTEDFOR",
    "BITBUCKET_STEP_TRIGGERER_UUID",
    "BUILD_USER_ID",
    "USER",
    "LOGNAME",
    "USERNAME",
];
const APPROVER: [&str; 1] = ["SEATWISE_APPROVER"];
const JOB: [&str; 3] = ["SEATWISE_JOB", "CI_JOB_URL", "BUILD_URL"];

/// The longest text that is recorded of a variable, in characters.
const LONGEST: usize = 500;

/// Returns whose change a run carries out, as far as the environment names it; `approved` is the digest that
/// `--approve` names.
pub(super) fn run_origin(approved: Option<&str>) -> RunOrigin {
    RunOrigin {
        commit: first_variable(&COMMIT),
        branch: first_variable(&BRANCH),
        pull_request: first_variable(&PULL_REQUEST).or_else(github_pull_request),
        actor: first_variable(&ACTOR),
        approver: first_variable(&APPROVER),
        job: first_variable(&JOB).or_else(github_job),
        approved_digest: approved.map(str::to_ascii_lowercase),
    }
}

fn first_variable(names: &[&str]) -> Option<String> {
    let value = names.iter().find_map(|name| environment_variable(name))?;
    Some(value.chars().take(LONGEST).collect())
}

/// The number in `refs/pull/12/merge`, which GitHub calls the ref of a pull request's job.
fn github_pull_request() -> Option<String> {
    let reference = environment_variable("GITHUB_REF")?;
    let number = reference.strip_prefix("refs/pull/")?.split('/').next()?;
    number.bytes().all(|byte| byte.is_ascii_digit()).then(|| number.to_owned())
}

fn github_job() -> Option<String> {
    let [server, repository, run] =
        ["GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID"].map(environment_variable);
    Some(format!("{}/{}/actions/runs/{}", server?, repository?, run?))
}
