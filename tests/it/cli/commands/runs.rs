//! `runs`: the runs that are kept, packed once they are old, and removed when they are asked to be.

use crate::cli::*;

/// Applies `count` changes of a name, one run each, after the first apply.
fn with_runs(count: usize) -> Quickstart {
    let quickstart = Quickstart::new_applied();
    for at in 0..count {
        rename_gil(&quickstart, at);
        quickstart.run(&["apply", "--yes"]).assert_exit(0, &["1 done"]);
    }
    quickstart
}

fn rename_gil(quickstart: &Quickstart, at: usize) {
    let people = quickstart.read("people.yaml");
    let (before, rest) = people.split_once("first_name: Gil").unwrap();
    let (_, after) = rest.split_once('\n').unwrap();
    quickstart.write("people.yaml", &format!("{before}first_name: Gil{at}\n{after}"));
}

/// The names of the files of all runs, sorted.
fn files(quickstart: &Quickstart, folder: &str) -> Vec<String> {
    let files = std::fs::read_dir(quickstart.path(folder)).unwrap();
    let mut names: Vec<String> = files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn kept_runs(quickstart: &Quickstart) -> serde_json::Value {
    let run = quickstart.run(&["runs", "--format", "json"]).assert_exit(0, &[]);
    serde_json::from_str(&run.out).unwrap()
}

#[test]
fn runs_are_listed_newest_first_with_what_came_of_them() {
    let quickstart = Quickstart::new();
    quickstart.run(&["runs"]).assert_exit(0, &["nothing was ever applied from here"]);
    assert!(!quickstart.path(".seatwise").exists(), "listing writes nothing");
    let quickstart = with_runs(2);
    let text = quickstart.run(&["runs"]).assert_exit(0, &["3 runs, ", "1 step: 1 done", "33 steps: 33 done"]);
    let lines: Vec<&str> = text.out.lines().collect();
    assert!(
        lines[2].contains(&quickstart.last_run()) && lines[4].contains("2026-11-24 09:00 UTC"),
        "{lines:?}"
    );
    quickstart.run(&["plan", "--out", "plan.json"]).assert_exit(0, &[]);
    rename_gil(&quickstart, 7);
    quickstart.run(&["plan", "--out", "plan.json"]).assert_exit(0, &[]);
    quickstart.kill_a_run_of("plan.json");
    quickstart.run(&["runs"]).assert_exit(0, &["1 not sent, unfinished"]);
    quickstart.run(&["resume", "--give-up"]).assert_exit(5, &[]);
    quickstart.run(&["runs"]).assert_exit(0, &["1 not sent, given up"]);
    let kept = kept_runs(&quickstart);
    assert_eq!((&kept["format"], &kept["runs"][3]["state"]), (&"seatwise-runs/1".into(), &"given_up".into()));
}

#[test]
fn older_runs_are_packed_and_can_still_be_undone() {
    let quickstart = with_runs(5);
    let names = files(&quickstart, ".seatwise/journal/packed");
    assert_eq!(names.iter().filter(|name| name.ends_with(".pack")).count(), 5, "{names:?}");
    let names = files(&quickstart, ".seatwise/journal");
    assert_eq!(names.len(), 3 + 2, "only the newest run is as it was written: {names:?}");
    let runs = quickstart.journals().runs().unwrap();
    assert_eq!(runs.len(), 6);
    for (at, run) in runs.iter().enumerate().skip(1) {
        let (before, _) = quickstart.journals().snapshot(run, &Default::default()).unwrap();
        let gil = &before.live.0.users.get("gil.matos@harbour.example").unwrap().profile.first_name;
        let expected = if at == 1 { "Gil".to_owned() } else { format!("Gil{}", at - 2) };
        assert_eq!(&**gil, expected);
    }
    quickstart.run(&["undo", runs[5].as_str(), "--yes"]).assert_exit(0, &["Gil4 → Gil3", "1 done"]);
    quickstart.run(&["undo", runs[1].as_str()]).assert_exit(0, &["others have changed it since"]);
}

#[test]
fn whole_runs_of_earlier_versions_are_read_and_packed_little_by_little() {
    let (quickstart, whole) = (with_runs(3), with_runs(0));
    // A folder as an earlier version left it: every run whole.
    let packed = quickstart.journals();
    let journal = whole.path(".seatwise/journal");
    for run in &packed.runs().unwrap() {
        let files = packed.files_of_run(run).unwrap();
        files
            .iter()
            .for_each(|(kind, bytes)| std::fs::write(journal.join(format!("{run}.{kind}")), bytes).unwrap());
    }
    let runs = packed.runs().unwrap();
    for run in &runs {
        let read = |journals: &JournalFolder| journals.snapshot(run, &Default::default()).unwrap();
        assert_eq!(read(&whole.journals()).1, read(&packed).1);
        assert_eq!(whole.journals().history(run).unwrap(), packed.history(run).unwrap());
    }
    assert_eq!(whole.journals().pack_ended_runs(2).unwrap(), 2);
    assert_eq!(whole.journals().pack_ended_runs(usize::MAX).unwrap(), 1);
    for run in &runs {
        assert_eq!(whole.journals().history(run).unwrap(), packed.history(run).unwrap());
        assert_eq!(whole.journals().plan(run).unwrap(), packed.plan(run).unwrap());
    }
    assert!(whole.journals().unfinished_runs().unwrap().is_empty());
}

#[test]
fn damage_to_a_pack_costs_its_own_run_and_few_snapshots() {
    let quickstart = with_runs(5);
    let runs = quickstart.journals().runs().unwrap();
    quickstart.write(&format!(".seatwise/journal/packed/{}.pack", runs[3]), "garbage");
    quickstart.run(&["plan"]).assert_exit(0, &["Nothing to do"]);
    quickstart.run(&["drift"]).assert_exit(0, &[]);
    quickstart.run(&["runs"]).assert_exit(0, &["its files are damaged"]);
    quickstart.run(&["undo", runs[3].as_str()]).assert_exit(1, &[".pack is not the file", "`seatwise plan`"]);
    quickstart.run(&["undo", runs[2].as_str()]).assert_exit(1, &["snapshot.json is missing"]);
    quickstart.run(&["undo", runs[4].as_str()]).assert_exit(0, &[]);
    assert!(quickstart.journals().history(&runs[2]).is_ok());
    rename_gil(&quickstart, 9);
    quickstart.run(&["apply", "--yes"]).assert_exit(0, &["1 done"]);
}

#[test]
fn chain_of_differences_is_bounded() {
    let quickstart = with_runs(0);
    // Forty runs of one step, without the program in between.
    let journals = quickstart.journals();
    let run = journals.runs().unwrap().pop().unwrap();
    let files = journals.files_of_run(&run).unwrap();
    for at in 0..40 {
        for (kind, bytes) in &files {
            quickstart.write_bytes(&format!(".seatwise/journal/20261125T0900{at:02}Z-a.{kind}"), bytes);
        }
    }
    assert_eq!(journals.pack_ended_runs(usize::MAX).unwrap(), 40);
    let bases = journals.runs().unwrap().into_iter().take(40).map(|run| {
        let pack = std::fs::read(quickstart.path(&format!(".seatwise/journal/packed/{run}.pack"))).unwrap();
        let head = pack.split(|byte| *byte == b'\n').next().unwrap();
        let head: serde_json::Value = serde_json::from_slice(head).unwrap();
        !head["base"].is_null()
    });
    let bases: Vec<bool> = bases.collect();
    assert_eq!(bases.iter().position(|is_difference| !is_difference), Some(31), "{bases:?}");
    assert_eq!(bases.iter().filter(|is_difference| **is_difference).count(), 39);
}

#[test]
fn thousands_of_runs_take_little_room() {
    let quickstart = Quickstart::with_generated_firm("400");
    quickstart.run(&["import", "--out", "imported"]).assert_exit(0, &[]);
    let calls = ["a", "b", "c", "d", "e", "f", "g", "h"];
    let text = quickstart.read("imported/users/pt.yaml");
    std::fs::remove_dir_all(quickstart.path("imported")).unwrap();
    let names = text.lines().filter(|line| line.starts_with("  ") && line.contains('@'));
    let names: Vec<&str> = names.take(4).collect();
    for call in calls {
        let users: String = names.iter().map(|name| format!("{name} {{last_name: X{call}}}\n")).collect();
        quickstart.write("people.yaml", &format!("users:\n{users}"));
        quickstart.run(&["apply", "--yes", "--quiet"]).assert_exit(0, &[]);
    }
    let kept = kept_runs(&quickstart);
    let runs = kept["runs"].as_array().unwrap();
    let (packed, whole) = (runs[5]["bytes"].as_u64().unwrap(), runs[7]["bytes"].as_u64().unwrap());
    assert!(packed * 10 < whole, "packed {packed}, whole {whole}");
    assert!(packed < 10_000, "{packed}");
}

#[test]
fn old_runs_are_removed_when_it_is_asked_for_and_never_the_last() {
    let quickstart = with_runs(6);
    let runs = quickstart.journals().runs().unwrap();
    quickstart.run(&["runs", "prune"]).assert_exit(0, &["No run is that old; 7 runs are kept"]);
    quickstart
        .run(&["runs", "prune", "--keep", "3"])
        .assert_exit(64, &["To remove:", runs[3].as_str(), "Remove 4 runs?", "--yes"]);
    assert_eq!(quickstart.journals().runs().unwrap().len(), 7);
    quickstart
        .run(&["runs", "prune", "--keep", "3", "--yes"])
        .assert_exit(0, &["Removed 4 runs, ", "3 runs are left"]);
    assert_eq!(quickstart.journals().runs().unwrap(), runs[4..]);
    quickstart.run(&["undo", runs[4].as_str()]).assert_exit(0, &[]);
    quickstart.run(&["undo", runs[0].as_str()]).assert_exit(64, &["there is no run"]);
    let later =
        quickstart.run_at("2027-11-24T09:00:00Z", &["runs", "prune", "--older-than", "366d", "--yes"]);
    later.assert_exit(0, &["No run is that old"]);
    let json = ["runs", "prune", "--older-than", "30d", "--yes", "--format", "json"];
    let later = quickstart.run_at("2027-11-24T09:00:00Z", &json).assert_exit(0, &[]);
    let pruned: serde_json::Value = serde_json::from_str(&later.out).unwrap();
    assert_eq!((pruned["removed"].as_array().unwrap().len(), &pruned["kept"]), (2, &1.into()));
    quickstart.run(&["drift"]).assert_exit(0, &[]);
}

#[test]
fn settings_say_how_long_runs_are_kept() {
    let quickstart = with_runs(2);
    let prune = ["runs", "prune", "--yes"];
    quickstart.run_at("2027-11-24T09:00:00Z", &prune).assert_exit(0, &["No run is that old"]);
    quickstart.edit("seatwise.yaml", "guard:", "keep: {runs: 100d}\nguard:");
    quickstart.run_at("2027-11-24T09:00:00Z", &prune).assert_exit(0, &["Removed 2 runs", "1 run is left"]);
}

#[test]
fn unfinished_run_is_never_removed() {
    let quickstart = with_runs(1);
    rename_gil(&quickstart, 7);
    quickstart.run(&["plan", "--out", "plan.json"]).assert_exit(0, &[]);
    quickstart.kill_a_run_of("plan.json");
    quickstart.run(&["runs", "prune", "--keep", "0", "--yes"]).assert_exit(0, &["Removed 2 runs"]);
    quickstart.run(&["resume"]).assert_exit(0, &["1 done"]);
}
