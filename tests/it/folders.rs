//! Policy folders of the repository, and embedded organizations for planning and applying such a policy.

use std::path::{Path, PathBuf};

use seatwise::load::{self, LoadOutcome};
use seatwise::model::{Interner, Snapshot};
use seatwise::plan::approval::approve_plan;
use seatwise::plan::{Plan, PlanContext, ReadCounts};
use seatwise::policy::scope::scope_policy;
use seatwise::policy::{Moment, Policy};
use seatwise::reach::SandboxConnector;
use seatwise::sandbox::seed::SEED_FILE;
use seatwise::sandbox::{Seed, StoreOptions, read_seed};

/// The path of a file or folder of the repository.
pub fn repository_path(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Every folder in `examples/`, by name.
pub fn examples() -> Vec<PathBuf> {
    let folders = repository_path("examples").read_dir().unwrap().map(|entry| entry.unwrap().path());
    let mut folders: Vec<_> = folders.filter(|path| path.join(load::SETTINGS).is_file()).collect();
    folders.sort();
    assert!(folders.len() >= 2, "{folders:?}");
    folders
}

/// Every file below `folder` whose name ends in `.ending`, sorted by path, without folders that begin with a
/// dot.
pub fn files_with_ending(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in folder.read_dir().unwrap() {
        let path = entry.unwrap().path();
        if path.file_name().unwrap().to_str().unwrap().starts_with('.') {
            continue;
        }
        if path.is_dir() {
            found.extend(files_with_ending(&path, ending));
        } else if path.extension().is_some_and(|found| found == ending) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// A copy of the example `name` in which files of `overlay` replace files of the same path. The folder is
/// removed with the value.
pub fn overlaid_copy(name: &str, overlay: &str) -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    for from in [repository_path("examples").join(name), repository_path(overlay)] {
        for file in files_with_ending(&from, "yaml") {
            let to = copy.path().join(file.strip_prefix(&from).unwrap());
            std::fs::create_dir_all(to.parent().unwrap()).unwrap();
            std::fs::copy(&file, to).unwrap();
        }
    }
    copy
}

/// The moment `now`, an RFC 3339 time in UTC, and its day.
pub fn moment(now: &str) -> Moment {
    Moment { as_of: now[..10].parse().unwrap(), now: now.parse().unwrap() }
}

/// An embedded organization in a folder of its own.
pub struct EmbeddedOrganization {
    folder: tempfile::TempDir,
    seed: Seed,
}

impl EmbeddedOrganization {
    /// An organization with the seed beside the policy in `folder`, or with an empty seed. The first write
    /// founds the organization.
    pub fn with_seed_of(folder: &Path) -> Self {
        let seed = folder.join(SEED_FILE);
        Self {
            folder: tempfile::tempdir().unwrap(),
            seed: if seed.is_file() { read_seed(&seed).unwrap() } else { Seed::default() },
        }
    }

    fn sandbox(&self, policy: &Policy, moment: Moment) -> SandboxConnector {
        let opening = StoreOptions::new(moment.now);
        SandboxConnector::new(
            &self.folder.path().join("organization.db"),
            &policy.settings.organization,
            self.seed.clone(),
            opening,
        )
    }

    /// Reads the organization under the name that the policy in `folder` gives.
    pub fn read(&self, folder: &Path, moment: Moment) -> Snapshot {
        let names = Interner::default();
        self.sandbox(&policy(folder, moment, &names), moment).read(&names).unwrap()
    }

    /// Plans the policy in `folder`, which must be without a problem.
    pub fn plan(&self, folder: &Path, moment: Moment) -> Plan {
        self.plan_with_pace(folder, moment, None)
    }

    /// Plans the policy in `folder` for an organization that accepts `per_second` requests a second.
    pub fn plan_with_pace(&self, folder: &Path, moment: Moment, per_second: Option<u32>) -> Plan {
        let names = Interner::default();
        let mut policy = policy(folder, moment, &names);
        let snapshot = self.sandbox(&policy, moment).read(&names).unwrap();
        let read = ReadCounts {
            users: snapshot.live.0.users.len(),
            products: snapshot.facts.products.len(),
            requests: snapshot.requests,
        };
        let scoped = scope_policy(&mut policy, snapshot, moment);
        assert_eq!(scoped.clashes, [], "{}", folder.display());
        Plan::new(&policy, &scoped, moment, PlanContext { read, per_second, ..PlanContext::default() })
    }

    /// Plans the policy in `folder` and carries out every step.
    pub fn apply(&self, folder: &Path, moment: Moment) {
        let plan = approve_plan(self.plan(folder, moment))
            .unwrap_or_else(|plan| panic!("{}: {:?}", folder.display(), plan.verdict.refusals));
        let sandbox = self.sandbox(&policy(folder, moment, &Interner::default()), moment);
        sandbox.learn(&plan.plan().catalogue).unwrap();
        for step in &plan.plan().steps {
            sandbox
                .write(step, &format!("{}-{}", moment.now, step.no.0))
                .unwrap_or_else(|error| panic!("{:?}: {error}", step.act));
        }
    }
}

/// Reads the policy in `folder`, which must be without a problem.
pub fn policy(folder: &Path, moment: Moment, names: &Interner) -> Policy {
    let LoadOutcome { policy, problems, unknown_products, dated_problems, .. } =
        load::load_policy(folder, moment.as_of, names).unwrap();
    assert!(
        problems.is_empty() && unknown_products.is_empty() && dated_problems.is_empty(),
        "{}: {problems:?} {unknown_products:?} {dated_problems:?}",
        folder.display()
    );
    policy.unwrap()
}
