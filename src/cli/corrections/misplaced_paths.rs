//! Paths that exist, or nearly do, and stand in the wrong place.

use std::path::{Path, PathBuf};

use super::{CommandLine, Correction};
use crate::load::{SETTINGS, is_document};
use crate::policy::nearest_name;

/// The most folders that are proposed.
const MOST_FOLDERS: usize = 3;

/// Returns the correction of a command line whose policy folder, `dir` or else the current one, has no
/// settings: the policies that are near.
pub(in crate::cli) fn policy_folder_correction(line: &CommandLine, dir: Option<&Path>) -> Correction {
    let place = dir.unwrap_or(Path::new("."));
    let wrong = match dir {
        Some(dir) if !dir.is_dir() => format!("there is no folder {}", dir.display()),
        Some(dir) => format!("there is no policy in {}: it has no `{SETTINGS}`", dir.display()),
        None => format!("there is no policy here: neither this folder nor one above it has a `{SETTINGS}`"),
    };
    let above = place.ancestors().skip(1).find(|folder| folder.join(SETTINGS).is_file()).map(named_folder);
    let beside = place.parent().map(named_folder);
    let candidates = [above.into_iter().collect(), policies_below(place)].into_iter();
    let near = candidates
        .chain(beside.map(|beside| nearest_folder(place, policies_below(&beside))))
        .find(|found| !found.is_empty())
        .unwrap_or_else(|| vec![PathBuf::from("FOLDER")]);
    let right = near.iter().take(MOST_FOLDERS).map(|folder| line.in_folder(&folder.to_string_lossy()));
    Correction::new(wrong, right)
}

/// Returns the path with a name for the current folder.
fn named_folder(folder: &Path) -> PathBuf {
    if folder.as_os_str().is_empty() { PathBuf::from(".") } else { folder.to_owned() }
}

/// Returns the policies in `folder` and in the folders in it, by name.
fn policies_below(folder: &Path) -> Vec<PathBuf> {
    let folders = |folder: &Path| {
        let entries = std::fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
        let mut found: Vec<PathBuf> =
            entries.map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
        found.sort();
        found
    };
    let below = folders(folder).into_iter().flat_map(|folder| {
        let inner = folders(&folder);
        std::iter::once(folder).chain(inner)
    });
    let found = below.filter(|folder| folder.join(SETTINGS).is_file());
    found.map(|path| path.strip_prefix(".").map_or_else(|_| path.clone(), Path::to_owned)).collect()
}

/// Returns the folder whose name is nearest to that of `wrong`, or all where none is near.
fn nearest_folder(wrong: &Path, known: Vec<PathBuf>) -> Vec<PathBuf> {
    let names: Vec<String> = known.iter().map(|path| path.to_string_lossy().into_owned()).collect();
    let near = nearest_name(&wrong.to_string_lossy(), names.iter().map(String::as_str)).map(PathBuf::from);
    near.map_or(known, |near| vec![near])
}

/// Returns the correction of what is no saved plan, but a folder, a file of a policy or nothing; `None` where
/// it may be a plan.
pub(in crate::cli) fn saved_plan_correction(line: &CommandLine, path: &Path) -> Option<Correction> {
    let named = path.display();
    if path.is_dir() {
        return Some(folder_argument_correction(line, path, "a saved plan is a file"));
    }
    let is_policy = path.file_name().is_some_and(|name| is_document(&name.to_string_lossy()));
    if is_policy {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let right = line.drop_last(&path.to_string_lossy()).in_folder(&folder.to_string_lossy());
        return Some(Correction::new(format!("{named} is a file of a policy, and no saved plan"), [right]));
    }
    let save = line.of_command(&["plan", "--out", &path.to_string_lossy()]);
    (!path.exists()).then(|| Correction::new(format!("there is no file {named}"), [save]))
}

/// Returns the correction of a folder where `wrong` says that a file belongs.
pub(in crate::cli) fn folder_argument_correction(line: &CommandLine, path: &Path, wrong: &str) -> Correction {
    let right = line.drop_last(&path.to_string_lossy()).in_folder(&path.to_string_lossy());
    Correction::new(format!("{} is a folder, and {wrong}", path.display()), [right])
}

/// Returns the correction of what is no folder of a work order.
pub(in crate::cli) fn work_order_correction(line: &CommandLine, path: &Path) -> Correction {
    let right = [
        line.of_command(&["work-order", "PLAN", "--out", "FOLDER"]),
        line.of_command(&["confirm", "FOLDER"]),
    ];
    Correction::new(format!("{} is no folder that `work-order` wrote", path.display()), right)
}
