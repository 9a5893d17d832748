//! `sandbox serve` as a program: what it prints, what it logs, and how it ends.

#![cfg(unix)]

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};

use serde_json::json;

use crate::connector::transport::credentials::write_private;
use crate::folders::repository_path;
use crate::sandbox::serve::*;
use serde_json::Value;

/// The running program, with what it printed at the start and its log.
struct ServeProcess {
    child: Child,
    url: String,
    key: String,
    token: String,
    told: BufReader<std::process::ChildStderr>,
    /// The lines of the log that have been read.
    heard: Vec<String>,
}

impl ServeProcess {
    fn start(more: &[&str]) -> (Self, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        for file in ["people.yaml", "seatwise.yaml"] {
            std::fs::copy(repository_path("examples/http").join(file), folder.path().join(file)).unwrap();
        }
        for (name, seconds) in [("slow.json", 0.3), ("stuck.json", 600.0)] {
            let late = json!({"faults": [{"fault": "delay", "on": "reads", "at": [1], "seconds": seconds}]});
            write_private(&folder.path().join(name), &late.to_string());
        }
        let late =
            json!({"faults": [{"fault": "delay", "on": "writes", "at": [3, 4, 5, 6], "seconds": 0.5}]});
        write_private(&folder.path().join("slow-writes.json"), &late.to_string());
        let mut program = Command::new(env!("CARGO_BIN_EXE_seatwise"));
        program
            .env_clear()
            .env("XDG_STATE_HOME", crate::state_home::state_home())
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        program.env("SEATWISE_CLIENT_ID", "admin").env("SEATWISE_CLIENT_SECRET", SECRET);
        program.args(["sandbox", "serve", "--listen", "127.0.0.1:0", "--token-file", "token"]).args(more);
        let mut child = program.spawn().unwrap();
        let said: Vec<String> =
            BufReader::new(child.stdout.take().unwrap()).lines().take(2).map(Result::unwrap).collect();
        let url = said[0].strip_prefix("http is served at ").unwrap().to_owned();
        let key = said[1]
            .strip_prefix(&format!("to look at it, once: {url}/#key="))
            .unwrap_or_else(|| panic!("{said:?}"))
            .to_owned();
        let token = std::fs::read_to_string(folder.path().join("token")).unwrap().trim().to_owned();
        let told = BufReader::new(child.stderr.take().unwrap());
        (Self { child, url, key, token, told, heard: Vec::new() }, folder)
    }

    /// Reads the log up to the next line that contains `part`, and returns that line.
    fn read_until(&mut self, part: &str) -> String {
        for line in self.told.by_ref().lines() {
            let line = line.unwrap();
            self.heard.push(line.clone());
            if line.contains(part) {
                return line;
            }
        }
        panic!("`{part}` is not in {:?}", self.heard)
    }

    fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([name, &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// Waits for the end of the program, and returns the exit code.
    fn wait_for_end(&mut self) -> Option<i32> {
        self.heard.extend(self.told.by_ref().lines().map(Result::unwrap));
        self.child.wait().unwrap().code()
    }
}

impl Drop for ServeProcess {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn server_that_is_asked_to_end_answers_what_is_under_way() {
    for signal in ["-TERM", "-INT"] {
        let (mut program, _folder) = ServeProcess::start(&["--faults", "slow.json", "-v"]);
        let request = bare_client().get(format!("{}/v1/users", program.url)).bearer_auth(&program.token);
        let under_way = tokio::spawn(ServiceAnswer::send(request));
        program.read_until("a fault on purpose");
        program.signal(signal);
        assert_eq!(under_way.await.unwrap().status, 200, "{signal}");
        assert_eq!(program.wait_for_end(), Some(0), "{signal}: {:?}", program.heard);
        assert!(
            program.heard.iter().any(|line| line == "stopped: every request that came was answered"),
            "{:?}",
            program.heard
        );
    }
}

/// CI ends a job by SIGTERM, a closed terminal by SIGHUP.
#[test]
fn apply_that_is_asked_to_end_finishes_what_is_under_way_and_is_resumed() {
    for signal in ["-INT", "-TERM", "-HUP"] {
        let (mut server, folder) = ServeProcess::start(&["--faults", "slow-writes.json", "-v"]);
        let url = server.url.clone();
        let call = |words: &[&str]| {
            let mut program = Command::new(env!("CARGO_BIN_EXE_seatwise"));
            program
                .env_clear()
                .env("XDG_STATE_HOME", crate::state_home::state_home())
                .current_dir(folder.path())
                .stdin(Stdio::null());
            program.env("SEATWISE_URL", &url).env("SEATWISE_TOKEN_FILE", "token").args(words);
            program
        };
        let apply = call(&["apply", "--yes"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        server.read_until("a fault on purpose");
        assert!(Command::new("kill").args([signal, &apply.id().to_string()]).status().unwrap().success());
        let ended = apply.wait_with_output().unwrap();
        let said = [ended.stdout, ended.stderr].map(|text| String::from_utf8(text).unwrap()).concat();
        assert_eq!(ended.status.code(), Some(5), "{signal}: {said}");
        for part in ["stopping: waiting for what is under way", "Stopped, as you asked", "`seatwise resume`"]
        {
            assert!(said.contains(part), "{signal}: `{part}` is not in:\n{said}");
        }
        assert_eq!(call(&["resume"]).output().unwrap().status.code(), Some(0), "{signal}");
        let plan = String::from_utf8(call(&["plan"]).output().unwrap().stdout).unwrap();
        assert!(plan.contains("Nothing to do"), "{signal}: {plan}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn server_that_is_asked_twice_ends_at_once() {
    let (mut program, _folder) = ServeProcess::start(&["--faults", "stuck.json", "-v"]);
    let request = bare_client().get(format!("{}/v1/users", program.url)).bearer_auth(&program.token);
    let under_way = tokio::spawn(request.send());
    program.read_until("a fault on purpose");
    program.signal("-INT");
    program.read_until("once more stops at once");
    program.signal("-INT");
    assert_eq!(program.wait_for_end(), Some(0), "{:?}", program.heard);
    assert!(program.heard.iter().any(|line| line.starts_with("stopped at once")), "{:?}", program.heard);
    assert!(under_way.await.unwrap().is_err(), "it has no answer");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn log_is_an_object_a_line_and_names_no_secret() {
    let (mut program, _folder) = ServeProcess::start(&["--log-format", "json", "-vvv"]);
    let (url, key, token) = (program.url.clone(), program.key.clone(), program.token.clone());
    let opened =
        ServiceAnswer::send(bare_client().post(format!("{url}/portal/token")).body(key.clone())).await;
    assert_eq!(opened.status, 200);
    let another = program.read_until("to look at it, once more: ");
    assert!(another.contains("/#key=") && !another.contains(&key), "{another}");
    let form = "grant_type=client_credentials";
    let granted = bare_client().post(format!("{url}/oauth/token")).basic_auth("admin", Some(SECRET));
    let granted =
        ServiceAnswer::send(granted.header("content-type", "application/x-www-form-urlencoded").body(form))
            .await;
    assert_eq!(granted.status, 200);
    for path in ["/v1/users?limit=5", "/v1/nothing"] {
        ServiceAnswer::send(bare_client().get(format!("{url}{path}")).bearer_auth(&token)).await;
    }
    let wrong = format!("{token}f");
    ServiceAnswer::send(bare_client().get(format!("{url}/v1/users")).bearer_auth(&wrong))
        .await
        .assert_problem(401, "unauthorized");
    program.signal("-TERM");
    assert_eq!(program.wait_for_end(), Some(0));
    let lines: Vec<Value> = program
        .heard
        .iter()
        .filter(|line| line.starts_with('{'))
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let answered: Vec<_> = lines
        .iter()
        .map(|line| (line["path"].as_str(), line["status"].as_u64(), line["client"].as_str()))
        .collect();
    let expected = [
        (Some("/portal/token"), Some(200), Some("-")),
        (Some("/oauth/token"), Some(200), Some("-")),
        (Some("/v1/users"), Some(200), Some("file")),
        (Some("/v1/nothing"), Some(404), Some("file")),
        (Some("/v1/users"), Some(401), Some("-")),
    ];
    assert_eq!(answered, expected);
    assert!(
        lines
            .iter()
            .all(|line| line["level"] == "INFO" && line["timestamp"].is_string() && line["micros"].is_u64()),
        "{lines:?}"
    );
    let given = [opened, granted].map(|told| told.body["access_token"].as_str().unwrap().to_owned());
    let said = program.heard.join("\n");
    for secret in [key.as_str(), &token, &wrong, SECRET, &given[0], &given[1]] {
        assert!(!said.contains(secret), "{secret} is in {said}");
    }
}
