//! A firm all of whose texts are hostile: those of its service, of its policy, of its repository, of its use.

use std::path::PathBuf;
use std::process::Command;

use super::inert_check::{OutputForm, faults_of};
use crate::cli::Quickstart;
use crate::worlds::law::number_from_env;

/// What a text of a service may hold.
pub(super) const LIVE: &str = "\u{1b}[35;7mh0st\u{1b}]8;;http://x.example\u{7}\u{8}\rx\u{7f}\u{9b}31m\u{85}\u{200b}\u{feff}\
    \u{202e}\u{2066}\u{2028}\u{2029}\u{ad}\u{e0041}\u{115f}a\u{200d}b\u{fe0f} ::error::h0st ::add-mask::x \
    ##vso[task.setvariable variable=h0st] ##[error]h0st ##teamcity[h0st]\n::set-output name=h0st\nFORGED \
    h0st\r\n  ::warning::h0st\t|`</td></details><!-- @h0st ![i](http://h0st.example/i.png) <img src=http://h0st.example>";

/// What a name may hold: no controls and no slash.
const NAME: &str = "::error::h0st \u{202e}\u{200b}\u{2066}\u{2028}\u{feff}##vso[h0st] ::add-mask::x ##[error] \
    a\u{200d}b |`@h0st<b> ";

/// What a text of one line may hold, as YAML writes it between quotes.
const LINE: &str =
    r"::error::h0st \u202E\u200B\u2066\u2028\uFEFF##vso[h0st] ::add-mask::x ##[error] a\u200Db |`@h0st<b>";

/// What a word of the command line may hold.
pub(super) const ARGUMENT: &str = "::error::h0st \u{1b}[35;7m\u{1b}]0;h0st\u{7}\u{9b}\u{202e}##vso[h0st]\n::add-mask::h0st\nFORGED \
    ##[error] a\u{200d}b\r";

/// The guards that `import` writes, and those that let everything through.
const GUARD: &str = "guard:\n  administrators: {at_least: 2}\n";
const LIFTED: &str = "guard: {removals: off, one_group: off, loses_access: off, gains_access: off, licences: off, \
    exposure: off, administrators: off, account_locks: off}\n";

/// A generated firm with use, bills and a policy in Git, all of whose texts are hostile.
pub(super) struct HostileFirm {
    firm: Quickstart,
    pub(super) user: String,
    pub(super) product: String,
    pub(super) group: String,
}

/// The statements that make every text of the service hostile.
fn taint_statements() -> String {
    let quote = |text: &str| format!("'{}'", text.replace('\'', "''"));
    let free = [
        ("users", "first_name"),
        ("users", "last_name"),
        ("groups", "description"),
        ("products", "title"),
        ("contracts", "name"),
        ("checkouts", "machine"),
        ("usage", "machine"),
        ("invoices", "number"),
        ("invoices", "contract"),
        ("payments", "reference"),
        ("audit", "actor"),
        ("overages", "feature"),
    ];
    let mut sql = String::new();
    for (table, column) in free {
        sql += &format!(
            "UPDATE {table} SET {column} = CASE length({column}) % 2 WHEN 0 THEN {} ELSE {} END || {column} || {};\n",
            quote("::error::"),
            quote("=cmd|'/C calc'!A0 "),
            quote(LIVE)
        );
    }
    for (table, column) in
        [("groups", "name"), ("products", "name"), ("products", "feature"), ("sources", "feature")]
    {
        sql += &format!("UPDATE {table} SET {column} = {} || {column};\n", quote(NAME));
    }
    sql
}

