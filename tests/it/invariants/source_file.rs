//! A source file as the paths that its code names; comments, texts and test modules are left out.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use crate::folders::{files_with_ending, repository_path};

/// A source file and the paths that its code names.
pub struct SourceFile {
    /// The path in the repository.
    pub path: String,
    /// The top-level module to which the file belongs.
    pub module: String,
    pub text: String,
    /// The depth of the file's own module below the top: 1 for `src/policy.rs`.
    depth: usize,
    paths: Vec<NamedPath>,
}

/// A path in the code, with lists in `use` spelled out: `use std::{fs, io}` is `std::fs` and `std::io`.
struct NamedPath {
    segments: Vec<String>,
    line: usize,
    /// Whether the path is part of a `use`.
    is_import: bool,
}

/// A borrowed path in the code.
pub struct PathUse<'a> {
    pub segments: &'a [String],
    /// Whether the path is part of a `use`.
    pub is_import: bool,
}

/// The kinds of text literals to look for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum TextLiterals {
    /// Literals without escapes.
    Raw,
    All,
}

/// All source files below a folder of the repository, sorted by path.
pub fn sources_below(folder: &str) -> Vec<SourceFile> {
    let sources: Vec<SourceFile> = files_with_ending(&repository_path(folder), "rs")
        .iter()
        .map(|file| {
            let path = file.strip_prefix(repository_path("")).unwrap().to_str().unwrap().replace('\\', "/");
            SourceFile::from_text(&path, &std::fs::read_to_string(file).unwrap())
        })
        .collect();
    assert!(!sources.is_empty(), "there are sources below {folder}");
    sources
}

impl SourceFile {
    /// The file at `path` with this text.
    pub fn from_text(path: &str, text: &str) -> Self {
        let parts: Vec<&str> = path.strip_suffix(".rs").unwrap().split('/').collect();
        let mut paths = Vec::new();
        collect_paths(text.parse().unwrap(), &[], PathPlace::Code, &mut paths);
        Self {
            module: parts[1].to_owned(),
            depth: parts.len() - 1,
            path: path.to_owned(),
            text: text.to_owned(),
            paths,
        }
    }

    /// All paths that the code names.
    pub fn paths(&self) -> impl Iterator<Item = PathUse<'_>> {
        self.paths.iter().map(|named| PathUse { segments: &named.segments, is_import: named.is_import })
    }

    /// The lines that hold a text literal.
    pub fn lines_of_texts(&self, texts: TextLiterals) -> BTreeSet<usize> {
        let mut lines = BTreeSet::new();
        collect_text_lines(self.text.parse().unwrap(), texts, &mut lines);
        lines
    }

    /// The places that name one of `forbidden`: the beginning of a path if the entry has `::`, or else one
    /// word anywhere in a path.
    pub fn places_naming(&self, forbidden: &[&str]) -> Vec<String> {
        let hit = |named: &NamedPath, word: &str| match word.split_once("::") {
            Some((root, rest)) => {
                named.segments.len() > 1 && named.segments[0] == root && named.segments[1] == rest
            }
            None => named.segments.iter().any(|segment| segment == word),
        };
        let hits = self.paths.iter().flat_map(|named| {
            forbidden.iter().filter(|word| hit(named, word)).map(move |word| (named.line, *word))
        });
        hits.map(|(line, word)| format!("{}:{line}: {word}", self.path)).collect()
    }

    /// The top-level modules that the file uses, each with the line of one use.
    pub fn used_modules(&self) -> BTreeMap<String, usize> {
        let used = |named: &NamedPath| {
            let above = named.segments.iter().take_while(|segment| *segment == "super").count();
            // The binary names the library as a crate.
            let at_top = ["crate", "seatwise"].contains(&named.segments[0].as_str());
            let from = if at_top { 1 } else { above };
            (at_top || (above > 0 && above == self.depth))
                .then(|| named.segments.get(from).cloned())
                .flatten()
                .map(|module| (module, named.line))
        };
        self.paths.iter().filter_map(used).collect()
    }
}

