//! The description of the whole command line, from which help, completions and manual pages are made too.

use clap::{Command, CommandFactory};

use super::Cli;

/// The commands that reach no organization, by the words that name them.
const WITHOUT_CONNECTION: [&[&str]; 7] = [
    &["validate"],
    &["schema"],
    &["completions"],
    &["man"],
    &["sandbox", "init"],
    &["sandbox", "show"],
    &["sandbox", "generate-usage"],
];

/// The options of a connection.
const OF_CONNECTION: [&str; 3] = ["url", "token_file", "ca_file"];

/// Returns the description of the command line. Global options are taken everywhere, and shown once: with all
/// commands together; those of a connection are shown where a connection is made, too.
pub fn command_line() -> Command {
    let mut command = Cli::command();
    command.build();
    let global: Vec<String> = command
        .get_arguments()
        .filter(|arg| arg.is_global_set())
        .map(|arg| arg.get_id().to_string())
        .collect();
    hide_global_options(&mut command, &mut Vec::new(), &global);
    command
}

fn hide_global_options(command: &mut Command, words: &mut Vec<String>, global: &[String]) {
    for sub in command.get_subcommands_mut() {
        words.push(sub.get_name().to_owned());
        let connects = !WITHOUT_CONNECTION.contains(&&*words.iter().map(String::as_str).collect::<Vec<_>>());
        let is_group = sub.has_subcommands();
        let shown = |id: &str| connects && !is_group && OF_CONNECTION.contains(&id);
        *sub = std::mem::take(sub).mut_args(|arg| {
            let id = arg.get_id().as_str();
            let hides = global.iter().any(|name| name == id) && !shown(id);
            if hides { arg.hide(true) } else { arg }
        });
        hide_global_options(sub, words, global);
        words.pop();
    }
}
