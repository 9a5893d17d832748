//! The surroundings of a command: the time, the terminal and the current directory, each read once. Only this
//! file prints.

use std::io::{self, BufRead, IsTerminal, Write};
use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::SystemTime;

use anstream::{AutoStream, ColorChoice};
use clap::{ArgAction, Args, ValueEnum};
use jiff::tz::TimeZone;
use terminal_size::{Height, Width};
use tokio::runtime::Runtime;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use super::connection_args::ConnectionArgs;
use super::corrections::CommandLine;
use super::days::DayWord;
use super::error::CliError;
use super::pager::Pager;
use super::shell::program_words;
use super::signals::keep_running_past_size_limit;
use super::wait_notice::{WaitForm, WaitNotice};
use crate::model::{Date, Interner, Timestamp};
use crate::policy::Moment;
use crate::render::inert::{TextSyntax, inert_text};
use crate::render::problems::ColourChoice;
use crate::render::prose::fit_prose;

/// When to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ColourMode {
    Auto,
    Always,
    Never,
}

/// In what form it is told of requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum LogFormat {
    Text,
    Json,
}

/// Options of every command.
#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
pub(super) struct GlobalArgs {
    /// The policy's folder; by default the one at or above the current directory that has `seatwise.yaml`
    #[arg(long, short = 'C', global = true, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// Colour the output: on a terminal (`NO_COLOR` and `CLICOLOR_FORCE` are obeyed), always, or never
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value = "auto")]
    color: ColourMode,
    /// Say nothing but the report and errors
    #[arg(long, short, global = true)]
    quiet: bool,
    /// Do not show long reports through `PAGER`
    #[arg(long, global = true)]
    no_pager: bool,
    /// Tell of each request to a service (-v), and of what is tried again (-vv); never of a secret
    #[arg(long, short, global = true, action = ArgAction::Count, conflicts_with = "quiet")]
    verbose: u8,
    /// What -v tells, as lines to read or as an object a line for programs
    #[arg(long, global = true, value_enum, value_name = "FORM", default_value = "text")]
    log_format: LogFormat,
    #[command(flatten)]
    connecting: ConnectionArgs,
    // For tests that must not depend on the day: the time that this program takes for now, as RFC 3339. Not
    // for use.
    #[arg(long, global = true, env = "SEATWISE_NOW", hide = true, hide_env = true)]
    now: Option<Timestamp>,
}

/// The time, the terminal and the options that a command runs with.
#[derive(Debug)]
pub(super) struct Context {
    /// The current time, read once.
    pub(super) now: Timestamp,
    /// The current time as tests set it with `--now`; `None` otherwise.
    pub(super) fixed_now: Option<Timestamp>,
    /// The policy's folder, where `-C` names it.
    pub(super) dir: Option<PathBuf>,
    /// The command line, for corrections of it.
    pub(super) line: CommandLine,
    program: String,
    /// The directory that the command was called in.
    pub(super) here: PathBuf,
    /// Width of the report in columns.
    pub(super) width: usize,
    pub(super) connecting: ConnectionArgs,
    /// The texts that everything which the command reads shares.
    pub(super) names: Interner,
    runtime: OnceLock<Runtime>,
    colour_report: bool,
    colour_notes: bool,
    quiet: bool,
    /// Shows reports that are longer than the terminal.
    pager: Option<Pager>,
}

/// The width of texts in columns where there is no terminal, and no `COLUMNS` in the environment.
const WIDTH: usize = 120;
/// The least width in columns: nothing can be laid out in less.
const LEAST_WIDTH: usize = 60;

impl Context {
    /// Reads the terminal and the clock, and starts logging as `global` asks.
    pub(super) fn new(global: &GlobalArgs, line: CommandLine) -> Self {
        listen_to_logs(global);
        Self {
            now: global.now.unwrap_or_else(machine_time),
            fixed_now: global.now,
            line,
            program: program_words(global.dir.as_deref()),
            dir: global.dir.clone(),
            here: PathBuf::from("."),
            width: report_width(),
            connecting: global.connecting.clone(),
            names: Interner::default(),
            runtime: OnceLock::new(),
            colour_report: is_coloured(global.color, AutoStream::choice(&io::stdout())),
            colour_notes: is_coloured(global.color, AutoStream::choice(&io::stderr())),
            quiet: global.quiet,
            pager: Pager::of_terminal().filter(|_| !global.no_pager),
        }
    }

