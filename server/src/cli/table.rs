//! Lists on standard output.

use super::CliError;
use std::io::Write;

/// Prints rows in columns, the first row being the head. Control characters are replaced, so that no name can steer a
/// terminal.
pub fn print<const N: usize>(rows: &[[String; N]]) -> Result<(), CliError> {
    let clean = |cell: &String| cell.replace(char::is_control, "\u{fffd}");
    let rows: Vec<[String; N]> = rows.iter().map(|row| std::array::from_fn(|i| clean(&row[i]))).collect();
    let width: [usize; N] = std::array::from_fn(|i| rows.iter().map(|r| r[i].chars().count()).max().unwrap_or(0));
    let mut out = std::io::stdout().lock();
    for row in &rows {
        let cells: Vec<_> = row.iter().zip(width).map(|(cell, width)| format!("{cell:width$}")).collect();
        writeln!(out, "{}", cells.join("  ").trim_end())?;
    }
    Ok(())
}

/// Prints a line.
pub fn say(line: &str) -> Result<(), CliError> {
    Ok(writeln!(std::io::stdout(), "{line}")?)
}
