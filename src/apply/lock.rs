//! The lock that allows one run at a time for a policy folder.
//!
//! The lock is the operating system's lock on `.seatwise/lock`, which ends with the process, however the
//! process ends. The content of the file serves only for the error message of other processes.

use std::fs::{File, TryLockError};
use std::io::{self, Read, Seek, Write};

use camino::{Utf8Path, Utf8PathBuf};

use crate::disk::{self, open_own_file};
use crate::model::{Text, Timestamp};

/// The process that holds a lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockOwner {
    /// In the form `user@host, process 4711`.
    pub who: Text,
    pub since: Timestamp,
}

impl LockOwner {
    /// The owner for this process, which holds the lock since `now`.
    pub fn this_process(now: Timestamp) -> Self {
        let user =
            first_set_variable(&["USER", "LOGNAME", "USERNAME"]).unwrap_or_else(|| "somebody".to_owned());
        let host =
            std::fs::read_to_string("/proc/sys/kernel/hostname").ok().map(|name| name.trim().to_owned());
        let host = host
            .or_else(|| first_set_variable(&["HOSTNAME", "COMPUTERNAME"]))
            .unwrap_or_else(|| "this machine".to_owned());
        Self { who: format!("{user}@{host}, process {}", std::process::id()).into(), since: now }
    }

    fn to_line(&self) -> String {
        format!("{}\t{}\n", self.since, self.who)
    }

    fn parse_line(line: &str) -> Option<Self> {
        let (since, who) = line.trim_end().split_once('\t')?;
        Some(Self { who: who.into(), since: since.parse().ok()? })
    }
}

fn first_set_variable(variables: &[&str]) -> Option<String> {
    variables.iter().find_map(|name| std::env::var(name).ok()).filter(|value| !value.is_empty())
}

/// The lock was not taken.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another process holds the lock; `None` where that process has not written its name yet.
    #[error("another run is under way{}", describe_owner(.0.as_ref()))]
    Held(Option<LockOwner>),
    /// The file could not be created or locked.
    #[error("{path} could not be locked")]
    File {
        path: Utf8PathBuf,
        #[source]
        source: io::Error,
    },
}

fn describe_owner(owner: Option<&LockOwner>) -> String {
    owner.map(|owner| format!(": {}, since {:.0}", owner.who, owner.since)).unwrap_or_default()
}

/// The lock of a policy folder, held by the folder's one run. Dropping the value frees the lock.
#[derive(Debug)]
pub struct RunLock {
    file: File,
}

impl RunLock {
    /// Takes the lock in the folder `seatwise` (`.seatwise`) for `owner`, without waiting.
    pub fn take(seatwise: &Utf8Path, owner: &LockOwner) -> Result<Self, LockError> {
        let path = seatwise.join("lock");
        let failed = |source| LockError::File { path: path.clone(), source };
        disk::create_private_folder(seatwise.as_std_path()).map_err(failed)?;
        let mut file = open_own_file(path.as_std_path()).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(LockError::Held(read_lock_owner(&mut file))),
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        file.set_len(0).and_then(|()| file.write_all(owner.to_line().as_bytes())).map_err(failed)?;
        Ok(Self { file })
    }
}

/// Reads who holds the lock, if the owner has written its name yet.
fn read_lock_owner(file: &mut File) -> Option<LockOwner> {
    let mut line = String::new();
    file.rewind().and_then(|()| file.take(4096).read_to_string(&mut line)).ok()?;
    LockOwner::parse_line(&line)
}

impl Drop for RunLock {
    fn drop(&mut self) {
        // Closing the file frees the lock; emptying the file only keeps later messages from naming this
        // process.
        drop(self.file.set_len(0));
    }
}