fn collect_text_lines(tokens: TokenStream, texts: TextLiterals, lines: &mut BTreeSet<usize>) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => collect_text_lines(group.stream(), texts, lines),
            TokenTree::Literal(literal) => {
                let text = literal.to_string();
                if text.starts_with('r') || texts == TextLiterals::All && text.starts_with('"') {
                    lines.extend(literal.span().start().line..=literal.span().end().line);
                }
            }
            TokenTree::Ident(_) | TokenTree::Punct(_) => {}
        }
    }
}

/// The place of a path in the code.
#[derive(Clone, Copy, PartialEq, Eq)]
enum PathPlace {
    Code,
    /// Part of a `use`.
    Import,
}

/// Collects the paths in `tokens`, each after `prefix`.
fn collect_paths(tokens: TokenStream, prefix: &[String], place: PathPlace, found: &mut Vec<NamedPath>) {
    let mut path = PathReader { segments: prefix.to_vec(), line: 0, joined: !prefix.is_empty(), place };
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Ident(word) => {
                if !path.joined {
                    path.finish(&[], found);
                }
                if word == "use" {
                    path.place = PathPlace::Import;
                }
                path.segments.push(word.to_string());
                (path.line, path.joined) = (word.span().start().line, false);
            }
            TokenTree::Punct(sign)
                if sign.as_char() == ':'
                    && matches!(tokens.peek(), Some(TokenTree::Punct(next)) if next.as_char() == ':') =>
            {
                tokens.next();
                path.joined = true;
            }
            TokenTree::Group(group)
                if path.joined && group.delimiter() == Delimiter::Brace && !path.segments.is_empty() =>
            {
                collect_paths(group.stream(), &path.segments, path.place, found);
                let place = path.place;
                path = PathReader { segments: prefix.to_vec(), line: 0, joined: !prefix.is_empty(), place };
            }
            TokenTree::Group(group) => {
                path.finish(prefix, found);
                let text = group.stream().to_string();
                if group.delimiter() == Delimiter::Bracket && text == "cfg (test)" {
                    // A test module is the last item in its file.
                    return;
                }
                collect_paths(group.stream(), &[], path.place, found);
            }
            TokenTree::Punct(sign) => {
                path.finish(prefix, found);
                if sign.as_char() == ';' {
                    path.place = PathPlace::Code;
                }
            }
            TokenTree::Literal(_) => path.finish(prefix, found),
        }
    }
    path.finish(&[], found);
}

/// Builds a path word by word.
struct PathReader {
    segments: Vec<String>,
    line: usize,
    /// Whether the next word belongs to the path.
    joined: bool,
    place: PathPlace,
}

impl PathReader {
    /// Stores the finished path, and starts a new one after `prefix`.
    fn finish(&mut self, prefix: &[String], found: &mut Vec<NamedPath>) {
        let segments = std::mem::replace(&mut self.segments, prefix.to_vec());
        if self.line > 0 {
            found.push(NamedPath { segments, line: self.line, is_import: self.place == PathPlace::Import });
        }
        (self.line, self.joined) = (0, !prefix.is_empty());
    }
}

#[test]
fn paths_are_found_wherever_they_stand() {
    let text = r#"
        //! std::net
        use std::{fs, io::{self, Write}};
        // tokio
        fn f() -> std::env::Vars { let text = "rayon"; g(crate::plan::Plan { x: thread::spawn::<u8>() }) }
        #[cfg(test)]
        mod tests { use rand::random; }
    "#;
    let mut found = Vec::new();
    collect_paths(text.parse().unwrap(), &[], PathPlace::Code, &mut found);
    let paths: Vec<String> =
        found.iter().map(|named| named.segments.join("::")).filter(|path| path.contains("::")).collect();
    assert_eq!(
        paths,
        [
            "std::fs",
            "std::io::self",
            "std::io::Write",
            "std::env::Vars",
            "crate::plan::Plan",
            "thread::spawn"
        ]
    );
}
