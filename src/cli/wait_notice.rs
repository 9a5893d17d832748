//! Tells what the program waits for, once that takes longer than people wait without a word.

use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use crate::render::inert::{TextSyntax, inert_text};

/// The time after which a terminal shows what is waited for.
const UNTIL_SHOWN: Duration = Duration::from_secs(1);
/// The time after which, and between, lines where there is no terminal.
const BETWEEN_LINES: Duration = Duration::from_secs(30);

/// How it is told what is waited for.
#[derive(Debug, Clone, Copy)]
pub(super) enum WaitForm {
    /// A line on a terminal, which is drawn again and goes away at the end.
    Terminal,
    /// Lines, each after so long, that this function prints.
    Lines(Duration, fn(&str)),
    /// Not at all.
    Silent,
}

impl WaitForm {
    /// Lines for logs, which `print` prints.
    pub(super) fn lines(print: fn(&str)) -> Self {
        Self::Lines(BETWEEN_LINES, print)
    }
}

/// Tells what is waited for until it is dropped.
#[derive(Debug)]
pub(super) struct WaitNotice {
    what: Arc<Mutex<String>>,
    /// Ends the teller when it is dropped.
    waiting: Option<Sender<()>>,
    teller: Option<JoinHandle<()>>,
}

impl WaitNotice {
    /// Begins to wait for `what`.
    pub(super) fn new(what: &str, form: WaitForm) -> Self {
        let what = Arc::new(Mutex::new(what.to_owned()));
        let (waiting, ended) = mpsc::channel::<()>();
        let words = Arc::clone(&what);
        let told = move || words.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let has_ended = move |after| ended.recv_timeout(after) != Err(RecvTimeoutError::Timeout);
        let teller = match form {
            WaitForm::Terminal => Some(std::thread::spawn(move || show_spinner(told, has_ended))),
            WaitForm::Lines(every, print) => {
                Some(std::thread::spawn(move || print_lines(told, has_ended, every, print)))
            }
            WaitForm::Silent => None,
        };
        Self { what, waiting: Some(waiting), teller }
    }

    /// Changes what is said to be waited for.
    pub(super) fn set_what(&self, what: String) {
        *self.what.lock().unwrap_or_else(PoisonError::into_inner) = what;
    }
}

impl Drop for WaitNotice {
    fn drop(&mut self) {
        drop(self.waiting.take());
        // A teller that panicked has nothing more to tell.
        let _ = self.teller.take().map(JoinHandle::join);
    }
}

fn show_spinner(what: impl Fn() -> String, has_ended: impl Fn(Duration) -> bool) {
    if has_ended(UNTIL_SHOWN) {
        return;
    }
    let style =
        ProgressStyle::with_template("{spinner} {msg}  {elapsed}").expect("the template is a constant");
    let spinner = ProgressBar::new_spinner().with_style(style).with_elapsed(UNTIL_SHOWN);
    loop {
        spinner.set_message(inert_text(&what(), TextSyntax::Plain).into_owned());
        spinner.tick();
        if has_ended(Duration::from_millis(100)) {
            break spinner.finish_and_clear();
        }
    }
}

fn print_lines(
    what: impl Fn() -> String,
    has_ended: impl Fn(Duration) -> bool,
    every: Duration,
    print: fn(&str),
) {
    let begun = Instant::now();
    while !has_ended(every) {
        print(&format!("{}, for {} s now", what(), begun.elapsed().as_secs()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static LINES: Mutex<Vec<String>> = Mutex::new(Vec::new());

    fn lines() -> Vec<String> {
        LINES.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    #[test]
    fn long_wait_is_told_again_and_again_until_it_ends() {
        let print = |line: &str| LINES.lock().unwrap_or_else(PoisonError::into_inner).push(line.to_owned());
        let notice =
            WaitNotice::new("reading the organization", WaitForm::Lines(Duration::from_millis(1), print));
        while lines().len() < 2 {
            std::thread::yield_now();
        }
        notice.set_what("12 of 40 steps".to_owned());
        let before = lines().len();
        while lines().len() < before + 2 {
            std::thread::yield_now();
        }
        drop(notice);
        let told = lines();
        assert!(told[0].starts_with("reading the organization, for 0 s"), "{told:?}");
        assert!(told.last().is_some_and(|line| line.starts_with("12 of 40 steps, for ")), "{told:?}");
        std::thread::sleep(Duration::from_millis(5));
        assert_eq!(lines().len(), told.len(), "nothing is told of a wait that is over");
    }
}
