//! Filters of rows of use by product, country and person.

use seatwise::usage::{RowFilter, UsageSource};

use crate::usage::{Meter, country, day, product, session, source};

#[test]
fn rows_are_kept_by_product_country_and_person() {
    let mut meter = Meter::new().session_of("ana@acme.example", "A", "09:01", "09:25");
    meter = meter.row("B", None, &UsageSource { country: None, ..source() }, session("09:01", "09:25"));
    meter =
        meter.row("C", None, &UsageSource { product: product("q"), ..source() }, session("09:01", "09:25"));
    let kept = |keep: &RowFilter| {
        meter
            .rows
            .iter()
            .filter(|row| keep.keeps(&meter.register, row))
            .map(|row| meter.register.machine_name(row.machine).to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(kept(&RowFilter::default()), ["A", "B", "C"]);
    assert_eq!(kept(&RowFilter { products: [product("p")].into(), ..RowFilter::default() }), ["A", "B"]);
    assert_eq!(kept(&RowFilter { countries: [country("DE")].into(), ..RowFilter::default() }), ["A", "C"]);
    let ana = meter.rows[0].user.unwrap();
    assert_eq!(kept(&RowFilter { users: Some([ana].into()), ..RowFilter::default() }), ["A"]);
    assert_eq!(kept(&RowFilter { users: Some([].into()), ..RowFilter::default() }), [""; 0]);
    assert!(day("2026-03-02") < day("2026-03-03"));
}
