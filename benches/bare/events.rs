//! The files of a policy, and the bare events of the YAML parser over them.

use std::path::{Path, PathBuf};

use granit_parser::Parser;
use rayon::prelude::*;

/// The YAML files below `folder` with their sizes, largest first as in the loader.
pub(crate) fn files(folder: &Path) -> Vec<(PathBuf, u64)> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
            } else if entry.path().extension().is_some_and(|extension| extension == "yaml") {
                files.push((entry.path(), entry.metadata().unwrap().len()));
            }
        }
    }
    files.sort_by_key(|(_, bytes)| std::cmp::Reverse(*bytes));
    files
}

/// The number of events that the YAML parser finds in `files`: the baseline for reading a policy.
pub(crate) fn events(files: &[(PathBuf, u64)]) -> usize {
    let count = |path: &PathBuf| {
        let text = std::fs::read_to_string(path).unwrap();
        let mut parser = Parser::new_from_str(&text);
        let mut events = 0;
        while let Some(event) = parser.next_event() {
            event.unwrap();
            events += 1;
        }
        events
    };
    files.iter().par_bridge().map(|(path, _)| count(path)).sum()
}
