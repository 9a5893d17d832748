//! Usage exports read from files.

mod damaged_line;
mod layout;
mod name_cache;
mod store;

use std::collections::BTreeMap;
use std::path::PathBuf;

use seatwise::exports::{ExportReadError, ProductCatalogue, RowSink, UsageExports, UsageReading};
use seatwise::model::{LicenceKind, Product, ProductId, Text};
use seatwise::usage::{
    LicenceAssignments, NameRegister, PoolPlace, TimeOfUse, TimeSpan, UsageColumnNames, UsageCounter,
    UsageCounts, UsageSettings, UseRow,
};

/// Exports that a test builds up, in a folder of their own.
struct ExportFiles {
    folder: tempfile::TempDir,
    files: Vec<PathBuf>,
    columns: UsageColumnNames,
    catalogue: ProductCatalogue,
    strict: bool,
}

/// Every row that was read, in the order of the file where the file has one piece.
#[derive(Default)]
struct CollectedRows(Vec<UseRow>);

impl RowSink for CollectedRows {
    fn take_rows(&mut self, _: &NameRegister, rows: &[UseRow]) {
        self.0.extend_from_slice(rows);
    }

    fn merge(&mut self, other: Self) {
        self.0.extend(other.0);
    }
}

impl ExportFiles {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self {
            folder,
            files: Vec::new(),
            columns: UsageColumnNames::default(),
            catalogue: ProductCatalogue::default(),
            strict: false,
        }
    }

    fn with_file(mut self, name: &str, bytes: impl AsRef<[u8]>) -> Self {
        let path = self.folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        self.files.push(path);
        self
    }

    fn exports(&self) -> UsageExports<'_> {
        UsageExports {
            files: &self.files,
            columns: &self.columns,
            catalogue: &self.catalogue,
            strict: self.strict,
        }
    }

    fn read(&self) -> Result<(NameRegister, UsageReading<CollectedRows>), ExportReadError> {
        let mut register = NameRegister::default();
        let reading = self.exports().read(&mut register, CollectedRows::default)?;
        Ok((register, reading))
    }

    /// The rows as readable text, sorted.
    fn rows(&self) -> Vec<String> {
        let (register, reading) = self.read().unwrap();
        assert_eq!(reading.damages.first, []);
        let mut rows: Vec<String> = reading.taken.0.iter().map(|row| row_text(&register, row)).collect();
        rows.sort();
        rows
    }

    /// Every damaged line as `FILE:LINE: WHAT`, and the number of rows that were read in spite of the damage.
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

    fn count(&self, settings: &UsageSettings) -> UsageCounts {
        let (assigned, mut register) = (LicenceAssignments::default(), NameRegister::default());
        let reading = self
            .exports()
            .read(&mut register, || UsageCounter::new(settings, &assigned, TimeSpan::ALWAYS))
            .unwrap();
        reading.taken.finish(&register)
    }
}

fn row_text(register: &NameRegister, row: &UseRow) -> String {
    let source = register.source_of(row.source);
    let place = source.country.map(|country| country.to_string()).unwrap_or_default();
    let (feature, site) =
        (source.feature.as_deref().unwrap_or_default(), source.site.as_deref().unwrap_or_default());
    let user = row.user.map(|user| format!("{:?}", register.user_name(user))).unwrap_or_default();
    let used = match row.used {
        TimeOfUse::Session(span) => format!("session {} {}", span.start(), span.end()),
        TimeOfUse::Checkout(span) => format!("checkout {} {}", span.start(), span.end()),
        TimeOfUse::Returned(span) => format!("returned {} {}", span.start(), span.end()),
        TimeOfUse::Trimmed { first, last } => format!("details {first} {last}"),
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

fn catalogue() -> ProductCatalogue {
    let products = [
        ("openroads", product(Some(2502), None, "OpenRoads Designer")),
        ("microstation", product(Some(1001), None, "MicroStation")),
        ("microstation-3d", product(Some(1001), Some("3D"), "MicroStation 3D")),
        ("staad", product(None, None, "STAAD.Pro")),
    ];
    ProductCatalogue::new(
        &products.into_iter().map(|(id, product)| (ProductId::new(id).unwrap(), product)).collect(),
    )
}

/// The peak of the only pool, in machines.
fn peak(counted: &UsageCounts) -> u32 {
    let tallies: Vec<_> = counted.tallies.values().collect();
    assert_eq!(tallies.len(), 1);
    tallies[0].peak().unwrap().machines
}

fn peaks_by_place(counted: &UsageCounts) -> BTreeMap<String, u32> {
    let place = |place: &PoolPlace| match place {
        PoolPlace::Country(country) => country.to_string(),
        PoolPlace::Site(site) => site.to_string(),
        PoolPlace::Unknown => "unknown".to_owned(),
    };
    counted
        .tallies
        .iter()
        .map(|((pool, _), tally)| {
            (format!("{} {}", pool.product, place(&pool.place)), tally.peak().unwrap().machines)
        })
        .collect()
}
