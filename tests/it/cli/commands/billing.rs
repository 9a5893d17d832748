//! `billing`: the invoices and overages of a generated firm with usage.

use crate::cli::*;

/// The number and the total of the first invoice.
fn first_invoice(firm: &Quickstart) -> (String, String) {
    let csv =
        firm.run(&["billing", "invoices", "--format", "csv", "--from", "2026-07-01"]).assert_exit(0, &[]).out;
    let cells: Vec<&str> = csv.lines().nth(1).unwrap().split(',').collect();
    (cells[0].to_owned(), cells[7].to_owned())
}

#[test]
fn invoices_are_listed_and_one_is_shown_to_be_filed() {
    let firm = Quickstart::with_billed_firm();
    let listed = firm
        .run(&["billing", "invoices"])
        .assert_exit(0, &["2026Q1-GB", "2026Q2-", "2026Q3-", "Billed in all: "])
        .out;
    assert!(!listed.contains("2026Q4"), "the running quarter is not closed: {listed}");
    let only = firm
        .run(&["billing", "invoices", "--from", "2026-07-01", "--to", "2026-09-30", "--country", "gb"])
        .assert_exit(0, &["2026Q3-GB"])
        .out;
    assert!(!only.contains("2026Q2-") && !only.contains("-US"), "{only}");
    let (number, total) = first_invoice(&firm);
    let shown = firm
        .run(&["billing", "invoices", &number])
        .assert_exit(0, &["rounded half up to the currency's minor unit"]);
    assert!(shown.out.replace(',', "").contains(&format!("Total: {total} EUR")), "{}", shown.out);
    assert!(shown.out.contains("Paid on 2026-") || shown.out.contains("Not paid yet."), "{}", shown.out);
    let json = firm
        .run(&["billing", "invoices", &number, "--format", "json"])
        .assert_exit(0, &["seatwise-billing-invoices/1"])
        .out;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(
        (&json["invoices"][0]["number"], &json["invoices"][0]["total"]["amount"]),
        (&number.as_str().into(), &total.as_str().into())
    );
    firm.run(&["billing", "invoices", &number, "--out", "invoice.pdf"])
        .assert_exit(0, &["written to invoice.pdf"]);
    assert!(std::fs::read(firm.path("invoice.pdf")).unwrap().starts_with(b"%PDF-"));
    if let Some(text) = crate::pdf_text::pdf_text(&firm.path("invoice.pdf")) {
        assert!(
            text.contains(&number) && text.replace(',', "").contains(&total) && text.contains("page 1 of 1"),
            "{text}"
        );
    }
    firm.run(&["billing", "invoices", &number[..number.len() - 1]])
        .assert_exit(64, &["there is no invoice", "did you mean"]);
    firm.run(&["billing", "payments", "--format", "csv"])
        .assert_exit(0, &["day,invoice,amount,currency,reference", "TR 2026Q1-GB"]);
    let later =
        firm.run_at("2027-02-01T09:00:00Z", &["billing", "invoices"]).assert_exit(0, &["2026Q4-GB"]).out;
    let made = |text: &str| {
        let line = text.lines().find(|line| line.contains("2026Q1-GB")).unwrap();
        line.split_whitespace().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(made(&later), made(&listed), "what was made stays as it is");
}

#[test]
fn overages_are_counted_again_and_a_difference_has_its_cause() {
    let firm = Quickstart::with_billed_firm();
    let all = firm.run(&["billing", "overages"]).assert_exit(0, &["agree with what was used"]).out;
    assert!(!all.contains("differs"), "{all}");
    let details = firm.read("exports/usage-details.csv");
    let is_known = |line: &&str| !line.contains(",2026-07-") && !line.contains(",2026-08-");
    firm.write(
        "part.csv",
        &details.lines().filter(is_known).map(|line| format!("{line}\n")).collect::<String>(),
    );
    let part =
        firm.run(&["billing", "overages", "part.csv", "exports/checkouts.csv", "--from", "2026-07-01"]);
    part.assert_exit(
        2,
        &["differ", "at once, and", "no use of anything is known from 2026-07-01 to 2026-08-31"],
    );
    firm.edit("seatwise.yaml", "version: 1", "version: 1\nusage: {discount: 10%}");
    let discounted = firm
        .run(&["billing", "overages", "--format", "json"])
        .assert_exit(2, &["billed at 16 % of the list price"])
        .out;
    assert!(discounted.contains("\"differs\"") && !discounted.contains("\"agrees\""));
    for report in [
        &["billing", "overages"][..],
        &["billing", "payments"],
        &["billing", "invoices"],
        &["usage", "forecast"],
    ] {
        // What was billed otherwise makes overages exit with 2, in every format.
        let code = if report[1] == "overages" { 2 } else { 0 };
        let page =
            firm.run(&[report, &["--format", "html"]].concat()).assert_exit(code, &["<!doctype html>"]).out;
        assert!(!page.contains("http://") && !page.contains("https://"), "{report:?}");
    }
    std::fs::remove_dir_all(firm.path(".seatwise/usage")).unwrap();
    firm.run(&["billing", "overages"])
        .assert_exit(0, &["no use known", "of a period in which no use is known"]);
}
