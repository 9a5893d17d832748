//! Runs a command of the user's for a limited time, and reads a limited output.

use std::io::{self, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// Why a command gave no output.
#[derive(Debug, thiserror::Error)]
pub(super) enum BoundedCommandError {
    #[error("could not be run")]
    NotRun,
    #[error("takes too long")]
    TooLong,
    #[error("prints too much")]
    TooMuch,
    #[error("failed: {0}")]
    Failed(ExitStatus),
}

/// How often it is looked whether a command that prints nothing more has ended.
const LOOK: Duration = Duration::from_millis(10);

/// Runs a command line and returns what it printed. Where it takes longer than `limit` or prints more than
/// `most` bytes, it is ended, with all that it has started. Blocks.
pub(super) fn run_bounded_command(
    command: &str,
    limit: Duration,
    most: usize,
) -> Result<Vec<u8>, BoundedCommandError> {
    let deadline = Instant::now() + limit;
    let mut child = spawn_in_group(command).map_err(|_| BoundedCommandError::NotRun)?;
    let (said, hears) = mpsc::channel();
    let pipe = child.stdout.take().expect("the output is piped");
    // The thread ends with the command: whoever holds the other end of the pipe is in its group.
    std::thread::spawn(move || {
        let mut printed = Vec::new();
        let read = pipe.take(most as u64 + 1).read_to_end(&mut printed);
        _ = said.send(read.map(|_| printed));
    });
    let printed = match hears.recv_timeout(limit) {
        Ok(Ok(printed)) if printed.len() > most => {
            end_group(&mut child);
            return Err(BoundedCommandError::TooMuch);
        }
        Ok(Ok(printed)) => printed,
        Ok(Err(_)) => Vec::new(),
        Err(_) => {
            end_group(&mut child);
            return Err(BoundedCommandError::TooLong);
        }
    };
    loop {
        match child.try_wait() {
            Ok(Some(status)) if status.success() => return Ok(printed),
            Ok(Some(status)) => return Err(BoundedCommandError::Failed(status)),
            Ok(None) if Instant::now() < deadline => std::thread::sleep(LOOK),
            Ok(None) => {
                end_group(&mut child);
                return Err(BoundedCommandError::TooLong);
            }
            Err(_) => return Err(BoundedCommandError::NotRun),
        }
    }
}

#[cfg(unix)]
fn spawn_in_group(command: &str) -> io::Result<Child> {
    use std::os::unix::process::CommandExt;
    let mut shell = Command::new("sh");
    shell.arg("-c").arg(command).process_group(0);
    shell.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn()
}

#[cfg(not(unix))]
fn spawn_in_group(command: &str) -> io::Result<Child> {
    let mut shell = Command::new("cmd");
    shell.arg("/C").arg(command);
    shell.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn()
}

/// Ends the command and, where the system has groups of processes, all that it has started.
fn end_group(child: &mut Child) {
    if cfg!(unix) {
        // The shell's own `kill`: no library that could is needed for it.
        let group = format!("kill -KILL -{}", child.id());
        _ = Command::new("sh").arg("-c").arg(group).stderr(Stdio::null()).status();
    }
    _ = child.kill();
    _ = child.wait();
}
