//! `history`: who gained and lost what, by which commit or date.

#![allow(clippy::print_stdout)]

use std::collections::BTreeSet;

use expect_test::{Expect, expect};

use crate::cli::acme::Acme;
use crate::folders::repository_path;

/// A policy with four events: two commits that change access, one with a problem, and a stay that ends.
fn policy_with_four_events() -> Acme {
    let acme = Acme::new_applied();
    std::fs::write(acme.path(".gitignore"), ".seatwise/\n").unwrap();
    acme.commit("Maria Fonseca", "2026-10-01", "Begin");
    acme.edit(
        "access.yaml",
        "  - {product: sacs, allow: nobody}\n",
        "  - {product: sacs, allow: everyone}\n",
    );
    acme.edit("users/contractors.yaml", "until: 2027-06-30", "until: 2026-10-31");
    acme.commit("Katrin Bauer", "2026-10-20", "Open SACS");
    acme.edit("access.yaml", "restrictions:", "restriction:");
    acme.commit("Katrin Bauer", "2026-10-25", "Break it");
    acme.edit("access.yaml", "restriction:", "restrictions:");
    acme.edit(
        "groups/disciplines.yaml",
        "products: [openrail-designer, openroads-designer]",
        "products: [openrail-designer]",
    );
    acme.commit("Maria Fonseca", "2026-11-05", "Rail designers do rail");
    acme
}

#[test]
fn history_from_a_day_begins_with_that_day_and_from_a_commit_after_it() {
    let acme = policy_with_four_events();
    for (from, events) in [
        ("2026-11-05", "1 event;"),
        ("2026-11", "2 events;"),
        ("-20d", "1 event;"),
        ("2026-11-06", "Nothing happened"),
        ("HEAD", "Nothing happened"),
        ("HEAD~1", "2 events;"),
        ("2026Q4", "5 events;"),
    ] {
        let told = acme.run(&["history", "--from", from], 0);
        assert!(told.starts_with(events), "{from}: {told}");
    }
    assert!(acme.run(&["history", "--from", "2026-Q4"], 64).contains("did you mean `2026Q4`?"));
}

