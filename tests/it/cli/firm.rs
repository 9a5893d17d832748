//! A generated firm with use: what its exports come to.

use super::*;

/// A firm of so many people, whose policy says nothing of them.
fn firm(users: &str) -> Quickstart {
    let firm = Quickstart::with_settings(
        "version: 1\norganization: firm\nconnector: {kind: sandbox, path: .seatwise/firm.db}\n",
    );
    firm.run(&["sandbox", "init", "--users", users]).assert_exit(0, &[]);
    firm
}

#[test]
fn sessions_and_the_details_that_the_portal_makes_of_them_come_to_the_same_peaks() {
    let firm = firm("60");
    firm.run(&["sandbox", "generate-usage", "--months", "3", "--exports", "exports"])
        .assert_exit(0, &["sessions and checkouts on", "written to exports"]);
    let peaks = |file: &str| {
        firm.run(&["usage", "peaks", file, "exports/checkouts.csv", "--format", "csv"])
            .assert_exit(0, &[])
            .out
    };
    let (details, sessions) = (peaks("exports/usage-details.csv"), peaks("exports/sessions.csv"));
    assert!(details.lines().count() > 40, "{details}");
    assert_eq!(details, sessions);
    firm.run(&["usage", "collect", "exports/usage-details.csv", "exports/checkouts.csv"]).assert_exit(0, &[]);
    assert_eq!(firm.run(&["usage", "peaks", "--format", "csv"]).assert_exit(0, &[]).out, details);
}

#[test]
fn use_is_generated_again_in_the_place_of_what_there_was() {
    let firm = firm("20");
    firm.run(&["sandbox", "generate-usage", "--months", "1", "--seed", "3"])
        .assert_exit(0, &["from 2026-09-01 on"]);
    firm.run(&["sandbox", "show", "--audit", "1"]).assert_exit(0, &["report use"]);
    firm.run(&["sandbox", "generate-usage", "--months", "0"]).assert_exit(64, &["0 is not in 1..=60"]);
    Quickstart::new().run(&["sandbox", "generate-usage"]).assert_exit(1, &[]);
}

/// A firm that has worked since the beginning of 2026, and of which that is known.
fn billed_firm() -> Quickstart {
    let firm = firm("60");
    firm.run(&["sandbox", "generate-usage", "--months", "9", "--exports", "exports"]).assert_exit(0, &[]);
    firm.run(&["usage", "collect", "--live"])
        .assert_exit(0, &["rows that the organization reports: ", " new"]);
    firm
}

/// The number of an invoice, and its total.
fn first_invoice(firm: &Quickstart) -> (String, String) {
    let csv =
        firm.run(&["billing", "invoices", "--format", "csv", "--from", "2026-07-01"]).assert_exit(0, &[]).out;
    let cells: Vec<&str> = csv.lines().nth(1).unwrap().split(',').collect();
    (cells[0].to_owned(), cells[7].to_owned())
}

#[test]
fn invoices_are_listed_and_one_is_shown_to_be_filed() {
    let firm = billed_firm();
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
        .assert_exit(0, &[&format!("Total: {total} EUR"), "rounded half up to the currency's minor unit"]);
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
    if let Some(text) = crate::paper::pdf_text(&firm.path("invoice.pdf")) {
        assert!(text.contains(&number) && text.contains(&total) && text.contains("page 1 of 1"), "{text}");
    }
    firm.run(&["billing", "invoices", &number[..number.len() - 1]])
        .assert_exit(64, &["there is no invoice", "did you mean"]);
    firm.run(&["billing", "payments", "--format", "csv"])
        .assert_exit(0, &["day,invoice,amount,currency,reference", "TR 2026Q1-GB"]);
    let later =
        firm.run_at("2027-02-01T09:00:00Z", &["billing", "invoices"]).assert_exit(0, &["2026Q4-GB"]).out;
    assert!(later.contains(listed.lines().nth(1).unwrap().trim()), "what was made stays as it is");
}

#[test]
fn overages_are_counted_again_and_a_difference_has_its_cause() {
    let firm = billed_firm();
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
        0,
        &["differ", "at once, and", "no use of anything is known from 2026-07-01 to 2026-08-31"],
    );
    firm.edit("seatwise.yaml", "version: 1", "version: 1\nusage: {discount: 10%}");
    let discounted = firm
        .run(&["billing", "overages", "--format", "json"])
        .assert_exit(0, &["billed at 16 % of the list price"])
        .out;
    assert!(discounted.contains("\"differs\"") && !discounted.contains("\"agrees\""));
    for report in [
        &["billing", "overages"][..],
        &["billing", "payments"],
        &["billing", "invoices"],
        &["usage", "forecast"],
    ] {
        let page =
            firm.run(&[report, &["--format", "html"]].concat()).assert_exit(0, &["<!doctype html>"]).out;
        assert!(!page.contains("http://") && !page.contains("https://"), "{report:?}");
    }
    std::fs::remove_dir_all(firm.path(".seatwise/usage")).unwrap();
    firm.run(&["billing", "overages"])
        .assert_exit(0, &["no use known", "of a period in which no use is known"]);
}

#[test]
fn forecast_is_the_same_for_people_spreadsheets_and_programs() {
    let firm = billed_firm();
    let text = firm
        .run(&["usage", "forecast"])
        .assert_exit(0, &["2026Q4: use of 5", "Back-test at the same day of 2026Q3", "Exposure of 2026Q4: "])
        .out;
    let json = firm
        .run(&["usage", "forecast", "--format", "json"])
        .assert_exit(0, &["seatwise-usage-forecast/1"])
        .out;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let likely = json["totals"][0]["likely"].as_str().unwrap();
    assert!(text.contains(&format!("at the end about {likely},")), "{likely}: {text}");
    let lines = json["lines"].as_array().unwrap();
    let csv = firm
        .run(&["usage", "forecast", "--format", "csv"])
        .assert_exit(0, &["product,feature,place,so_far,peak,low,high,owned,excess,"])
        .out;
    assert_eq!(csv.lines().count(), lines.len() + 1);
    for line in lines {
        let (so_far, peak) = (line["so_far"].as_u64().unwrap(), &line["peak"]);
        let [low, likely, high] = ["low", "likely", "high"].map(|end| peak[end].as_u64().unwrap());
        assert!(so_far <= low && low <= likely && likely <= high, "{line}");
    }
    assert_eq!(firm.run(&["usage", "forecast"]).assert_exit(0, &[]).out, text, "no chance is in it");
    firm.run(&["usage", "forecast", "--to", "2026-05-10"])
        .assert_exit(0, &["2026Q2: use of ", "No forecast: two earlier periods must be known"]);
    firm.run(&["usage", "forecast", "--out", "forecast.pdf"]).assert_exit(0, &[]);
    if let Some(text) = crate::paper::pdf_text(&firm.path("forecast.pdf")) {
        assert!(text.contains("Forecast: firm") && text.contains("at the end likely"), "{text}");
    }
}