    /// Returns the async runtime, which the first call creates. The whole program shares one, because
    /// connections stay open in it.
    pub(super) fn runtime(&self) -> Result<&Runtime, CliError> {
        if self.runtime.get().is_none() {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .enable_all()
                .build()
                .map_err(CliError::Runtime)?;
            let _guard = runtime.enter();
            keep_running_past_size_limit();
            // Another thread may have set its own first; either of the two will do.
            drop(self.runtime.set(runtime));
        }
        Ok(self.runtime.get().expect("it was set, here or by another thread"))
    }

    /// Returns today (UTC).
    pub(super) fn today(&self) -> Date {
        TimeZone::UTC.to_datetime(self.now).date()
    }

    /// Returns the day and the time that a plan is made for: the last day of `as_of`, or else today (UTC).
    pub(super) fn moment(&self, as_of: Option<DayWord>) -> Moment {
        let today = self.today();
        Moment { as_of: as_of.map_or(today, |word| word.last_day(today)), now: self.now }
    }

    /// Returns what a command that is printed begins with, so that it can be copied and works from the same
    /// directory: the program, and the policy's folder where it was named.
    pub(super) fn program(&self) -> &str {
        &self.program
    }

    /// Returns whether the report is coloured.
    pub(super) fn colours_report(&self) -> bool {
        self.colour_report
    }

    /// Returns whether problems are coloured where they are printed to stderr.
    pub(super) fn colour_of_notes(&self) -> ColourChoice {
        colour(self.colour_notes)
    }

    /// Returns whether problems are coloured where they are the report, on stdout.
    pub(super) fn colour_of_report(&self) -> ColourChoice {
        colour(self.colour_report)
    }

    /// Writes the report to stdout. A closed pipe is no error: its reader has read enough.
    pub(super) fn report(&self, text: &str) -> Result<(), CliError> {
        self.report_bytes(inert_text(text, self.report_syntax()).as_bytes())
    }

    /// Returns what may stand in text of the report.
    pub(super) fn report_syntax(&self) -> TextSyntax {
        if self.colour_report { TextSyntax::Coloured } else { TextSyntax::Plain }
    }

    /// Writes to stdout what is inert, has nothing from outside, or is no text. A closed pipe is no error.
    pub(super) fn report_bytes(&self, report: &[u8]) -> Result<(), CliError> {
        if self.pager.as_ref().is_some_and(|pager| pager.show(report)) {
            return Ok(());
        }
        let mut stdout = io::stdout().lock();
        let written = stdout.write_all(report).and_then(|()| stdout.flush());
        written.or_else(|error| {
            if error.kind() == io::ErrorKind::BrokenPipe { Ok(()) } else { Err(CliError::Report(error)) }
        })
    }

    /// Prints progress or a warning to stderr, unless `--quiet` is given.
    pub(super) fn note(&self, text: &str) {
        if !self.quiet {
            print_to_stderr(text);
        }
    }

    /// Returns whether nothing but the report and errors is to be said.
    pub(super) fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// Prints to stderr what is laid out already, with the colours that it may have there.
    pub(super) fn print_laid_out(&self, text: &str) {
        print_inert(text, if self.colour_notes { TextSyntax::Coloured } else { TextSyntax::Plain });
    }

    /// Tells on stderr that `what` is under way, where it takes long, until the notice is dropped.
    pub(super) fn waiting(&self, what: &str) -> WaitNotice {
        WaitNotice::new(what, self.wait_form())
    }

    /// Returns how it is told what is waited for.
    pub(super) fn wait_form(&self) -> WaitForm {
        match (self.quiet, self.shows_progress()) {
            (true, _) => WaitForm::Silent,
            (false, true) => WaitForm::Terminal,
            (false, false) => WaitForm::lines(print_to_stderr),
        }
    }

    /// Returns whether to draw a progress bar: where stderr is a terminal, outside CI, and without `--quiet`.
    pub(super) fn shows_progress(&self) -> bool {
        let in_ci = std::env::var_os("CI").is_some_and(|value| !value.is_empty() && value != "false");
        !self.quiet && !in_ci && io::stderr().is_terminal()
    }

    /// Asks a question on the terminal, to which only `y` or `yes` is consent.
    ///
    /// # Errors
    ///
    /// `CannotAsk` where stdin is no terminal, `Declined` for any other answer.
    pub(super) fn ask(&self, question: &str) -> Result<(), CliError> {
        self.ask_for(question, "[y/N]", &["y", "yes"])
    }

    /// Asks like [`Context::ask`] about what cannot be taken back, to which only the word `yes` is consent.
    pub(super) fn ask_for_word(&self, question: &str) -> Result<(), CliError> {
        self.ask_for(question, "Type `yes`:", &["yes"])
    }

