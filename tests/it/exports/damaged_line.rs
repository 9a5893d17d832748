//! Damaged files: each damaged line is reported with its number, and nothing else is lost.

use expect_test::{Expect, expect};
use seatwise::exports::LONGEST_LINE;
use seatwise::usage::UsageSettings;

use super::*;

const HEADER: &str = "Product,Machine,Start,End\n";
const GOOD: &str = "p,A,2026-03-02 09:01,2026-03-02 09:25\n";

fn check(bytes: impl AsRef<[u8]>, rows: u64, expected: Expect) {
    let (damages, read) = ExportFiles::new().with_file("x.csv", bytes).damages();
    expected.assert_eq(&damages.iter().map(|damage| format!("{damage}\n")).collect::<String>());
    assert_eq!(read, rows);
}

fn text_with_lines(lines: &[&str]) -> String {
    let mut text = HEADER.to_owned();
    for line in lines {
        text += line;
        text.push('\n');
        text += GOOD;
    }
    text
}

#[test]
fn each_damaged_line_is_told_of_and_the_rest_is_read() {
    let damaged = [
        "p,A,2026-03-02 09:01",
        "p,A,2026-03-02 09:01,2026-03-02 09:25,more",
        "p,A,2026-02-30 09:01,2026-03-02 09:25",
        "p,A,2026-03-02 09:25,2026-03-02 09:01",
        "p,A,2026-03-02 09:01,2027-03-04 09:25",
        "p,A,2026-03-02 09:01,2026-03-02T09:25Z",
        "p,A,2026-03-02T09:01Z,2026-03-02T09:25Z",
        ",A,2026-03-02 09:01,2026-03-02 09:25",
        "p,,2026-03-02 09:01,2026-03-02 09:25",
        "p,A,,2026-03-02 09:25",
        "p,A,2026-03-02 09:01,",
        "p,a\"b,2026-03-02 09:01,2026-03-02 09:25",
    ];
    check(
        text_with_lines(&damaged),
        12,
        expect![[r#"
            x.csv:2: 3 columns where the header has 4
            x.csv:4: 5 columns where the header has 4
            x.csv:6: `2026-02-30 09:01` is no start
            x.csv:8: the end is before the start
            x.csv:10: more than 366 days from the start to the end
            x.csv:12: some times have a time zone and others have none, here or in the file's first whole line
            x.csv:14: some times have a time zone and others have none, here or in the file's first whole line
            x.csv:16: no product
            x.csv:18: no machine
            x.csv:20: no start
            x.csv:22: no end
            x.csv:24: a quote is never closed, or stands within a field
        "#]],
    );
}

#[test]
fn truncated_last_line_is_damaged() {
    check(
        format!("{HEADER}{GOOD}p,B,2026-03-0"),
        1,
        expect![[r#"
        x.csv:3: 3 columns where the header has 4
    "#]],
    );
}

#[test]
fn byte_order_mark_carriage_returns_and_blank_lines_are_no_damage() {
    check(format!("\u{feff}{HEADER}\n{GOOD}").replace('\n', "\r\n"), 1, expect![""]);
}

#[test]
fn utf_16_is_read_as_it_is() {
    let text = format!("{HEADER}p,Ärger-🚀,2026-03-02 09:01,2026-03-02 09:25\n");
    let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    for bytes in
        [[b"\xff\xfe", &little[..]].concat(), [b"\xfe\xff", &big[..]].concat(), little.clone(), big.clone()]
    {
        let rows = ExportFiles::new().with_file("x.csv", bytes).rows();
        assert_eq!(rows.len(), 1);
        assert!(rows[0].contains("Ärger-🚀"), "{rows:?}");
    }
    // Half a UTF-16 code unit at the end is one damaged line.
    check(
        [b"\xff\xfe", &little[..], b"p"].concat(),
        1,
        expect![[r#"
        x.csv:3: 1 column where the header has 4
    "#]],
    );
}

#[test]
fn text_that_is_not_utf_8_is_damage() {
    let latin =
        [HEADER.as_bytes(), b"p,M\xfcnchen,2026-03-02 09:01,2026-03-02 09:25\n", GOOD.as_bytes()].concat();
    check(
        latin,
        1,
        expect![[r#"
        x.csv:2: not UTF-8
    "#]],
    );
}

#[test]
fn quoted_line_end_is_a_part_of_its_field_and_lines_are_counted_through_it() {
    let text = format!("{HEADER}p,\"A\nB, \"\"C\"\"\",2026-03-02 09:01,2026-03-02 09:25\np,A\n{GOOD}");
    check(
        &text,
        2,
        expect![[r#"
        x.csv:4: 2 columns where the header has 4
    "#]],
    );
    let (register, reading) = ExportFiles::new().with_file("x.csv", text).read().unwrap();
    let machine =
        reading.taken.0.iter().map(|row| register.machine_name(row.machine).to_string()).min().unwrap();
    assert_eq!(machine, "A", "the plain one");
    assert!(register.known_machine("A\nB, \"C\"").is_some());
}

#[test]
fn quote_that_is_never_closed_costs_its_own_line_alone() {
    check(
        text_with_lines(&["p,\"A,2026-03-02 09:01,2026-03-02 09:25", "p,B"]),
        2,
        expect![[r#"
        x.csv:2: a quote is never closed, or stands within a field
        x.csv:4: 2 columns where the header has 4
    "#]],
    );
    // The lines after an open quote may also be far longer than a piece.
    let many = GOOD.repeat(3 * LONGEST_LINE / GOOD.len());
    let rows = many.lines().count() as u64;
    check(
        format!("{HEADER}{GOOD}p,\"A,2026-03-02 09:01,2026-03-02 09:25\n{many}"),
        rows + 1,
        expect![[r#"
        x.csv:3: a quote is never closed, or stands within a field
    "#]],
    );
}

#[test]
fn field_of_ten_megabytes_is_one_damaged_line() {
    let long = "x".repeat(10_000_000);
    for field in [long.clone(), format!("\"{long}\"")] {
        check(
            format!("{HEADER}{GOOD}p,{field},2026-03-02 09:01,2026-03-02 09:25\n{GOOD}p\n"),
            2,
            expect![[r#"
            x.csv:3: longer than 1048576 bytes
            x.csv:5: 1 column where the header has 4
        "#]],
        );
    }
}

#[test]
fn zones_are_told_by_the_first_line() {
    let text = format!(
        "{HEADER}p,A,2026-03-02T09:01Z,2026-03-02T09:25Z\np,B,2026-03-02T11:01+02:00,2026-03-02T10:25+01:00\n{GOOD}p,C,2026-03-02T09:01Z,2026-03-02T09:25Z\n"
    );
    check(
        &text,
        3,
        expect![[r#"
        x.csv:4: some times have a time zone and others have none, here or in the file's first whole line
    "#]],
    );
    assert_eq!(
        peak(&ExportFiles::new().with_file("x.csv", text).count(&UsageSettings::default())),
        3,
        "all are the same time"
    );
}

#[test]
fn strict_reading_stops_at_the_first_damaged_line_of_all() {
    let many = GOOD.repeat(2 * LONGEST_LINE / GOOD.len());
    let files = ExportFiles::new()
        .with_file("a.csv", format!("{HEADER}{many}p,early\n{many}p,late\n"))
        .with_file("b.csv", format!("{HEADER}p\n"));
    let error = ExportFiles { strict: true, ..files }.read().err().unwrap();
    let ExportReadError::Damaged { path, damage } = error else { panic!("{error}") };
    assert_eq!(
        (path.file_name().unwrap().to_str().unwrap(), damage.line),
        ("a.csv", many.lines().count() as u64 + 2)
    );
}

#[test]
fn first_hundred_damaged_lines_are_told_of_and_all_are_counted() {
    let bad = "p\n".repeat(1_000_000);
    let (_, reading) = ExportFiles::new().with_file("x.csv", format!("{HEADER}{bad}")).read().unwrap();
    assert_eq!((reading.damages.count, reading.damages.first.len()), (1_000_000, 100));
    let lines: Vec<u64> = reading.damages.first.iter().map(|damage| damage.line).collect();
    assert_eq!(lines, (2..102).collect::<Vec<_>>());
}

#[test]
fn quotes_that_open_in_every_line_are_read_in_linear_time() {
    // Read from its own start, each line opens a quote. Read on from the line before, each line closes that
    // quote and opens another.
    let text = format!("{HEADER}{}", "a\",\"b\"\"\n".repeat(200_000));
    let (_, reading) = ExportFiles::new().with_file("x.csv", text).read().unwrap();
    assert_eq!(reading.damages.count, 200_000);
}

#[test]
fn countries_and_products_that_are_none_are_told_of() {
    let text = "Product,Country,Machine,Start,End\np,Atlantis,A,2026-03-02 09:01,2026-03-02 \
        09:25\n\u{1},DE,A,2026-03-02 09:01,2026-03-02 09:25\n\
                a/b,USA,A,2026-03-02 09:01,2026-03-02 09:25\n";
    check(
        text,
        1,
        expect![[r#"
        x.csv:2: `Atlantis` is no country
        x.csv:3: `` is no product
    "#]],
    );
}

#[test]
fn pieces_are_cut_between_records_wherever_they_end() {
    // The lines have many lengths, and some are quoted over two lines, so every cut falls at a different
    // point.
    let row = |at: usize| {
        let filler = "x".repeat(at * 7919 % 977);
        if at.is_multiple_of(5) {
            format!("p,\"WS\n{at}{filler}\",2026-03-02 09:01,2026-03-02 09:25\n")
        } else {
            format!("p,{at}{filler},2026-03-02 09:01,2026-03-02 09:25\n")
        }
    };
    let text: String = (0..20_000).map(row).collect();
    assert!(text.len() > 8 * LONGEST_LINE);
    let files = ExportFiles::new().with_file("x.csv", format!("{HEADER}{text}"));
    assert_eq!(files.damages(), (Vec::new(), 20_000));
    assert_eq!(peak(&files.count(&UsageSettings::default())), 20_000);
}
