//! Commands that are printed can be copied: they work from the directory that the program was called in.

use super::*;

/// Calls the program in the folder above the one of `office`.
fn call_from_above(office: &Quickstart, words: &[&str]) -> ProgramOutcome {
    let folder = office.path("");
    let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
    let mut program = Command::new(env!("CARGO_BIN_EXE_seatwise"));
    let words = [&["-C", &name], words].concat();
    let program = program
        .env_clear()
        .env("XDG_STATE_HOME", crate::state_home::state_home())
        .env("SEATWISE_NOW", "2026-11-24T09:50:00Z")
        .args(words);
    let Output { status, stdout, stderr } =
        program.current_dir(folder.parent().unwrap()).stdin(std::process::Stdio::null()).output().unwrap();
    ProgramOutcome {
        code: status.code().unwrap(),
        out: String::from_utf8(stdout).unwrap(),
        err: String::from_utf8(stderr).unwrap(),
    }
}

/// The commands in backticks of an output, without the program and the folder.
fn printed_commands(said: &ProgramOutcome, office: &Quickstart) -> Vec<String> {
    let name = office.path("").file_name().unwrap().to_str().unwrap().to_owned();
    let all = format!("{}{}", said.out, said.err);
    let quoted = all.split('`').skip(1).step_by(2).filter(|part| part.starts_with("seatwise "));
    let mut commands = Vec::new();
    for command in quoted {
        let rest = command.strip_prefix(&format!("seatwise -C {name} "));
        commands.push(rest.unwrap_or_else(|| panic!("`{command}` does not name the folder")).to_owned());
    }
    commands
}

#[test]
fn printed_command_works_from_the_same_directory() {
    let office = Quickstart::new();
    let mut tried = Vec::new();
    let plan = office.path("plan.json");
    let plan = plan.to_str().unwrap();
    // Each call leaves what the next one needs.
    for words in [
        &["drift"][..],
        &["plan", "--out", plan],
        &["apply", "--yes"],
        &["undo", "last"],
        &["undo", "last", "--yes"],
        &["resume"],
        &["usage", "peaks"],
    ] {
        let said = call_from_above(&office, words);
        for command in printed_commands(&said, &office) {
            let words: Vec<&str> = command.split(' ').collect();
            let has_blanks =
                words.iter().any(|word| word.len() > 2 && word.bytes().all(|byte| byte.is_ascii_uppercase()));
            if !has_blanks && !words.contains(&"apply") {
                let came = call_from_above(&office, &words);
                assert_ne!(came.code, 1, "`{command}`, printed by {words:?}: {}", came.err);
                // Without a terminal, what asks is not answered.
                let asks = came.err.contains("there is no terminal to ask at");
                assert!(came.code != 64 || asks, "`{command}`, printed by {words:?}: {}", came.err);
            }
            tried.push(command);
        }
    }
    for command in ["plan", "undo 2026", "apply ", "usage collect"] {
        assert!(tried.iter().any(|tried| tried.starts_with(command)), "no `{command}` in {tried:?}");
    }
}

/// The name of a folder that a shell would take apart is quoted.
#[test]
fn printed_folder_is_one_word_of_a_shell() {
    let office = Quickstart::new();
    let folder = office.path("the firm's");
    std::fs::create_dir(&folder).unwrap();
    acme::copy_folder(&crate::folders::repository_path("examples/quickstart"), &folder);
    office
        .run(&["-C", "the firm's", "drift"])
        .assert_exit(1, &["`seatwise -C \"the firm's\" plan` shows how live differs"]);
}
