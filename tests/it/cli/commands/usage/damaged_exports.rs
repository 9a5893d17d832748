//! Damaged and malicious exports, as a user of the program meets them.

use crate::cli::*;

const HEADER: &str = "Product,Country,Machine,Email,Start,End\n";
const GOOD: &str = "1017,PT,A,ana.silva@harbour.example,2026-11-02 09:01,2026-11-02 09:25\n";

/// Damaged lines, each with the message about it.
fn damage_kinds() -> Vec<(String, &'static str)> {
    let of = |line: &str, said| (format!("{line}\n"), said);
    vec![
        of("1017,PT,B,,2026-11-02 09:01", "5 columns where the header has 6"),
        of("1017,PT,B,,2026-11-02 09:01,2026-11-02 09:25,more", "7 columns where the header has 6"),
        of("1017,PT,B,,2026-02-30 09:01,2026-03-01 09:25", "`2026-02-30 09:01` is no start"),
        of("1017,PT,B,,2026-11-02 09:25,2026-11-02 09:01", "the end is before the start"),
        of(
            "1017,PT,B,,2026-11-02T09:01Z,2026-11-02T09:25Z",
            "some times have a time zone and others have none",
        ),
        of(
            "1017,PT,B,,2026-11-02 09:01,2026-11-02T09:25+02:00",
            "some times have a time zone and others have none",
        ),
        of("1017,PT,\"B,,2026-11-02 09:01,2026-11-02 09:25", "a quote is never closed"),
        of("1017,Atlantis,B,,2026-11-02 09:01,2026-11-02 09:25", "`Atlantis` is no country"),
        of(
            &format!("1017,PT,{},,2026-11-02 09:01,2026-11-02 09:25", "x".repeat(10_000_000)),
            "longer than 1048576 bytes",
        ),
    ]
}

#[test]
fn each_kind_of_damage_is_told_of_the_rest_is_counted_and_strict_stops() {
    let office = Quickstart::new_applied();
    for (line, said) in damage_kinds() {
        office.write("x.csv", &format!("{HEADER}{GOOD}{line}{GOOD}"));
        let came = office
            .run(&["usage", "peaks", "x.csv"])
            .assert_exit(8, &[&format!("warning: x.csv:3: {said}"), "1 line was left out of the figures"]);
        assert!(
            came.out.contains("MicroStation (microstation)  PT     2026Q4     1"),
            "{said}: {}",
            came.out
        );
        let strict = office
            .run(&["usage", "peaks", "x.csv", "--strict"])
            .assert_exit(8, &["x.csv:3 is damaged", said]);
        assert_eq!(strict.out, "", "{said}");
        office.run(&["usage", "collect", "x.csv", "--strict"]).assert_exit(8, &["x.csv:3 is damaged"]);
        assert!(!office.path(".seatwise/usage").join("year=2026").exists(), "{said}: nothing is kept");
    }
}

#[test]
fn form_of_a_file_is_no_damage() {
    let office = Quickstart::new_applied();
    let text = format!("{HEADER}{GOOD}1017,PT,\"B\nin two lines\",,2026-11-02 09:01,2026-11-02 09:25\n");
    let utf16 = |mark: &[u8], bytes: fn(u16) -> [u8; 2]| {
        [mark, &text.encode_utf16().flat_map(bytes).collect::<Vec<u8>>()].concat()
    };
    let forms: [(&str, Vec<u8>); 5] = [
        ("plain", text.clone().into()),
        ("with a BOM", format!("\u{feff}{text}").into()),
        ("with CRLF", text.replace('\n', "\r\n").into()),
        ("UTF-16, little end first", utf16(&[0xff, 0xfe], u16::to_le_bytes)),
        ("UTF-16, big end first", utf16(&[0xfe, 0xff], u16::to_be_bytes)),
    ];
    for (form, bytes) in forms {
        std::fs::write(office.path("x.csv"), bytes).unwrap();
        let came = office.run(&["usage", "peaks", "x.csv"]).assert_exit(0, &[]);
        assert!(
            came.out.contains("MicroStation (microstation)  PT     2026Q4     2"),
            "{form}: {}",
            came.out
        );
    }
}

#[test]
fn no_cell_of_any_report_is_a_formula() {
    let office = Quickstart::new_applied();
    let mut rows = "Product,Feature,Country,Site,Machine,User,Start,End\n".to_owned();
    for (at, name) in
        ["=1+1", "+2", "-3", "@SUM(A1)", "\"\t=4\"", "\"\r=5\"", "\" =6\"", "＝7"].into_iter().enumerate()
    {
        rows += &format!(
            "{name},{name},PT,{name},{name},{name},2026-11-02 {:02}:01,2026-11-02 {:02}:25\n",
            at + 8,
            at + 8
        );
    }
    office.write("x.csv", &rows);
    for place in ["country", "site"] {
        let settings = office.read("seatwise.yaml");
        office.edit("seatwise.yaml", "version: 1", &format!("version: 1\nusage: {{pool: {place}}}"));
        for report in
            [&["peaks", "--who"][..], &["daily"], &["users"], &["machines"], &["inactive"], &["advise"]]
        {
            let csv = office
                .run(&[&["usage"], report, &["x.csv", "--format", "csv"]].concat())
                .assert_exit(0, &[])
                .out;
            let mut cells = 0;
            for record in csv::Reader::from_reader(csv.as_bytes()).records() {
                for cell in &record.unwrap() {
                    cells += 1;
                    assert!(
                        !cell
                            .trim_start_matches([' ', '"', '\u{a0}'])
                            .starts_with(['=', '+', '-', '@', '\t', '\r', '＝']),
                        "{report:?}: {cell}"
                    );
                }
            }
            let has_names = !matches!(report[0], "inactive" | "advise");
            assert!(
                cells >= if has_names { 40 } else { 0 } && (!has_names || csv.contains("'@SUM(A1)")),
                "{report:?}: {csv}"
            );
        }
        office.write("seatwise.yaml", &settings);
    }
}
