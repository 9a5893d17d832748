//! Shows what is longer than the terminal through the user's pager, as Git does.

use std::io::{self, IsTerminal, Write};
use std::process::{Command, Stdio};

/// The pager where `PAGER` names none.
const PAGER: &str = "less";
/// Options of `less` where `LESS` gives none: quit where it fits on one screen, keep colours and the screen.
const LESS: &str = "FRX";

/// The command line of a pager, and the lines from which on it is used.
#[derive(Debug)]
pub(super) struct Pager {
    words: Vec<String>,
    screen_lines: usize,
}

impl Pager {
    /// Returns the user's pager; `None` where stdout is no terminal or no pager is wanted.
    pub(super) fn of_terminal() -> Option<Self> {
        let (_, height) =
            terminal_size::terminal_size_of(io::stdout()).filter(|_| io::stdout().is_terminal())?;
        let pager = std::env::var("PAGER").unwrap_or_else(|_| PAGER.to_owned());
        let words = shlex::split(&pager).filter(|words| !words.is_empty() && words != &["cat"])?;
        Some(Self { words, screen_lines: usize::from(height.0) })
    }

    /// Shows the report, and waits for the end of the pager. Returns `false` where the report is short, or
    /// the pager cannot be started.
    pub(super) fn show(&self, report: &[u8]) -> bool {
        if report.iter().filter(|byte| **byte == b'\n').count() < self.screen_lines {
            return false;
        }
        let mut command = Command::new(&self.words[0]);
        command.args(&self.words[1..]).stdin(Stdio::piped());
        if std::env::var_os("LESS").is_none() {
            command.env("LESS", LESS);
        }
        let Ok(mut pager) = command.spawn() else { return false };
        if let Some(mut stdin) = pager.stdin.take() {
            // A pager that is left early has shown enough.
            let _ = stdin.write_all(report);
        }
        pager.wait().is_ok()
    }
}
