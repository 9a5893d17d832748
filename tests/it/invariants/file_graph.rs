//! Which file uses names of which other file: a name leads to the file that defines it, past every re-export.
//!
//! A file and the files in its folder (`plan.rs` and `plan/…`) count as one: a type and its parts name each
//! other.

use std::collections::{BTreeMap, BTreeSet};

use syn::UseTree;

use super::definition::definitions_of;
use super::source_file::SourceFile;

/// A module's path below the crate, such as `["plan", "file"]`; the crate's root is empty.
type ModulePath = Vec<String>;

/// The files of a crate and the uses between them.
pub struct FileGraph {
    modules: BTreeMap<ModulePath, ModuleNames>,
    /// For each file, the files whose names it uses, each with one such name.
    edges: BTreeMap<String, BTreeMap<String, String>>,
}

/// The names of one module.
struct ModuleNames {
    file: String,
    defined: BTreeSet<String>,
    /// The names that `use` imports, each with the path for which it stands.
    imported: BTreeMap<String, Vec<String>>,
    /// The paths from which `use` imports every name.
    globs: Vec<Vec<String>>,
    /// The imported names that `pub use` exports again.
    passed_on: BTreeSet<String>,
}

impl FileGraph {
    /// Builds the graph of `sources`.
    pub fn new(sources: &[SourceFile]) -> Self {
        let modules =
            sources.iter().map(|source| (module_of(&source.path), ModuleNames::new(source))).collect();
        let mut graph = Self { modules, edges: BTreeMap::new() };
        for source in sources {
            let taken = graph.files_taken_from(source);
            graph.edges.insert(source.path.clone(), taken);
        }
        graph
    }

    /// The circles: sets of files that use names of each other. Each file is listed with the files of its
    /// circle whose names it uses.
    pub fn circles(&self) -> Vec<String> {
        let reached: BTreeMap<&str, BTreeSet<&str>> =
            self.edges.keys().map(|file| (file.as_str(), self.files_reached_from(file))).collect();
        let mut circles = BTreeMap::<BTreeSet<&str>, Vec<String>>::new();
        for (file, others) in &reached {
            let circle: BTreeSet<&str> =
                others.iter().copied().filter(|other| reached[other].contains(file)).collect();
            if circle.is_empty() || circle == BTreeSet::from([*file]) {
                continue;
            }
            let ties = self.edges[*file].iter().filter(|(other, _)| circle.contains(other.as_str()));
            let ties: Vec<String> = ties.map(|(other, name)| format!("{file} -> {other}: {name}")).collect();
            circles.entry(circle).or_default().extend(ties);
        }
        circles.into_values().map(|ties| ties.join("\n  ")).collect()
    }

    fn files_reached_from<'a>(&'a self, file: &str) -> BTreeSet<&'a str> {
        let (mut reached, mut next) = (BTreeSet::new(), vec![file]);
        while let Some(file) = next.pop() {
            for other in self.edges.get(file).into_iter().flat_map(BTreeMap::keys) {
                if reached.insert(other.as_str()) {
                    next.push(other);
                }
            }
        }
        reached
    }

    fn files_taken_from(&self, source: &SourceFile) -> BTreeMap<String, String> {
        let module = module_of(&source.path);
        let names = &self.modules[&module];
        let mut taken = BTreeMap::new();
        for path in source.paths() {
            // A re-export does not tie two files: each file that uses the re-exported name is tied to its
            // definition.
            let is_passed_on =
                path.is_import && path.segments.last().is_some_and(|name| names.passed_on.contains(name));
            let Some(target) = self.absolute_path(&module, path.segments).filter(|_| !is_passed_on) else {
                continue;
            };
            if let Some(file) = self.defining_file(&target, 0)
                && file != source.path
                && !are_one(file, &source.path)
            {
                taken.entry(file.to_owned()).or_insert_with(|| path.segments.join("::"));
            }
        }
        taken
    }

    /// The path from the crate's root; `None` where the path leads out of the crate, or to no module.
    fn absolute_path(&self, module: &[String], path: &[String]) -> Option<Vec<String>> {
        let first = path.first()?.as_str();
        let above = path.iter().take_while(|segment| *segment == "super").count();
        // `mod name;` and `pub(super)` name modules without using their names.
        if path.len() == 1 && !first.starts_with(char::is_uppercase) {
            return None;
        }
        if first == "crate" || first == "seatwise" {
            return Some(path[1..].to_vec());
        }
        if above > 0 {
            return Some([module.get(..module.len().checked_sub(above)?)?, &path[above..]].concat());
        }
        if first == "self" {
            return Some([module, &path[1..]].concat());
        }
        let child = [module, &path[..1]].concat();
        if self.modules.contains_key(&child) {
            return Some([module, path].concat());
        }
        let imported = self.modules[module].imported.get(first)?;
        (imported.first().map(String::as_str) != Some(first))
            .then(|| self.absolute_path(module, &[imported.as_slice(), &path[1..]].concat()))
            .flatten()
    }

    /// The file that defines the name at a path from the root.
    fn defining_file(&self, path: &[String], depth: usize) -> Option<&str> {
        // The limit stops circles of re-exports.
        const DEEPEST: usize = 8;
        let length = (0..=path.len()).rev().find(|length| self.modules.contains_key(&path[..*length]))?;
        let (names, module) = (&self.modules[&path[..length]], &path[..length]);
        let Some(name) = path.get(length).filter(|name| *name != "self" && *name != "*") else {
            return (length > 0).then_some(names.file.as_str());
        };
        if names.defined.contains(name) || depth == DEEPEST {
            return Some(&names.file);
        }
        let onward = |target: &[String]| {
            let target = self.absolute_path(module, target)?;
            (target != path).then(|| self.defining_file(&target, depth + 1)).flatten()
        };
        let by_name = names.imported.get(name).and_then(|target| onward(target));
        let by_glob = || {
            names
                .globs
                .iter()
                .find_map(|glob| onward(&[glob.as_slice(), std::slice::from_ref(name)].concat()))
        };
        by_name.or_else(by_glob).or(Some(&names.file))
    }
}

