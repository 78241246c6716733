//! The table that is printed, row by row as it is measured.

/// What was measured, the figure, what is aimed at.
pub type Row = (String, String, String);

/// Prints rows under a head.
pub struct Table;

impl Table {
    /// Prints the head.
    #[allow(clippy::new_without_default)]
    pub fn new() -> Table {
        println!("| what | on | measured | aim |");
        println!("| --- | --- | --- | --- |");
        Table
    }

    /// Prints rows.
    pub fn extend(&mut self, on: &str, rows: Vec<Row>) {
        for (what, measured, aim) in rows {
            println!("| {what} | {on} | {measured} | {aim} |");
        }
    }
}

/// A row of texts.
pub fn row(what: &str, measured: String, aim: &str) -> Row {
    (what.to_owned(), measured, aim.to_owned())
}

/// The value below which `percent` of the sorted `values` lie.
pub fn percentile(values: &mut [f64], percent: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let at = (values.len() as f64 * percent / 100.0).ceil() as usize;
    values.get(at.saturating_sub(1)).copied().unwrap_or(f64::NAN)
}

/// Mean.
pub fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}
