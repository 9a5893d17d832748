//! Paths below the policy's folder that a policy may name for what is written: the embedded organization and
//! the store of use.
//!
//! A policy comes from a pull request. Its paths lead neither out of its folder nor to what decides there:
//! the policy itself, the folders of Git, of CI systems and of other tools, and the state of runs.

/// The folder that holds state.
const STATE: &str = ".seatwise";

/// Why nothing may be written at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlaceFlaw {
    /// It leads out of the policy's folder, or may on some system.
    Outside,
    /// A part of it belongs to Git, a CI system or another tool.
    OfOtherTools,
    /// It has the name of a file of the policy.
    OfThePolicy,
    /// It is where the state of runs is.
    OfState,
}

impl PlaceFlaw {
    /// Judges a path below the policy's folder; `None` where something may be written there.
    pub fn of_path(path: &str) -> Option<Self> {
        let parts: Vec<&str> = path.split('/').collect();
        let is_outside = |part: &&str| matches!(*part, "" | "." | "..") || part.contains(['\\', ':']);
        if parts.iter().any(is_outside) {
            return Some(Self::Outside);
        }
        let below = if parts[0] == STATE { &parts[1..] } else { &parts[..] };
        if below.iter().any(|part| is_of_other_tools(part)) {
            return Some(Self::OfOtherTools);
        }
        let Some(name) = below.first() else { return Some(Self::OfState) };
        // What the user may keep there is told by its name, so that state of later versions is none of it.
        if below.len() < parts.len() && !name.starts_with("usage") && !name.ends_with(".db") {
            return Some(Self::OfState);
        }
        let is_of_policy = |part: &&str| {
            let part = part.to_lowercase();
            [".yaml", ".yml", ".json"].iter().any(|ending| part.ends_with(ending))
        };
        parts.iter().any(is_of_policy).then_some(Self::OfThePolicy)
    }

    /// Returns what the path does, after its name.
    pub fn words(self) -> &'static str {
        match self {
            Self::Outside => "does not stay inside the policy's folder",
            Self::OfOtherTools => "leads to what belongs to Git, a CI system or another tool",
            Self::OfThePolicy => "is named like a file of the policy",
            Self::OfState => "leads to where the runs and their state are kept",
        }
    }
}

/// Whether a part of a path is, on some system, a hidden file or folder, which Git, CI systems and other
/// tools believe: `.git`, `.GIT `, `.github`, `git~1`, and `.git` with letters in it that nobody sees.
fn is_of_other_tools(part: &str) -> bool {
    let is_unseen = |letter: char| {
        letter.is_control()
            || matches!(letter, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    part.starts_with(['.', ' '])
        || part.ends_with(['.', ' '])
        || part.contains('~')
        || part.contains(is_unseen)
}
