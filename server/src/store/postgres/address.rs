//! The address of a PostgreSQL database, as libpq reads it: one host or several, and parameters.

mod parts;
#[cfg(test)]
mod tests;

use parts::{Parts, decoded, split};
use sqlx::postgres::PgConnectOptions;
use std::str::FromStr;
use std::time::Duration;

/// How long connecting to one host may take, unless the address says otherwise.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// Why it is none. Each is a sentence, and none holds a password.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum AddressError {
    /// It cannot be read at all.
    #[error(
        "ROTA_DATABASE_URL (--database-url) is not an address of a PostgreSQL database, such as \
        postgres://rota:password@db.example.org/rota; in a password, write each of : / ? # @ % as its percent code"
    )]
    Url,
    /// There is no such parameter, or it is one that Rota cannot honor.
    #[error("ROTA_DATABASE_URL (--database-url): Rota does not know the parameter {0}")]
    Unknown(String),
    /// A parameter has a value that it cannot have.
    #[error("ROTA_DATABASE_URL (--database-url): {0} must be {1}")]
    Value(&'static str, &'static str),
}

/// Which of several hosts will do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// The first that accepts a connection.
    Any,
    /// One that can be written to.
    ReadWrite,
    /// One that is no standby.
    Primary,
}

/// What Rota asks of the server's side of a connection: when it counts a silent client as gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keepalive {
    /// Seconds without traffic before the first probe.
    pub idle: u32,
    /// Seconds between probes.
    pub interval: u32,
    /// Probes without an answer before the connection is gone.
    pub count: u32,
    /// Milliseconds for which data may wait to be acknowledged.
    pub user_timeout: u32,
}

/// Half a minute and a little more; `keepalives=0` leaves it to the server's operating system.
const KEEPALIVE: Keepalive = Keepalive { idle: 15, interval: 5, count: 3, user_timeout: 30_000 };

/// One of the hosts.
#[derive(Debug, Clone)]
pub struct Host {
    /// How it is called in messages.
    pub shown: String,
    /// What is looked up before connecting; `None` for a socket.
    pub name: Option<(String, u16)>,
    /// How to connect to it.
    pub options: PgConnectOptions,
}

/// An address that was read.
#[derive(Debug, Clone)]
pub struct Address {
    /// At least one, in the order of the address.
    pub hosts: Vec<Host>,
    /// Which of them will do.
    pub wanted: Wanted,
    /// How long connecting to one of them may take.
    pub connect_timeout: Duration,
    /// What the server is asked for.
    pub keepalive: Keepalive,
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(url: &str) -> Result<Address, AddressError> {
        let rest = url.strip_prefix("postgres://").or_else(|| url.strip_prefix("postgresql://"));
        let (before, query) = split(rest.ok_or(AddressError::Url)?, '?');
        let (authority, database) = split(before, '/');
        if query.contains('@') && !authority.contains('@') {
            return Err(AddressError::Url);
        }
        let mut parts = Parts::default();
        let hosts = match authority.rsplit_once('@') {
            Some((user, hosts)) => {
                parts.user(user)?;
                hosts
            }
            None => authority,
        };
        parts.authority(hosts)?;
        if !database.is_empty() {
            parts.pass("dbname", decoded(database)?);
        }
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            parts.parameter(&name, value.into_owned())?;
        }
        parts.address()
    }
}