impl HostileFirm {
    /// A firm whose policy was applied, and from which live and policy have moved away since.
    pub(super) fn new() -> Self {
        let firm = Quickstart::with_generated_firm("20");
        firm.run(&["sandbox", "generate-usage", "--months", "5", "--exports", "exports"]).assert_exit(0, &[]);
        firm.run(&["usage", "collect", "--live"]).assert_exit(0, &[]);
        firm.run(&["billing", "invoices"]).assert_exit(0, &["2026Q3"]);
        let mut hostile = Self::with_nobody(firm);
        let run = |args: &[&str]| {
            let came = hostile.firm.run(args);
            assert!([0, 3, 6].contains(&came.code), "{args:?} {}: {}{}", came.code, came.out, came.err);
        };
        hostile.sql(&taint_statements());
        run(&["import", "--out", ".", "--yes"]);
        hostile.add_hostile_policy();
        hostile.lift_guards();
        hostile.commit("Begin");
        run(&["apply", "--yes", "--quiet"]);
        hostile.sql(
            "UPDATE users SET last_name = last_name || 'x' WHERE id % 9 = 1;\n\
             DELETE FROM memberships WHERE user_id % 11 = 3;\n\
             DELETE FROM lists WHERE group_id % 7 = 2;\n\
             UPDATE groups SET description = description || 'x' WHERE id % 5 = 1;\n",
        );
        hostile.change_policy();
        hostile.commit("Change");
        run(&["plan", "--out", "plan.json", "--quiet"]);
        run(&["work-order", "plan.json", "--out", "order", "--quiet"]);
        hostile.put_guards_back();
        let text =
            |sql: &str| -> String { hostile.connection().query_row(sql, [], |row| row.get(0)).unwrap() };
        let (user, product, group) = (
            text("SELECT email FROM users u JOIN exceptions e ON e.user_id = u.id LIMIT 1"),
            text("SELECT name FROM products p JOIN exceptions e ON e.product_id = p.id LIMIT 1"),
            text("SELECT name FROM groups g JOIN memberships m ON m.group_id = g.id LIMIT 1"),
        );
        (hostile.user, hostile.product, hostile.group) = (user, product, group);
        hostile
    }

    /// The quickstart, for what is not read from a firm.
    pub(super) fn new_small() -> Self {
        Self::with_nobody(Quickstart::new_applied())
    }

    fn with_nobody(firm: Quickstart) -> Self {
        Self { firm, user: String::new(), product: String::new(), group: String::new() }
    }

