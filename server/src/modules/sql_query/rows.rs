//! Rows as they come: the first as a table for people, all of them as a CSV file.

use serde_json::{Value, json};
use std::fs::File;
use std::path::Path;

/// The file in the run's folder, and what it is called.
pub const FILE: &str = "rows.csv";
/// Most rows of the table, and most characters of a cell in it.
const TABLE_ROWS: usize = 200;
const TABLE_CELL: usize = 500;

/// A cell; `None` is NULL.
pub type Cell = Option<String>;

/// Takes rows until there are enough.
pub struct Rows {
    columns: Vec<String>,
    table: Vec<Value>,
    csv: csv::Writer<File>,
    count: u64,
    bytes: u64,
    limit: u64,
    bytes_limit: u64,
    full: bool,
}

impl Rows {
    /// Writes into this file, up to so many rows and bytes.
    ///
    /// # Errors
    /// A sentence.
    pub fn new(file: &Path, limit: u64, bytes_limit: u64) -> Result<Rows, String> {
        let csv = csv::Writer::from_path(file).map_err(|e| e.to_string())?;
        Ok(Rows { columns: vec![], table: vec![], csv, count: 0, bytes: 0, limit, bytes_limit, full: false })
    }

    /// Before the first row.
    ///
    /// # Errors
    /// A sentence.
    pub fn columns(&mut self, names: Vec<String>) -> Result<(), String> {
        if !names.is_empty() {
            self.csv.write_record(&names).map_err(|e| e.to_string())?;
        }
        self.columns = names;
        Ok(())
    }

    /// Takes a row; answers whether more are wanted.
    ///
    /// # Errors
    /// A sentence.
    pub fn push(&mut self, row: Vec<Cell>) -> Result<bool, String> {
        // Quotes may double a text; the file is measured again when it is kept.
        let bytes: usize = row.iter().map(|cell| cell.as_ref().map_or(0, String::len) + 3).sum();
        self.bytes = self.bytes.saturating_add(bytes as u64);
        if self.count == self.limit || self.bytes > self.bytes_limit {
            self.full = true;
            return Ok(false);
        }
        self.count += 1;
        self.csv.write_record(row.iter().map(|cell| cell.as_deref().unwrap_or_default())).map_err(|e| e.to_string())?;
        if self.table.len() < TABLE_ROWS {
            let short = |cell: &Cell| cell.as_ref().map(|text| text.chars().take(TABLE_CELL).collect::<String>());
            self.table.push(row.iter().map(|cell| json!(short(cell))).collect());
        }
        Ok(true)
    }

    /// How many there were.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Whether the statement has rows at all.
    pub fn has_columns(&self) -> bool {
        !self.columns.is_empty()
    }

    /// What people are told.
    pub fn message(&self, affected: u64) -> String {
        let rows = |n: u64| if n == 1 { "1 row".to_owned() } else { format!("{n} rows") };
        match (self.has_columns(), self.full) {
            (true, false) => rows(self.count),
            (true, true) => format!("the first {}; there are more", rows(self.count)),
            (false, _) => format!("{} affected", rows(affected)),
        }
    }

    /// The file is complete; the table is the answer.
    ///
    /// # Errors
    /// A sentence.
    pub fn finish(mut self) -> Result<Value, String> {
        self.csv.flush().map_err(|e| e.to_string())?;
        let caption = (self.count > self.table.len() as u64).then(|| format!("{} / {}", self.table.len(), self.count));
        Ok(json!({ "header": self.columns, "rows": self.table, "caption": caption }))
    }
}
