//! `why`: the reasons of one person's access to one product.

use expect_test::expect;

use crate::cli::acme::Acme;

#[test]
fn why_follows_a_membership_through_an_include_and_says_what_would_decide_otherwise() {
    let acme = Acme::new_applied();
    acme.check(&["why", "joao.santos@acme.example", "openbridge-modeler"], expect![[r#"
        joao.santos@acme.example can use OpenBridge Modeler (openbridge-modeler), live
        Entitlement country PT: of the profile, which has a contract

        => allows       the list of bridges names it             member of bridges-porto: groups/disciplines.yaml:25, included
                                                                 in bridges: groups/disciplines.yaml:20, list:
                                                                 groups/disciplines.yaml:21
           no say       the list of designers names only others  member of designers: users/porto.yaml:12
           would deny   the product is closed everywhere         access.yaml:8
           would allow  nothing said, so open to everyone        not in the policy

        The first that has a say decides: a named licence, an assignment by name, group lists, the product's setting, the
          default.
    "#]]);
}

#[test]
fn why_explains_a_denial() {
    let acme = Acme::new_applied();
    acme.check(
        &["why", "ana.silva@acme.example", "sacs"],
        expect![[r#"
            ana.silva@acme.example cannot use SACS (sacs), live
            Entitlement country PT: of the profile, which has a contract

            => denies       the list of designers names only others  member of designers: users/lisbon.yaml:17
            => denies       the list of roads names only others      member of roads: users/lisbon.yaml:18
               would deny   the product is closed everywhere         access.yaml:11
               would allow  nothing said, so open to everyone        not in the policy

            The first that has a say decides: a named licence, an assignment by name, group lists, the product's setting, the
              default.
        "#]],
    );
    acme.check(
        &["why", "ana.silva@acme.example", "openrail-designer"],
        expect![[r#"
            ana.silva@acme.example cannot use OpenRail Designer (openrail-designer), live
            Entitlement country PT: of the profile, which has a contract

            => denies       the list of designers names only others  member of designers: users/lisbon.yaml:17
            => denies       the list of roads names only others      member of roads: users/lisbon.yaml:18
               would deny   the product is closed everywhere         access.yaml:7
               would allow  nothing said, so open to everyone        not in the policy

            The first that has a say decides: a named licence, an assignment by name, group lists, the product's setting, the
              default.
        "#]],
    );
}

#[test]
fn why_understands_names_and_the_other_order() {
    let acme = Acme::new_applied();
    let why = acme.run(&["why", "ana.silva@acme.example", "openrail-designer"], 0);
    for words in [["Ana Silva", "OpenRail Designer"], ["openrail-designer", "ANA.silva@acme.example"]] {
        assert_eq!(acme.run(&["why", words[0], words[1]], 0), why);
    }
    acme.check_fails(&["why", "sacs", "sacs"], "no user `sacs`");
    acme.check_fails(&["why", "ana.silva@acme.example", "Ana Silva"], "no product `Ana Silva`");
}