    /// Whether there is somebody at a terminal to ask.
    pub(super) fn can_ask(&self) -> bool {
        io::stdin().is_terminal()
    }

    fn ask_for(&self, question: &str, way: &str, consents: &[&str]) -> Result<(), CliError> {
        if !self.can_ask() {
            return Err(CliError::CannotAsk(question.to_owned()));
        }
        let mut stderr = io::stderr().lock();
        let question = inert_text(question, TextSyntax::Plain);
        // Where the question cannot be printed, nobody answers it, so the failure needs no handling.
        let _ = write!(stderr, "{question} {way} ").and_then(|()| stderr.flush());
        let mut answer = String::new();
        let read = io::stdin().lock().read_line(&mut answer);
        read.map_err(|_| CliError::CannotAsk(question.into_owned()))?;
        let is_consent = consents.contains(&answer.trim().to_lowercase().as_str());
        if is_consent { Ok(()) } else { Err(CliError::Declined) }
    }
}

/// Returns the time of the machine's clock; the first or the last time there is, where the clock is beyond.
pub(super) fn machine_time() -> Timestamp {
    let clock = SystemTime::now();
    let limit = if clock < SystemTime::UNIX_EPOCH { Timestamp::MIN } else { Timestamp::MAX };
    Timestamp::try_from(clock).unwrap_or(limit)
}

/// Returns the width of the report and of help, in columns.
pub(super) fn report_width() -> usize {
    text_width(terminal_size::terminal_size_of(io::stdout()))
}

/// Returns the width of notes and errors, in columns.
pub(super) fn notes_width() -> usize {
    text_width(terminal_size::terminal_size_of(io::stderr()))
}

/// Returns the width of texts on a terminal of this size, or where there is no terminal, in columns.
fn text_width(terminal: Option<(Width, Height)>) -> usize {
    let seen = terminal.map(|(width, _)| usize::from(width.0));
    let told = || std::env::var("COLUMNS").ok()?.parse().ok();
    seen.or_else(told).unwrap_or(WIDTH).max(LEAST_WIDTH)
}

/// Sends this program's own logs to stderr. Logs of libraries are not shown: they may contain secrets that
/// were passed to the library.
fn listen_to_logs(global: &GlobalArgs) {
    let level = match (global.quiet, global.verbose) {
        (true, _) | (_, 0) => LevelFilter::WARN,
        (false, 1) => LevelFilter::INFO,
        (false, 2) => LevelFilter::DEBUG,
        (false, _) => LevelFilter::TRACE,
    };
    let ours = Targets::new().with_target(env!("CARGO_CRATE_NAME"), level);
    let lines = tracing_subscriber::fmt::layer().with_ansi(false).with_target(false);
    // `try_init` fails only where a test has already set its own subscriber.
    let _ = match global.log_format {
        LogFormat::Text => {
            let lines = lines.with_writer(|| LogLine(TextSyntax::Plain)).with_filter(ours);
            tracing_subscriber::registry().with(lines).try_init()
        }
        LogFormat::Json => {
            let lines = lines.with_writer(|| LogLine(TextSyntax::Json)).json().flatten_event(true);
            tracing_subscriber::registry().with(lines.with_filter(ours)).try_init()
        }
    };
}

/// Writes an event of the log, which comes whole, as one inert line of stderr.
struct LogLine(TextSyntax);

impl Write for LogLine {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let line = String::from_utf8_lossy(event);
        let line = line.trim_end_matches('\n').replace('\n', "\\u{a}");
        writeln!(io::stderr().lock(), "{}", inert_text(&line, self.0))?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

fn colour(on: bool) -> ColourChoice {
    if on { ColourChoice::Always } else { ColourChoice::Never }
}

fn is_coloured(when: ColourMode, by_terminal: ColorChoice) -> bool {
    match when {
        ColourMode::Always => true,
        ColourMode::Never => false,
        ColourMode::Auto => by_terminal != ColorChoice::Never,
    }
}

/// Prints sentences to stderr, wrapped where they are wider than the terminal.
pub(super) fn print_to_stderr(text: &str) {
    print_inert(&fit_prose(text, notes_width()), TextSyntax::Plain);
}

/// Prints to stderr. A failure is ignored: where stderr is closed, nobody reads it.
fn print_inert(text: &str, syntax: TextSyntax) {
    let _ = writeln!(io::stderr().lock(), "{}", inert_text(text.trim_end_matches('\n'), syntax));
}
