//! `pg_dump`, without the password where others could see it.

use crate::minder::Minder;
use crate::modules::RunContext;
use crate::modules::process::{GRACE, Launch, inherited, lookup, start, to_the_end};
use domain::run::Outcome;
use reqwest::Url;
use std::ffi::OsString;
use std::path::Path;

/// What an address may say that libpq understands; the rest is for Rota alone.
const KNOWN: [&str; 7] = ["application_name", "connect_timeout", "host", "port", "sslcert", "sslmode", "sslrootcert"];

/// Writes the database into the file, in PostgreSQL's own format for `pg_restore`.
///
/// # Errors
/// A sentence.
pub async fn dump(ctx: &RunContext, minder: &Minder, url: &str, part: &Path) -> Result<Outcome, String> {
    let mut environment = inherited();
    let path = std::env::var_os("PATH");
    let file = lookup::find("pg_dump", path.as_deref(), Path::new("/"))?;
    let (address, password) = split(url).ok_or("the address of the database is none that pg_dump understands")?;
    environment.extend(password.map(|password| (OsString::from("PGPASSWORD"), OsString::from(password))));
    let (to, from) = (format!("--file={}", part.display()), format!("--dbname={address}"));
    let arguments = ["--format=custom", "--no-password", &to, &from];
    let (program, folder) = ("pg_dump", Path::new("/"));
    let launch = Launch { file: &file, program, arguments: &arguments, environment, folder, has_input: false };
    let started = start(ctx, minder, launch).await?;
    Ok(to_the_end(ctx, started, GRACE, "").await)
}

/// The address without its password, for the list of processes, and the password.
fn split(url: &str) -> Option<(String, Option<String>)> {
    let mut url = Url::parse(url).ok()?;
    let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    let value = |name: &str| pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
    let password = url.password().map(decoded).or_else(|| value("password"));
    let user = value("user");
    let known: Vec<_> = pairs.iter().filter(|(name, _)| KNOWN.contains(&name.as_str())).collect();
    url.set_query(None);
    if !known.is_empty() {
        url.query_pairs_mut().extend_pairs(known);
    }
    // An address without a host cannot hold a password either.
    _ = url.set_password(None);
    if let Some(user) = user {
        _ = url.set_username(&user);
    }
    // Forms write a space as +, which libpq takes for itself.
    let query = url.query().map(|query| query.replace('+', "%20"));
    url.set_query(query.as_deref());
    Some((url.into(), password))
}

/// Percent-encoded, as in an address; there a + is itself.
fn decoded(text: &str) -> String {
    let query = format!("p={}", text.replace('+', "%2B"));
    form_urlencoded::parse(query.as_bytes()).next().map(|(_, value)| value.into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_is_taken_out_of_the_address() {
        let split = |url| split(url).unwrap();
        let (address, password) =
            split("postgres://kim:a%20b+c%2F@db.example.org:5433/rota?sslmode=verify-full&statement-cache-capacity=5");
        assert_eq!(address, "postgres://kim@db.example.org:5433/rota?sslmode=verify-full");
        assert_eq!(password.as_deref(), Some("a b+c/"));
        let (address, password) = split("postgresql://h/rota?user=kim&password=secret&host=/run/pg");
        assert_eq!(
            (address.as_str(), password.as_deref()),
            ("postgresql://kim@h/rota?host=%2Frun%2Fpg", Some("secret"))
        );
        assert_eq!(split("postgres://kim@h/rota").1, None);
    }
}
