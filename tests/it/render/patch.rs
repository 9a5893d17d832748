//! Differences between two policy folders, as a patch.

use expect_test::expect;
use seatwise::render::export::{ExportFolder, unified_diff};

#[test]
fn diff_between_folders_names_files_that_come_and_go() {
    let old: ExportFolder =
        [("a.yaml".to_owned(), "one\ntwo\n".to_owned()), ("gone.yaml".to_owned(), "x\n".to_owned())].into();
    let new: ExportFolder =
        [("a.yaml".to_owned(), "one\n2\n".to_owned()), ("new.yaml".to_owned(), "y\n".to_owned())].into();
    expect![[r#"
        --- a/a.yaml
        +++ b/a.yaml
        @@ -1,2 +1,2 @@
         one
        -two
        +2
        --- a/gone.yaml
        +++ /dev/null
        @@ -1 +0,0 @@
        -x
        --- /dev/null
        +++ b/new.yaml
        @@ -0,0 +1 @@
        +y
    "#]]
    .assert_eq(&unified_diff(&old, &new));
    assert_eq!(unified_diff(&old, &old), "");
}
