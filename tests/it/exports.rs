//! Usage exports read from files.

mod damage;
mod layouts;
mod speed;
mod store;

use std::collections::BTreeMap;
use std::path::PathBuf;

use seatwise::exports::{Catalogue, Exports, ReadError, Reading, Take};
use seatwise::model::{LicenceKind, Product, ProductId, Text};
use seatwise::usage::{Assigned, Columns, Counted, Counter, Place, Register, Row, Settings, Span, Use};

/// Exports under construction, in a folder of their own.
struct Files {
    folder: tempfile::TempDir,
    files: Vec<PathBuf>,
    columns: Columns,
    catalogue: Catalogue,
    strict: bool,
}

/// Everything that was read, in order of the file where there is one piece.
#[derive(Default)]
struct All(Vec<Row>);

impl Take for All {
    fn take(&mut self, _: &Register, rows: &[Row]) {
        self.0.extend_from_slice(rows);
    }

    fn absorb(&mut self, other: Self) {
        self.0.extend(other.0);
    }
}

impl Files {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self {
            folder,
            files: Vec::new(),
            columns: Columns::default(),
            catalogue: Catalogue::default(),
            strict: false,
        }
    }

    fn with(mut self, name: &str, bytes: impl AsRef<[u8]>) -> Self {
        let path = self.folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        self.files.push(path);
        self
    }

    fn exports(&self) -> Exports<'_> {
        Exports {
            files: &self.files,
            columns: &self.columns,
            catalogue: &self.catalogue,
            strict: self.strict,
        }
    }

    fn read(&self) -> Result<(Register, Reading<All>), ReadError> {
        let mut register = Register::default();
        let reading = self.exports().read(&mut register, All::default)?;
        Ok((register, reading))
    }

    /// The rows as one reads them, sorted.
    fn rows(&self) -> Vec<String> {
        let (register, reading) = self.read().unwrap();
        assert_eq!(reading.damages.first, []);
        let mut rows: Vec<String> = reading.taken.0.iter().map(|row| said(&register, row)).collect();
        rows.sort();
        rows
    }

    /// Every damaged line as `FILE:LINE: WHAT`, and how many rows were read all the same.
    fn damages(&self) -> (Vec<String>, u64) {
        let (_, reading) = self.read().unwrap();
        let name = |file: usize| self.files[file].file_name().unwrap().to_str().unwrap().to_owned();
        assert_eq!(reading.damages.count, reading.damages.first.len() as u64);
        (
            reading
                .damages
                .first
                .iter()
                .map(|one| format!("{}:{}: {}", name(one.file), one.line, one.flaw))
                .collect(),
            reading.rows,
        )
    }

    fn count(&self, settings: &Settings) -> Counted {
        let (assigned, mut register) = (Assigned::default(), Register::default());
        let reading =
            self.exports().read(&mut register, || Counter::new(settings, &assigned, Span::ALWAYS)).unwrap();
        reading.taken.finish(&register)
    }
}

fn said(register: &Register, row: &Row) -> String {
    let source = register.source_of(row.source);
    let place = source.country.map(|country| country.to_string()).unwrap_or_default();
    let (feature, site) =
        (source.feature.as_deref().unwrap_or_default(), source.site.as_deref().unwrap_or_default());
    let user = row.user.map(|user| format!("{:?}", register.user_name(user))).unwrap_or_default();
    let used = match row.used {
        Use::Session(span) => format!("session {} {}", span.from(), span.to()),
        Use::Checkout(span) => format!("checkout {} {}", span.from(), span.to()),
        Use::Returned(span) => format!("returned {} {}", span.from(), span.to()),
        Use::Trimmed { first, last } => format!("details {first} {last}"),
    };
    let (machine, kind) = (register.machine_name(row.machine), source.usage_type.as_str());
    format!("{} {feature} {place} {site} {kind} {:?} {machine} {user} {used}", source.product, source.through)
}

fn product(number: Option<u32>, feature: Option<&str>, name: &str) -> Product {
    Product {
        number,
        feature: feature.map(Text::from),
        name: name.into(),
        licence: LicenceKind::Pooled,
        list_price: None,
    }
}

fn catalogue() -> Catalogue {
    let products = [
        ("openroads", product(Some(2502), None, "OpenRoads Designer")),
        ("microstation", product(Some(1001), None, "MicroStation")),
        ("microstation-3d", product(Some(1001), Some("3D"), "MicroStation 3D")),
        ("staad", product(None, None, "STAAD.Pro")),
    ];
    Catalogue::new(
        &products.into_iter().map(|(id, product)| (ProductId::new(id).unwrap(), product)).collect(),
    )
}

/// The most machines at once of the only pool.
fn peak(counted: &Counted) -> u32 {
    let tallies: Vec<_> = counted.tallies.values().collect();
    assert_eq!(tallies.len(), 1);
    tallies[0].peak().unwrap().machines
}

fn places(counted: &Counted) -> BTreeMap<String, u32> {
    let place = |place: &Place| match place {
        Place::Country(country) => country.to_string(),
        Place::Site(site) => site.to_string(),
        Place::Unknown => "unknown".to_owned(),
    };
    counted
        .tallies
        .iter()
        .map(|((pool, _), tally)| {
            (format!("{} {}", pool.product, place(&pool.place)), tally.peak().unwrap().machines)
        })
        .collect()
}