    fn connection(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.path(".seatwise/firm.db")).unwrap()
    }

    fn sql(&self, statements: &str) {
        self.connection().execute_batch(statements).unwrap();
    }

    pub(super) fn path(&self, below: &str) -> PathBuf {
        self.firm.path(below)
    }

    /// Adds what `import` does not write: hostile words of people about the policy.
    fn add_hostile_policy(&self) {
        let settings = self.firm.read("seatwise.yaml");
        let own = format!(
            "approvals:\n  - {{guard: loses_access, items: [\"{LINE}\"], reason: \"{LINE}\", until: 2027-06-30}}\n\
             audit:\n  inside: [acme.example]\n  ignore:\n    \
             - {{rule: open-exposure, item: \"{LINE}\", reason: \"{LINE}\", until: 2027-06-30}}\n  reviews:\n    \
             - {{users: \"*\", on: 2026-10-01, by: \"{LINE}\"}}\n  rules:\n    - id: guest-with-role\n      \
             over: users\n      when: size(user.roles) > 0\n      severity: error\n      title: \"{LINE}\"\n      \
             why: \"{LINE}\"\n      fix: \"{LINE}\"\n      tests:\n        \
             - {{given: {{roles: [download]}}, finds: true}}\n        - {{given: {{roles: []}}, finds: false}}\n"
        );
        self.firm.write("seatwise.yaml", &(settings + &own));
        let more = format!(
            "users:\n  new.person@firm.example:\n    first_name: \"{LINE}\"\n    last_name: \"{LINE}\"\n    \
             country: PT\n    until: 2026-12-30\n    roles: [{{role: download, until: 2026-12-01, reason: \"{LINE}\"}}]\n\
             groups:\n  \"{LINE} new\": {{kind: other, description: \"{LINE}\"}}\n\
             bundles:\n  \"{LINE}\": {{roles: [download]}}\nroles:\n  \"{LINE}\": {{name: \"{LINE}\"}}\n"
        );
        self.firm.write("::error::h0st \u{202e}##vso[h0st] \u{9b}.yaml", &more);
        self.firm.write("hostile.csv", &format!("Product,Country,Machine,Email,Start,End\n1017,PT,\"{LIVE}\",{NAME},2026-11-02 09:01,2026-11-02 09:25\n{NAME},\"{LIVE}\"\n1,{NAME},\"{LIVE}\",\"{LIVE}\",{NAME},\"{LIVE}\"\n"));
    }

    /// Lets every plan through.
    pub(super) fn lift_guards(&self) {
        self.firm.edit("seatwise.yaml", GUARD, LIFTED);
    }

    pub(super) fn put_guards_back(&self) {
        self.firm.edit("seatwise.yaml", LIFTED, GUARD);
    }

    fn change_policy(&self) {
        let file = "::error::h0st \u{202e}##vso[h0st] \u{9b}.yaml";
        let more = format!(
            "  another.person@firm.example:\n    first_name: \"{LINE}\"\n    last_name: \"{LINE}\"\n    country: DE\n    \
             groups: [\"{LINE} new\"]\ngroups:\n"
        );
        self.firm.edit(file, "groups:\n", &more);
    }

    fn commit(&self, message: &str) {
        let author = format!("{}{}", LIVE.replace(['\n', '\r', '<', '>'], " "), message);
        for args in [
            &["init", "--quiet"][..],
            &["add", "*.yaml"],
            &["commit", "--quiet", "-m", &format!("{LIVE} {message}")],
        ] {
            let mut git = Command::new("git");
            git.env_clear()
                .env("XDG_STATE_HOME", crate::state_home::state_home())
                .env("PATH", std::env::var_os("PATH").unwrap());
            git.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
            for who in ["AUTHOR", "COMMITTER"] {
                git.env(format!("GIT_{who}_NAME"), &author)
                    .env(format!("GIT_{who}_EMAIL"), "h0st@x.example")
                    .env(format!("GIT_{who}_DATE"), "2026-10-01T09:00:00Z");
            }
            let came = git.args(args).current_dir(self.path("")).output().unwrap();
            assert!(came.status.success(), "{}", String::from_utf8_lossy(&came.stderr));
        }
    }

    /// Asserts that what was written is inert: the saved plan, and the work order but for its bulk files, which
    /// carry values as they are.
    pub(super) fn assert_files_inert(&self) {
        let mut seen = 0;
        for (file, form) in [
            ("plan.json", OutputForm::Json),
            ("order/plan.json", OutputForm::Json),
            ("order/steps.md", OutputForm::Markdown),
            ("order/steps.html", OutputForm::Html),
        ] {
            let text = self.firm.read(file);
            seen += usize::from(text.contains("h0st"));
            assert_eq!(faults_of(&text, form), [""; 0], "{file}");
        }
        assert_eq!(seen, 4, "every file tells of something hostile");
        for file in std::fs::read_dir(self.path("order")).unwrap().map(|file| file.unwrap().path()) {
            if file.extension().is_some_and(|ending| ending == "csv") {
                let text = std::fs::read_to_string(&file).unwrap();
                assert!(
                    !text.contains(['\u{1b}', '\u{202e}', '\u{200b}']),
                    "a value that nobody sees whole: {text}"
                );
            }
        }
    }

    /// Writes policies each of which is wrong at one scalar of the quickstart's, and returns their folders.
    pub(super) fn write_broken_policies(&self) -> Vec<String> {
        let files = ["seatwise.yaml", "people.yaml", "access.yaml"];
        let texts = files.map(|file| self.firm.read(file));
        let hostile = serde_json::to_string(LIVE).unwrap();
        let raw = LIVE.replace('\n', " ");
        let mut folders = Vec::new();
        let mut add = |changed: usize, name: &str, text: &str| {
            let folder = format!("broken-{}", folders.len());
            std::fs::create_dir(self.path(&folder)).unwrap();
            for (at, file) in files.iter().enumerate() {
                let (name, text) = if at == changed { (name, text) } else { (*file, &*texts[at]) };
                self.firm.write(&format!("{folder}/{name}"), text);
            }
            folders.push(folder);
        };
        add(
            1,
            "::error::h0st \u{1b}]0;x\u{7}##vso[h0st].yaml",
            &format!("{}# {raw}\n  {hostile}: {hostile}\n", texts[1]),
        );
        add(1, "people.yaml", &format!("{}{raw}\n", texts[1]));
        add(1, "people.yaml", &format!("{}::error:: \u{202e}##vso[h0st]\n", texts[1]));
        let lots = usize::try_from(number_from_env("SEATWISE_WORLDS", 1)).unwrap();
        for (at, text) in texts.iter().enumerate() {
            let lines: Vec<&str> = text.lines().collect();
            let step = (lines.len() / (6 * lots)).max(1);
            for line in (0..lines.len()).step_by(step) {
                let Some((key, value)) = lines[line].split_once(": ").filter(|(key, _)| !key.contains('#'))
                else {
                    continue;
                };
                let indent = &key[..key.len() - key.trim_start_matches([' ', '-']).len()];
                for changed in [format!("{key}: {hostile}"), format!("{indent}{hostile}: {value}")] {
                    let mut lines: Vec<&str> = lines.clone();
                    lines[line] = &changed;
                    add(at, files[at], &lines.join("\n"));
                }
            }
        }
        folders
    }
}
