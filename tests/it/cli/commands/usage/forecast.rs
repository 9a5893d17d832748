//! `usage forecast`: text, CSV and JSON give the same forecast.

use crate::cli::*;

#[test]
fn forecast_is_the_same_for_people_spreadsheets_and_programs() {
    let firm = Quickstart::with_billed_firm();
    let text = firm
        .run_at("2026-11-24T09:30:00Z", &["usage", "forecast"])
        .assert_exit(0, &["2026Q4: use of 5", "Back-test at the same day of 2026Q3", "Exposure of 2026Q4: "])
        .out;
    let json = firm
        .run(&["usage", "forecast", "--format", "json"])
        .assert_exit(0, &["seatwise-usage-forecast/1"])
        .out;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let likely = json["totals"][0]["likely"].as_str().unwrap();
    let shown = seatwise::render::words::number(likely.parse::<usize>().unwrap());
    assert!(text.contains(&format!("at the end about {shown} EUR,")), "{likely}: {text}");
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
    let again = firm.run_at("2026-11-24T09:30:00Z", &["usage", "forecast"]).assert_exit(0, &[]).out;
    assert_eq!(again, text, "no chance is in it");
    firm.run(&["usage", "forecast", "--to", "2026-05-10"])
        .assert_exit(0, &["2026Q2: use of ", "No forecast: two earlier periods must be known"]);
    firm.run(&["usage", "forecast", "--out", "forecast.pdf"]).assert_exit(0, &[]);
    if let Some(text) = crate::pdf_text::pdf_text(&firm.path("forecast.pdf")) {
        assert!(text.contains("Forecast: firm") && text.contains("at the end likely"), "{text}");
    }
}
