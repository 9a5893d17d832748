//! Fits help pages into the terminal, with each command of their examples on one line, to be copied.

use clap::Command;

use crate::render::prose::fit_prose;

/// Wider help would be hard to read.
const WIDEST: usize = 120;
/// Stands for a space at which clap must not break a line. No help has it for itself.
const UNBREAKABLE_SPACE: char = '\u{a0}';
/// How far the remark of an example is indented below its command.
const REMARK: usize = 6;

/// Lays out the help of a command and of its subcommands in `width` columns. [`spaces_restored`] completes
/// what is printed.
pub(super) fn fit_help(command: Command, width: usize) -> Command {
    let width = width.min(WIDEST);
    fit_endings(command.term_width(width), width)
}

/// Returns a printed help page with the spaces that clap was not to break lines at.
pub(super) fn spaces_restored(page: &str) -> String {
    page.replace(UNBREAKABLE_SPACE, " ")
}

fn fit_endings(command: Command, width: usize) -> Command {
    let command = command.mut_subcommands(|below| fit_endings(below, width));
    let ending = command.get_after_long_help().map(ToString::to_string);
    match ending {
        Some(ending) => {
            let lines: Vec<String> = ending.lines().map(|line| fit_ending_line(line, width)).collect();
            command.after_long_help(lines.join("\n"))
        }
        None => command,
    }
}

fn fit_ending_line(line: &str, width: usize) -> String {
    let words = line.trim_start();
    if line.chars().count() <= width || words == line || !words.starts_with("seatwise ") {
        return fit_prose(line, width);
    }
    let (example, remark) = line.split_at(line.len() - words.len() + remark_start(words));
    let example = example.trim_end().replace(' ', &UNBREAKABLE_SPACE.to_string());
    match remark.trim_start() {
        "" => example,
        remark => format!("{example}\n{}", fit_prose(&format!("{:REMARK$}{remark}", ""), width)),
    }
}

/// Returns where the remark behind a command begins: after two spaces at the least.
fn remark_start(words: &str) -> usize {
    words.find("  ").unwrap_or(words.len())
}
