//! The layout of a file, which its columns decide.

use expect_test::expect;
use seatwise::usage::{UsageColumn, UsageSettings};

use super::*;

fn check(files: &ExportFiles, expected: expect_test::Expect) {
    expected.assert_eq(&(files.rows().join("\n") + "\n"));
}

#[test]
fn usage_details_are_intervals_of_a_product_machine_and_user() {
    let files = ExportFiles {
        catalogue: catalogue(),
        ..ExportFiles::new().with_file(
            "details.csv",
            "Allocation Group,Country,Product,Feature String,Machine Name,User,Email,Usage Type,First \
                Interval,Last Interval\n\
             Roads,Germany,OpenRoads Designer \
             (2502),,WS-1,asilva,Ana.Silva@acme.example,Production,2026-03-02 09:10,2026-03-02 09:30\n\
             Roads,DE,1001,3D,WS-2,,7f3c-99,Trial,2026-03-02 09:10,2026-03-02 09:10\n\
             ,,STAAD.Pro,,WS-3,bo,,production,3/2/2026 9:10 AM,03/02/26 21:30\n",
        )
    };
    check(
        &files,
        expect![[r#"
        microstation-3d 3D DE  trial Unknown WS-2 Opaque("7f3c-99") details 2026-03-02T09:10:00Z 2026-03-02T09:10:00Z
        openroads  DE  production Unknown WS-1 Email("ana.silva@acme.example") details 2026-03-02T09:10:00Z 2026-03-02T09:30:00Z
        staad    production Unknown WS-3 Opaque("bo") details 2026-03-02T09:10:00Z 2026-03-02T21:30:00Z
    "#]],
    );
}

#[test]
fn sessions_have_an_end_or_a_duration() {
    let files = ExportFiles::new()
        .with_file(
            "ends.csv",
            "product;host;site;start;end;server type;activation key\n\
             p;A;north;2026-03-02T09:01:30Z;2026-03-02T09:25:00Z;SES;\n\
             p;B;north;2026-03-02T10:01:00+01:00;2026-03-02T09:25:00Z;Hosted;\n\
             p;C;north;2026-03-02T09:01:00Z;2026-03-02T09:25:00Z;;ABCD-1\n",
        )
        .with_file(
            "durations.tsv",
            "Product\tMachine\tStart Time\tDuration\nq\tD\t2026-03-02 23:00\t1 02:30\n",
        );
    check(
        &files,
        expect![[r#"
        p   north production ActivationKey B  session 2026-03-02T09:01:00Z 2026-03-02T09:25:00Z
        p   north production ActivationKey C  session 2026-03-02T09:01:00Z 2026-03-02T09:25:00Z
        p   north production SignIn A  session 2026-03-02T09:01:30Z 2026-03-02T09:25:00Z
        q    production Unknown D  session 2026-03-02T23:00:00Z 2026-03-04T01:30:00Z
    "#]],
    );
}

#[test]
fn checkout_ends_with_its_return_or_with_the_last_moment_of_the_day_on_which_it_expires() {
    let files = ExportFiles::new().with_file(
        "checkouts.csv",
        "Product,Machine,Checked Out,Checked In,Expiration Date\n\
         p,A,2026-01-01,,2026-03-31\n\
         p,B,2026-01-01 09:00,2026-01-05 17:00,2026-03-31\n",
    );
    check(
        &files,
        expect![[r#"
        p    production Unknown A  checkout 2026-01-01T00:00:00Z 2026-04-01T00:00:00Z
        p    production Unknown B  returned 2026-01-01T09:00:00Z 2026-01-05T17:00:00Z
    "#]],
    );
}

#[test]
fn day_can_stand_in_a_column_of_its_own() {
    let files = ExportFiles::new().with_file(
        "details.csv",
        "Product,Machine,Usage Date,Start Interval,End Interval\np,A,03/02/2026,09:10,09:30\n",
    );
    check(
        &files,
        expect![[r#"
        p    production Unknown A  details 2026-03-02T09:10:00Z 2026-03-02T09:30:00Z
    "#]],
    );
}

#[test]
fn names_of_columns_are_compared_by_letters_and_the_policy_may_say_others() {
    let mut files = ExportFiles::new()
        .with_file("odd.csv", "PRODUCT_ID,Arbeitsplatz,von,bis\np,A,2026-03-02 09:10,2026-03-02 09:30\n");
    assert!(matches!(files.read(), Err(ExportReadError::Layout { .. })));
    for (column, name) in
        [(UsageColumn::Machine, "arbeitsplatz"), (UsageColumn::First, "Von"), (UsageColumn::Last, "Bis")]
    {
        files.columns.0.insert(column, name.into());
    }
    check(
        &files,
        expect![[r#"
        p    production Unknown A  details 2026-03-02T09:10:00Z 2026-03-02T09:30:00Z
    "#]],
    );
}

#[test]
fn unknown_layout_is_an_error_that_names_the_columns_found_and_expected() {
    let error = ExportFiles::new().with_file("other.csv", "a,b\n1,2\n").read().err().unwrap().to_string();
    let told = error.split_once("other.csv").unwrap().1;
    expect![[r#" is no usage export: its columns are `a`, `b`, and expected are product and machine; and first and last (intervals), or start and end or duration (sessions), or checked_out and checked_in or expires (checkouts)"#]]
        .assert_eq(told);
    assert!(matches!(
        ExportFiles::new().with_file("empty.csv", "").read(),
        Err(ExportReadError::Layout { .. })
    ));
}

#[test]
fn folder_is_not_a_file() {
    let mut files = ExportFiles::new();
    files.files.push(files.folder.path().to_owned());
    assert!(matches!(files.read(), Err(ExportReadError::NotAFile(_))));
}

#[test]
fn rows_of_several_files_are_counted_together() {
    let header = "Product,Country,Machine,First Interval,Last Interval\n";
    let files = ExportFiles::new()
        .with_file("one.csv", format!("{header}p,DE,A,2026-03-02 09:10,2026-03-02 09:30\n"))
        .with_file(
            "two.csv",
            format!(
                "{header}p,DE,B,2026-03-02 09:30,2026-03-02 09:40\np,FR,B,2026-03-02 09:30,2026-03-02 09:40\n"
            ),
        );
    assert_eq!(
        peaks_by_place(&files.count(&UsageSettings::default())),
        [("p DE".to_owned(), 2), ("p FR".to_owned(), 1)].into()
    );
}

#[test]
fn fifty_files_of_a_thousand_rows_count_as_one() {
    let header = "Product,Country,Machine,Start,End\n";
    let row = |at: usize| format!("p,DE,WS-{at},2026-03-02 09:01,2026-03-02 09:25\n");
    let files = (0..50).fold(ExportFiles::new(), |files, file| {
        let rows: String = (file * 1000..(file + 1) * 1000).map(row).collect();
        files.with_file(&format!("{file:02}.csv"), format!("{header}{rows}"))
    });
    assert_eq!(peak(&files.count(&UsageSettings::default())), 50_000);
}
