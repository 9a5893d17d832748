//! The `seatwise` program. All of its logic is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    seatwise::cli::main()
}
