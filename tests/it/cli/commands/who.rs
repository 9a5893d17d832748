//! `who` and `why`: the answers as a person reads them, on the example with the offices.

use expect_test::expect;

use crate::cli::acme::Acme;

#[test]
fn each_person_is_named_with_a_reason_and_its_lines() {
    Acme::new_applied().check(&["who", "can", "use", "openbridge-modeler"], expect![[r#"
        Who can use OpenBridge Modeler (openbridge-modeler), live: 9 of 63 people (9 by the lists of their groups)

          ingo.pohl@acme.example (invited)      the list of bridges names it  member of bridges: users/munich.yaml:58, list:
                                                                              groups/disciplines.yaml:21
          jana.richter@acme.example (invited)   the list of bridges names it  member of bridges: users/munich.yaml:63, list:
                                                                              groups/disciplines.yaml:21
          joao.santos@acme.example (invited)    the list of bridges names it  member of bridges-porto:
                                                                              groups/disciplines.yaml:25, included in bridges:
                                                                              groups/disciplines.yaml:20, list:
                                                                              groups/disciplines.yaml:21
          madalena.reis@acme.example (invited)  the list of bridges names it  member of bridges: users/lisbon.yaml:67, list:
                                                                              groups/disciplines.yaml:21
          mia.rocha@acme.example (invited)      the list of bridges names it  member of bridges-porto:
                                                                              groups/disciplines.yaml:25, included in bridges:
                                                                              groups/disciplines.yaml:20, list:
                                                                              groups/disciplines.yaml:21
          nuno.faria@acme.example (invited)     the list of bridges names it  member of bridges-porto:
                                                                              groups/disciplines.yaml:25, included in bridges:
                                                                              groups/disciplines.yaml:20, list:
                                                                              groups/disciplines.yaml:21
          olga.simoes@acme.example (invited)    the list of bridges names it  member of bridges: users/porto.yaml:26, list:
                                                                              groups/disciplines.yaml:21
          paulo.queiros@acme.example (invited)  the list of bridges names it  member of bridges: users/porto.yaml:31, list:
                                                                              groups/disciplines.yaml:21
          rui.costa@contractor.example (invited, until 2027-06-30)
                                                the list of bridges names it  member of bridges: users/contractors.yaml:10,
                                                                              list: groups/disciplines.yaml:21
    "#]]);
}

#[test]
fn changed_restriction_changes_exactly_the_people_it_is_about() {
    let acme = Acme::new_applied();
    acme.edit("access.yaml", "  - {product: lumenrt, country: DE, allow: selected}\n", "");
    acme.check(&["who", "can", "use", "lumenrt", "--compare"], expect![[r#"
        Who can use LumenRT (lumenrt), live → desired: 2 gained, 0 lost, 10 kept

          account.administrator@acme-engineering.example  nothing said, so open to everyone  not in the policy
          diana.vieira@acme.example                       the list of reality names it       member of reality:
                                                                                             users/lisbon.yaml:38, list:
                                                                                             groups/disciplines.yaml:46
          georg.neumann@acme.example                      the list of reality names it       member of reality:
                                                                                             users/munich.yaml:49, list:
                                                                                             groups/disciplines.yaml:46
          guest@partner.example                           nothing said, so open to everyone  not in the policy
        + helmut.vogel@acme.example                       nothing said, so open to everyone  not in the policy
          henry.hill@acme.example                         the list of reality names it       member of reality:
                                                                                             users/exton.yaml:49, list:
                                                                                             groups/disciplines.yaml:46
          li.wu@acme.example                              the list of reality names it       member of reality:
                                                                                             users/oslo-and-singapore.yaml:35,
                                                                                             list: groups/disciplines.yaml:46
          maria.fonseca@acme.example                      nothing said, so open to everyone  not in the policy
        + nina.weiss@acme.example                         nothing said, so open to everyone  not in the policy
          olivia.price@acme.example                       nothing said, so open to everyone  not in the policy
          peter.quinn@acme.example                        nothing said, so open to everyone  not in the policy
          rosa.branco@acme.example                        nothing said, so open to everyone  not in the policy
    "#]]);
    let others = acme.run(&["who", "can", "use", "openroads-designer", "--compare"], 0);
    assert!(others.contains("live → desired: 0 gained, 0 lost, 20 kept"), "{others}");
}

#[test]
fn what_was_set_up_by_hand_is_not_in_the_policy() {
    let acme = Acme::new_applied();
    acme.edit("users/lisbon.yaml", "roles: [co-administrator]", "roles: []");
    acme.check(
        &["who", "has", "co-administrator"],
        expect![[r#"
            Who has the role co-administrator, live: 3 of 63 people

              ana.silva@acme.example (invited)      not in the policy
              katrin.bauer@acme.example (invited)   users/munich.yaml:12
              maria.fonseca@acme.example (invited)  users/lisbon.yaml:12
        "#]],
    );
    acme.check(
        &["who", "is", "in", "rail", "--policy"],
        expect![[r#"
            Who is in the group rail (identity g-14), desired: 6 of 63 people

              eduardo.pires@acme.example (invited)   member of rail: users/lisbon.yaml:43
              filipa.correia@acme.example (invited)  member of rail: users/lisbon.yaml:48
              kari.sorensen@acme.example (invited)   member of rail: users/oslo-and-singapore.yaml:28
              klaus.schafer@acme.example (invited)   member of rail: users/munich.yaml:68
              lars.dahl@acme.example (invited)       member of rail: users/oslo-and-singapore.yaml:21
              tiago.barros@acme.example (invited)    member of rail: users/lisbon.yaml:23
        "#]],
    );
}

#[test]
fn unknown_names_are_told_with_the_near_one() {
    let acme = Acme::new_applied();
    acme.check_fails(
        &["who", "can", "use", "openroad-designer"],
        "no product `openroad-designer`; did you mean `openroads-designer`?",
    );
    acme.check_fails(
        &["who", "has", "co-administrater"],
        "no role `co-administrater`; did you mean `co-administrator`?",
    );
    acme.check_fails(&["who", "is", "in", "raods"], "no group `raods`; did you mean `roads`?");
    acme.check_fails(
        &["who", "can", "use", "Ana Silva"],
        "`Ana Silva` is a person: `seatwise what ana.silva@acme.example` tells of it",
    );
    acme.check_fails(&["what", "nobody@nowhere.example"], "no user `nobody@nowhere.example`");
    acme.check_fails(&["why", "ana.silva@acme.example", "x\u{1b}[31m"], r"no product `x\u{1b}[31m`");
}

#[test]
fn json_says_what_the_text_says() {
    let acme = Acme::new_applied();
    let parse = |args: &[&str]| -> serde_json::Value { serde_json::from_str(&acme.run(args, 0)).unwrap() };
    let who = parse(&["who", "can", "use", "openbridge-modeler", "--format", "json"]);
    assert_eq!(
        (&who["format"], &who["side"], &who["product"]),
        (&"seatwise-answer/1".into(), &"live".into(), &"openbridge-modeler".into())
    );
    let text = acme.run(&["who", "can", "use", "openbridge-modeler"], 0);
    let users = who["users"].as_array().unwrap();
    assert!(!users.is_empty());
    for user in users {
        assert!(text.contains(user["user"].as_str().unwrap()));
        let line = user["because"][0]["lines"].as_array().unwrap().last().unwrap();
        assert!(text.contains(&format!("{}:{}", line["file"].as_str().unwrap(), line["line"])));
    }
    let both =
        parse(&["why", "joao.santos@acme.example", "openbridge-modeler", "--compare", "--format", "json"]);
    assert_eq!((both[0]["side"].as_str(), both[1]["side"].as_str()), (Some("live"), Some("desired")));
    assert_eq!(both[0]["decided_by"], "groups");
    let what = parse(&["what", "joao.santos@acme.example", "--policy", "--format", "json"]);
    assert!(what["groups"].as_array().unwrap().iter().any(|group| group["name"] == "bridges"));
}

#[test]
fn policy_of_a_commit_answers_as_of_its_day_and_lines_name_the_commit_that_set_them() {
    let acme = Acme::new_applied();
    std::fs::write(acme.path(".gitignore"), ".seatwise/\n").unwrap();
    acme.commit("Maria Fonseca", "2026-10-01", "Begin");
    acme.edit(
        "access.yaml",
        "  - {product: sacs, allow: nobody}\n",
        "  - {product: sacs, allow: everyone}\n",
    );
    acme.edit("users/contractors.yaml", "until: 2027-06-30", "until: 2026-10-31");
    acme.commit("Katrin Bauer\u{1b}[31m", "2026-11-02", "Open SACS");
    let can =
        |args: &[&str], of: &str| acme.run(&[&["who", "can", "use", "sacs"], args].concat(), 0).contains(of);
    assert!(can(&["--policy"], "maria.fonseca@acme.example"));
    assert!(can(&["--at", "HEAD"], "maria.fonseca@acme.example"));
    assert!(
        can(&["--at", "HEAD~1"], "0 of 61 people"),
        "{}",
        acme.run(&["who", "can", "use", "sacs", "--at", "HEAD~1"], 0)
    );
    // Rui's stay had ended by the day of the second commit, but not by the day of the first.
    let rui = |at: &[&str]| {
        acme.run(&[&["who", "can", "use", "openbridge-modeler", "--at"], at].concat(), 0)
            .contains("rui.costa@contractor.example")
    };
    assert!(rui(&["HEAD~1"]) && !rui(&["HEAD"]) && rui(&["HEAD", "--as-of", "2026-10-31"]));
    let why = acme.run(&["why", "maria.fonseca@acme.example", "sacs", "--policy"], 0);
    assert!(why.contains("Last set by\n  access.yaml:11  "), "{why}");
    assert!(why.contains(r"2026-11-02 Katrin Bauer\u{1b}[31m  Open SACS"), "{why}");
    let why = acme.run(
        &["why", "ana.silva@acme.example", "openroads-designer", "--at", "HEAD~1", "--format", "json"],
        0,
    );
    let why: serde_json::Value = serde_json::from_str(&why).unwrap();
    assert_eq!(
        (why["set_by"].as_array().unwrap().len(), &why["set_by"][0]["author"]),
        (4, &"Maria Fonseca".into())
    );
    assert!(why["side"].as_str().unwrap().ends_with("of 2026-10-01"), "{why}");
    // The edit is not committed yet, so there is no author to name.
    acme.edit(
        "access.yaml",
        "restrictions:\n",
        "restrictions:\n  - {product: sacs, country: PT, allow: everyone}\n",
    );
    let why = acme.run(&["why", "maria.fonseca@acme.example", "sacs", "--policy"], 0);
    assert!(why.contains("access.yaml:6") && !why.contains("\n  access.yaml:6 "), "{why}");
}

#[test]
fn commit_that_cannot_be_asked_about_is_refused_in_words() {
    let acme = Acme::new_applied();
    let fails = |revision: &str, code: i32, said: &str| {
        let all = acme.run(&["who", "has", "co-administrator", &format!("--at={revision}")], code);
        assert!(all.contains(said), "{all}");
    };
    fails("HEAD", 1, "in no Git repository");
    acme.commit("Maria Fonseca", "2026-10-01", "Begin");
    fails("nowhere", 1, "no commit `nowhere`");
    fails("--output=x", 1, "no commit `--output=x`");
    fails("HEAD:access.yaml", 1, "no commit");
    acme.edit("access.yaml", "restrictions:", "restriction:");
    acme.commit("Maria Fonseca", "2026-10-02", "Break it");
    fails("HEAD", 3, "unknown field `restriction`");
    acme.edit("access.yaml", "restriction:", "restrictions:");
    fails("HEAD~1", 0, "katrin.bauer@acme.example");
    assert!(!acme.path("x").exists());
}

#[test]
fn products_groups_and_roles_are_known_by_every_name_in_any_case() {
    let acme = Acme::new_applied();
    for (question, names) in [
        (&["who", "can", "use"][..], &["openbridge-modeler", "OPENBRIDGE-Modeler", "OpenBridge modeler"][..]),
        (&["who", "is", "in"], &["roads", "Roads"]),
        (&["who", "has"], &["co-administrator", "CO-administrator"]),
        (&["who", "has"], &["download", "Product Delivery Administrator"]),
    ] {
        let answers = names.iter().map(|name| acme.run(&[question, &[name]].concat(), 0));
        let answers: std::collections::BTreeSet<String> = answers.collect();
        assert_eq!(answers.len(), 1, "{names:?}: {answers:?}");
    }
}