/// Whether one file lies in the folder of the other.
fn are_one(file: &str, other: &str) -> bool {
    let lies_in = |inner: &str, outer: &str| {
        inner.strip_prefix(outer.strip_suffix(".rs").unwrap()).is_some_and(|rest| rest.starts_with('/'))
    };
    lies_in(file, other) || lies_in(other, file)
}

/// The module of a file, such as `src/plan/file.rs`.
fn module_of(file: &str) -> ModulePath {
    let path: ModulePath = file.strip_suffix(".rs").unwrap().split('/').skip(1).map(str::to_owned).collect();
    if path == ["lib"] { ModulePath::new() } else { path }
}

impl ModuleNames {
    fn new(source: &SourceFile) -> Self {
        let defined = definitions_of(&source.text).into_iter().map(|definition| definition.name).collect();
        let mut names = Self {
            file: source.path.clone(),
            defined,
            imported: BTreeMap::new(),
            globs: Vec::new(),
            passed_on: BTreeSet::new(),
        };
        for item in syn::parse_file(&source.text).unwrap().items {
            if let syn::Item::Use(item) = item {
                names.take_import(&item.tree, Vec::new(), !matches!(item.vis, syn::Visibility::Inherited));
            }
        }
        names
    }

    fn take_import(&mut self, tree: &UseTree, mut path: Vec<String>, is_passed_on: bool) {
        let (name, segment) = match tree {
            UseTree::Path(inner) => {
                path.push(inner.ident.to_string());
                return self.take_import(&inner.tree, path, is_passed_on);
            }
            UseTree::Group(group) => {
                return group
                    .items
                    .iter()
                    .for_each(|inner| self.take_import(inner, path.clone(), is_passed_on));
            }
            UseTree::Glob(_) => return self.globs.push(path),
            UseTree::Name(inner) => (inner.ident.to_string(), inner.ident.to_string()),
            UseTree::Rename(inner) => (inner.rename.to_string(), inner.ident.to_string()),
        };
        let name = if segment == "self" { path.last().cloned().unwrap_or_default() } else { name };
        if segment != "self" {
            path.push(segment);
        }
        if is_passed_on {
            self.passed_on.insert(name.clone());
        }
        self.imported.insert(name, path);
    }
}

#[test]
fn a_circle_is_found_past_a_re_export() {
    let sources = [
        SourceFile::from_text("src/lib.rs", "pub mod a; pub mod b;"),
        SourceFile::from_text("src/a.rs", "mod inner; pub use inner::Thing; use crate::b::help;"),
        SourceFile::from_text("src/a/inner.rs", "pub struct Thing; fn f() { crate::b::help(); }"),
        SourceFile::from_text("src/b.rs", "use crate::a::Thing; pub fn help() -> Thing { todo!() }"),
    ];
    let circles = FileGraph::new(&sources).circles();
    assert_eq!(
        circles,
        ["src/a/inner.rs -> src/b.rs: crate::b::help\n  src/b.rs -> src/a/inner.rs: crate::a::Thing"]
    );
    let sources = [
        SourceFile::from_text("src/lib.rs", "pub mod a; pub mod b;"),
        SourceFile::from_text("src/a.rs", "pub struct Thing;"),
        SourceFile::from_text("src/b.rs", "use crate::a::Thing;"),
    ];
    assert_eq!(FileGraph::new(&sources).circles(), Vec::<String>::new());
}
