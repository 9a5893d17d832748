//! `audit`: the exit code follows the worst finding.

use crate::cli::acme::Acme;

#[test]
fn audit_exits_with_7_when_a_finding_is_bad_enough() {
    let acme = Acme::new_applied();
    let all = acme.run(&["audit"], 7);
    assert!(all.contains("error[open-exposure]") && all.contains("4 ignored"), "{all}");
    acme.run(&["audit", "--fail-on", "never"], 0);
    acme.edit(
        "access.yaml",
        "restrictions:\n",
        "restrictions:\n  - {product: nothing-we-know, allow: selected}\n",
    );
    acme.run(&["audit"], 3);
    acme.check_fails(
        &["audit", "--explain", "open-exposer"],
        "no rule `open-exposer`; did you mean `open-exposure`?",
    );
    let log: serde_json::Value = serde_json::from_str(
        &Acme::new_applied().run(&["audit", "--format", "sarif", "--fail-on", "never"], 0),
    )
    .unwrap();
    assert_eq!(log["version"], "2.1.0");
}