#[test]
fn history_tells_commits_and_dates_apart() {
    let acme = policy_with_four_events();
    acme.check_history(&["history", "--from", "2026-10-02"], expect![[r#"
        4 events; 11 people gained or lost something.

        2026-10-20 COMMIT Katrin Bauer: Open SACS
          + 6 people (helmut.vogel@acme.example, maria.fonseca@acme.example, nina.weiss@acme.example, olivia.price@acme.example,
            peter.quinn@acme.example, rosa.branco@acme.example) gained sacs

        2026-10-25 COMMIT left out: 1 problem in the policy

        2026-11-01 by a date in the policy
          - 1 person (rui.costa@contractor.example) left the organization
          - 1 person (rui.costa@contractor.example) left the groups bridges, designers
          - 1 person (rui.costa@contractor.example) lost bentley-view, microstation, openbridge-modeler, projectwise-explorer

        2026-11-05 COMMIT Maria Fonseca: Rail designers do rail
          - 4 people (eduardo.pires@acme.example, filipa.correia@acme.example, kari.sorensen@acme.example,
            lars.dahl@acme.example) lost openroads-designer

    "#]]);
    acme.check_history(
        &["history", "--from", "HEAD~1", "--user", "tiago.barros@acme.example"],
        expect![[r#"
            Nothing happened in that time to what is asked for: `--user tiago.barros@acme.example`.
        "#]],
    );
    acme.check_history(
        &["history", "--from", "2026-10-26", "--to", "2026-11-04", "--product", "openbridge-modeler"],
        expect![[r#"
            1 event; 1 person gained or lost a product, of `--product openbridge-modeler`.

            2026-11-01 by a date in the policy
              - 1 person (rui.costa@contractor.example) lost 1 of 4 products: openbridge-modeler

        "#]],
    );
    acme.check_history(
        &["history", "--from", "2026-11-05", "--to", "2026-11-05"],
        expect![[r#"
            1 event; 4 people gained or lost something.

            2026-11-05 COMMIT Maria Fonseca: Rail designers do rail
              - 4 people (eduardo.pires@acme.example, filipa.correia@acme.example, kari.sorensen@acme.example,
                lars.dahl@acme.example) lost openroads-designer

        "#]],
    );
    let all = acme.run(&["history", "--format", "json"], 0);
    let all: serde_json::Value = serde_json::from_str(&all).unwrap();
    let through: Vec<_> =
        all["events"].as_array().unwrap().iter().map(|event| event["through"].as_str().unwrap()).collect();
    assert_eq!(through, ["commit", "commit", "problems", "dates", "commit"]);
    acme.check_fails(&["history", "--user", "nobody"], "there is no user `nobody`");
}

#[test]
fn history_tells_people_roles_and_memberships_and_access_alone_where_asked() {
    let acme = Acme::new_applied();
    std::fs::write(acme.path(".gitignore"), ".seatwise/\n").unwrap();
    acme.commit("Maria Fonseca", "2026-10-01", "Begin");
    acme.edit("users/lisbon.yaml", "roles: [co-administrator", "roles: [download");
    acme.edit("groups/disciplines.yaml", "products: [openroads-designer]", "products: [openrail-designer]");
    std::fs::write(
        acme.path("users/new.yaml"),
        "users:\n  nova.vaga@acme.example: {first_name: Nova, last_name: Vaga, country: PT, \
            groups: [tunnels], roles: [download]}\n",
    )
    .unwrap();
    acme.commit("Katrin Bauer", "2026-10-20", "A newcomer and an exchange");
    let only = |kinds: &str| acme.run(&["history", "--from", "HEAD~1", "--only", kinds], 0);
    let line = "+ 1 person (nova.vaga@acme.example) joined the organization";
    assert!(only("people").contains(line), "{}", only("people"));
    assert!(!only("access,roles").contains(line));
    let roles = only("roles");
    assert!(roles.contains("lost the role co-administrator"), "{roles}");
    assert!(roles.contains("(nova.vaga@acme.example) gained the role download"), "{roles}");
    assert!(!roles.contains("openroads-designer"), "{roles}");
    let groups = only("memberships");
    assert!(groups.contains("+ 1 person (nova.vaga@acme.example) joined the group tunnels"), "{groups}");
    let access = only("access");
    assert!(access.contains("lost openroads-designer") && !access.contains("group"), "{access}");
    assert!(access.contains("gained or lost a product, of `--only access`."), "{access}");
    let all = acme.run(&["history", "--from", "HEAD~1"], 0);
    for part in [&roles, &groups, &access] {
        for change in part.lines().filter(|line| line.starts_with("  ")) {
            assert!(all.contains(change), "{change}\n{all}");
        }
    }
    let json = acme.run(&["history", "--from", "HEAD~1", "--format", "json"], 0);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let event = &json["events"][0];
    assert_eq!(event["joined"], serde_json::json!(["nova.vaga@acme.example"]));
    assert_eq!(event["memberships"][0]["gained"], serde_json::json!(["tunnels"]));
    assert!(event["roles"].as_array().is_some_and(|roles| roles.len() == 2), "{event}");
    let wrong = acme.run(&["history", "--only", "acess"], 64);
    assert!(wrong.contains("access"), "{wrong}");
}

#[test]
fn first_commit_is_a_count_and_names_people_where_asked() {
    let acme = Acme::new_applied();
    std::fs::write(acme.path(".gitignore"), ".seatwise/\n").unwrap();
    acme.commit("Maria Fonseca", "2026-10-01", "Begin");
    acme.check_history(
        &["history"],
        expect![[r#"
        1 event; 61 people gained or lost something.

        2026-10-01 COMMIT Maria Fonseca: Begin
          the first state: 61 people; 7 have roles, 61 are in groups, 61 can use products

    "#]],
    );
    let one = acme.run(&["history", "--user", "rui.costa@contractor.example", "--only", "people"], 0);
    assert!(one.contains("+ 1 of 61 people (rui.costa@contractor.example) joined"), "{one}");
    let page = acme.run(&["history", "--format", "markdown"], 0);
    assert!(page.contains("the first state: ") && !page.contains("rui.costa@"), "{page}");
    let sheet = acme.run(&["history", "--format", "csv"], 0);
    assert!(sheet.contains("rui.costa@contractor.example,memberships,bridges; designers,"), "{sheet}");
}

#[test]
fn history_that_ends_before_it_begins_is_an_error() {
    let acme = policy_with_four_events();
    for (from, to, wrong) in [
        ("2026-11-05", "2026-10-01", "`--from 2026-11-05` comes after `--to 2026-10-01`"),
        ("HEAD", "HEAD~1", "`--from HEAD` comes after `--to HEAD~1`"),
        ("HEAD", "2026-10-21", "`--from HEAD` comes after `--to 2026-10-21`"),
        ("2026-11", "HEAD~3", "`--from 2026-11` comes after `--to HEAD~3`"),
    ] {
        let told = acme.run(&["history", "--from", from, "--to", to], 64);
        assert!(told.contains(wrong), "{told}");
    }
    for (from, to) in [("HEAD~1", "HEAD~1"), ("2026-10-20", "2026-10-20"), ("2026-12-24", "HEAD")] {
        acme.run(&["history", "--from", from, "--to", to], 0);
    }
    acme.git("", "2026-11-06", &["tag", "top"]);
    acme.git("", "2026-11-06", &["checkout", "-q", "HEAD~2"]);
    acme.edit("access.yaml", "  - {product: sacs, allow: everyone}\n", "");
    acme.commit("Katrin Bauer", "2026-11-06", "Aside");
    let aside = acme.run(&["history", "--from", "HEAD", "--to", "top"], 64);
    assert!(aside.contains("`--from HEAD` does not lead to `--to top`"), "{aside}");
}

#[test]
fn shallow_clone_gives_nothing_to_its_first_commit_and_says_so() {
    let acme = policy_with_four_events();
    let clone = acme.shallow_clone(3);
    clone.check_history(&["history", "--only", "access"], expect![[r#"
        4 events; 5 people gained or lost a product, of `--only access`.

        2026-10-20 COMMIT what came before is not known: a shallow clone (`git fetch --unshallow` brings the rest)

        2026-10-25 COMMIT left out: 1 problem in the policy

        2026-11-01 by a date in the policy
          - 1 person (rui.costa@contractor.example) lost bentley-view, microstation, openbridge-modeler, projectwise-explorer

        2026-11-05 COMMIT Maria Fonseca: Rail designers do rail
          - 4 people (eduardo.pires@acme.example, filipa.correia@acme.example, kari.sorensen@acme.example,
            lars.dahl@acme.example) lost openroads-designer

    "#]]);
    let json: serde_json::Value =
        serde_json::from_str(&clone.run(&["history", "--format", "json"], 0)).unwrap();
    assert_eq!(json["events"][0]["through"], "shallow clone");
    assert_eq!(json["events"][0]["shifts"], serde_json::json!([]));
    let unknown = "is not known: the repository is a shallow clone";
    for args in [
        &["history", "--from", "HEAD~3"][..],
        &["what", "rui.costa@contractor.example", "--at", "2026-10-02"],
    ] {
        let told = clone.run(args, 1);
        assert!(told.contains(unknown) && told.contains("git fetch --unshallow"), "{told}");
    }
    assert!(acme.run(&["review", "--at", "2026-09-01"], 1).contains("the policy has no commit on"));
}

#[test]
fn partial_clone_says_what_it_lacks() {
    let acme = policy_with_four_events();
    acme.git("", "2026-11-24", &["config", "uploadpack.allowFilter", "true"]);
    let clone = acme.clone_by("--filter=blob:none");
    let told = clone.run(&["history"], 1);
    assert!(told.contains("is not here, as in a partial clone") && told.contains("`--filter`"), "{told}");
    let why = clone.run(&["why", "ana.silva@acme.example", "openroads-designer"], 0);
    assert!(why.contains("Last set by: not known: "), "{why}");
}

#[test]
fn history_passes_on_why_git_does_not_read_the_folder() {
    let acme = policy_with_four_events();
    let told = acme.run_in(&[("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")], &["history"], 1);
    assert!(told.contains("git: detected dubious ownership in repository at "), "{told}");
    assert!(told.contains("git config --global --add safe.directory"), "{told}");
    let none = Acme::new_applied();
    assert!(none.run(&["history"], 1).contains("is in no Git repository"));
    // Without Git at all, only a policy that is in a repository lacks something.
    let nowhere = [("PATH", "/nowhere")];
    let why = ["why", "ana.silva@acme.example", "openroads-designer"];
    let told = acme.run_in(&nowhere, &why, 0);
    assert!(told.contains("Last set by: not known: `git` could not be run: No such file"), "{told}");
    assert!(!none.run_in(&nowhere, &why, 0).contains("Last set by"));
}

#[test]
fn history_from_a_merged_branch_ends_in_the_state_of_the_merge() {
    let acme = policy_with_four_events();
    acme.git("", "2026-11-06", &["tag", "top"]);
    acme.git("", "2026-11-06", &["checkout", "-q", "HEAD~3"]);
    acme.edit("users/lisbon.yaml", "roles: [co-administrator", "roles: [download");
    acme.commit("Katrin Bauer", "2026-11-06", "Aside");
    acme.git("", "2026-11-06", &["tag", "aside"]);
    acme.git("", "2026-11-06", &["checkout", "-q", "top"]);
    acme.git("Katrin Bauer", "2026-11-07", &["merge", "-q", "--no-ff", "-m", "Merge", "aside"]);
    let told = acme.run(&["history", "--from", "aside", "--only", "access", "--product", "sacs"], 0);
    assert!(told.contains("gained sacs"), "{told}");
    let roles = acme.run(&["history", "--from", "aside", "--only", "roles"], 0);
    assert!(!roles.contains("the role"), "{roles}");
}

/// Each change of one person's access to one product, with the figures of its line.
fn changes(json: &str) -> BTreeSet<[String; 6]> {
    let all: serde_json::Value = serde_json::from_str(json).unwrap();
    let list = |value: &serde_json::Value| value.as_array().unwrap().clone();
    let mut changes = BTreeSet::new();
    for event in list(&all["events"]) {
        for shift in list(&event["shifts"]) {
            for (way, count) in [("gained", "of_gained"), ("lost", "of_lost")] {
                for (user, product) in list(&shift["users"]).iter().flat_map(|user| {
                    list(&shift[way]).into_iter().map(move |product| (user.clone(), product))
                }) {
                    let figures = format!("{} of {}", shift[count], shift["of_users"]);
                    let day = event["day"].to_string();
                    changes.insert([
                        day,
                        way.to_owned(),
                        user.to_string(),
                        product.to_string(),
                        figures,
                        event["through"].to_string(),
                    ]);
                }
            }
        }
    }
    changes
}

#[test]
fn history_filters_select_changes_and_change_no_figure() {
    let acme = Acme::new_applied();
    std::fs::write(acme.path(".gitignore"), ".seatwise/\n").unwrap();
    acme.commit("Maria Fonseca", "2026-10-01", "Begin");
    acme.edit("groups/disciplines.yaml", "products: [openroads-designer]", "products: [openrail-designer]");
    acme.edit(
        "access.yaml",
        "  - {product: sacs, allow: nobody}\n",
        "  - {product: sacs, allow: everyone}\n",
    );
    acme.edit("users/contractors.yaml", "until: 2027-06-30", "until: 2026-10-31");
    acme.commit("Maria Fonseca", "2026-10-20", "Exchange");
    let told =
        |filters: &[&str]| changes(&acme.run(&[&["history", "--format", "json"], filters].concat(), 0));
    let all = told(&[]);
    let designers: serde_json::Value =
        serde_json::from_str(&acme.run(&["who", "is", "in", "roads", "--format", "json"], 0)).unwrap();
    let designers: Vec<String> =
        designers["users"].as_array().unwrap().iter().map(|member| member["user"].to_string()).collect();
    let is_designer = |user: &str| designers.iter().any(|designer| designer == user);
    type Passes<'a> = &'a dyn Fn(&str, &str) -> bool;
    let cases: [(&[&str], Passes<'_>); 6] = [
        (&["--user", "ANA.Silva@acme.example"], &|user, _| user == "\"ana.silva@acme.example\""),
        (&["--user", "rui costa"], &|user, _| user == "\"rui.costa@contractor.example\""),
        (&["--user", "*@contractor.*"], &|user, _| user.contains("@contractor.")),
        (&["--product", "OpenR*"], &|_, product| product.starts_with("\"openr")),
        (&["--group", "Roads"], &|user, _| is_designer(user)),
        (&["--group", "roads", "--product", "SACS"], &|user, product| {
            is_designer(user) && product == "\"sacs\""
        }),
    ];
    for (filters, passes) in cases {
        let expected =
            all.iter().filter(|[_, _, user, product, ..]| passes(user, product)).cloned().collect();
        assert_eq!(told(filters), expected, "{filters:?}");
    }
    assert!(cases[..5].iter().all(|(filters, _)| !told(filters).is_empty()));
    let text = acme.run(&["history", "--from", "HEAD~1", "--user", "ana.silva@acme.example"], 0);
    assert!(text.contains(" people (ana.silva@acme.example) lost openroads-designer"), "{text}");
    assert!(text.contains("1 of "), "{text}");
    let germans = told(&["--country", "germany"]);
    assert!(!germans.is_empty() && germans.is_subset(&all) && germans.len() < all.len());
    acme.check_fails(&["history", "--product", "openroad-designer"], "did you mean `openroads-designer`?");
}

#[test]
fn history_knows_people_whom_the_policy_only_observes_or_names_by_half() {
    let acme = Acme::new_applied();
    std::fs::write(acme.path(".gitignore"), ".seatwise/\n").unwrap();
    acme.edit("seatwise.yaml", "  users: exact", "  users: observe");
    acme.edit("users/lisbon.yaml", "    first_name: Ana\n    last_name: Silva\n", "");
    acme.commit("Maria Fonseca", "2026-10-01", "Begin");
    acme.edit("groups/disciplines.yaml", "products: [openroads-designer]", "products: [openrail-designer]");
    acme.commit("Maria Fonseca", "2026-10-20", "Exchange");
    let said = acme.run(&["history", "--from", "HEAD~1", "--user", "ana.silva@acme.example"], 0);
    assert!(said.contains("(ana.silva@acme.example) lost openroads-designer"), "{said}");
    let said = acme.run(&["who", "can", "use", "openroads-designer", "--at", "HEAD~1"], 0);
    assert!(
        said.contains("ana.silva@acme.example") && said.contains("sara.lima@contractor.example"),
        "{said}"
    );
}

impl Acme {
    /// Checks the printed history except for the names of commits, which change with every file of the
    /// example.
    fn check_history(&self, args: &[&str], expect: Expect) {
        let said = self.run(args, 0);
        let masked = said.split(' ').map(|word| {
            if word.len() == 10 && word.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                "COMMIT"
            } else {
                word
            }
        });
        expect.assert_eq(&masked.collect::<Vec<_>>().join(" "));
    }
}

/// The change that led to the incident of August 2023: 445 groups get their first list, and 502 people lose
/// the products that are on none of the lists.
#[test]
fn history_of_a_real_change_names_the_people_and_products_it_took() {
    let data = repository_path("../shared/data/real-org");
    if !data.is_dir() {
        println!("the real-shape data is not here: nothing tested");
        return;
    }
    let acme = Acme::new_empty();
    for (state, day) in [("2023-08-before", "2023-07-25"), ("2023-08-after", "2023-07-26")] {
        crate::cli::acme::copy_folder(&data.join(state), acme.path("").as_path());
        acme.commit("somebody", day, state);
    }
    let all: serde_json::Value =
        serde_json::from_str(&acme.run(&["history", "--from", "HEAD~1", "--format", "json"], 0)).unwrap();
    let [event] = all["events"].as_array().unwrap().as_slice() else { panic!("one commit") };
    let shifts = event["shifts"].as_array().unwrap();
    let count = |list: &serde_json::Value| list.as_array().unwrap().len();
    assert!(shifts.iter().all(|shift| count(&shift["gained"]) == 0));
    assert_eq!(shifts.iter().map(|shift| count(&shift["users"])).sum::<usize>(), 502);
    assert_eq!(
        shifts.iter().map(|shift| count(&shift["users"]) * count(&shift["lost"])).sum::<usize>(),
        127_410
    );
}

#[test]
fn rename_is_told_as_a_rename_and_not_as_what_is_lost_and_gained() {
    let acme = policy_with_four_events();
    for file in ["users/porto.yaml", "groups/disciplines.yaml"] {
        let text = std::fs::read_to_string(acme.path(file)).unwrap();
        std::fs::write(acme.path(file), text.replace("joao.santos@", "joao.reis@")).unwrap();
    }
    let block = "  joao.reis@acme.example:\n";
    acme.edit("users/porto.yaml", block, &format!("{block}    formerly: joao.santos@acme.example\n"));
    acme.commit("Maria Fonseca", "2026-11-10", "Rename João");
    let told = acme.run(&["history", "--from", "2026-11-10"], 0);
    assert!(told.contains("~ joao.santos@acme.example is called joao.reis@acme.example now"), "{told}");
    assert!(told.contains("0 people gained or lost") && !told.contains("joined"), "{told}");
    let told = acme.run(&["history", "--from", "2026-11-10", "--format", "json"], 0);
    let told: serde_json::Value = serde_json::from_str(&told).unwrap();
    let renamed = serde_json::json!([{"from": "joao.santos@acme.example", "to": "joao.reis@acme.example"}]);
    assert_eq!(told["events"][0]["renamed"], renamed);
    assert!(told["events"][0].get("joined").is_none() && told["events"][0].get("left").is_none());

    // The former name stays in the policy: the rename is told once. A group has another name too.
    for file in ["groups/disciplines.yaml", "groups/offices.yaml", "access.yaml"] {
        let Ok(text) = std::fs::read_to_string(acme.path(file)) else { continue };
        std::fs::write(acme.path(file), text.replace("  rail:\n", "  railways:\n    formerly: rail\n"))
            .unwrap();
    }
    for entry in std::fs::read_dir(acme.path("users")).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, text.replace("rail]", "railways]")).unwrap();
    }
    acme.commit("Maria Fonseca", "2026-11-12", "Rename rail");
    let told = acme.run(&["history", "--from", "2026-11-12"], 0);
    assert!(told.contains("~ the group rail is called railways now"), "{told}");
    assert!(!told.contains("joao.reis") && !told.contains("joined"), "{told}");
}
