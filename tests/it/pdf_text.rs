//! The text of PDFs, read with Poppler.

#![allow(clippy::print_stdout)]

use std::path::Path;
use std::process::Command;

/// The text of a PDF, page after page; `None` where Poppler is not installed.
pub(crate) fn pdf_text(file: &Path) -> Option<String> {
    let Ok(came) = Command::new("pdftotext").args(["-layout", "-q"]).arg(file).arg("-").output() else {
        println!("no pdftotext here: {} was not read", file.file_name().unwrap().to_string_lossy());
        return None;
    };
    Some(String::from_utf8(came.stdout).unwrap())
}
