//! Connecting to PostgreSQL: to the first host that will do, and with a reason where none does.

use super::address::{Address, Host, Wanted};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Error, PgConnection, Row};
use std::io::ErrorKind;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// For how long hosts that may be about to come back are tried again.
const PATIENCE: Duration = Duration::from_secs(3);
/// The pause before the second try; it doubles each time.
const FIRST_PAUSE: Duration = Duration::from_millis(10);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_millis(500);

/// What sessions are held to by the server.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// The longest statement.
    pub statement: Duration,
    /// The longest wait for a lock.
    pub lock: Duration,
}

/// How to connect, and what to ask of the server then.
#[derive(Clone)]
pub struct Session {
    address: Arc<Address>,
    /// The host that was last connected to is tried first.
    last: Arc<AtomicUsize>,
    bounds: Option<Bounds>,
}

/// Why no host will do: one reason a host, none with a password in it.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.join("; "))]
pub struct Unreachable(Vec<String>);

impl From<Unreachable> for Error {
    fn from(error: Unreachable) -> Error {
        Error::Io(std::io::Error::new(ErrorKind::NotConnected, error))
    }
}

/// Why one host will not do.
struct No {
    reason: String,
    /// It may, in a moment.
    soon: bool,
}

impl Session {
    /// Sessions that the server does not limit.
    pub fn unlimited(address: Address) -> Session {
        Session { address: Arc::new(address), last: Arc::default(), bounds: None }
    }

    /// The same, with limits.
    pub fn limited(&self, bounds: Bounds) -> Session {
        Session { bounds: Some(bounds), ..self.clone() }
    }

    /// Connects to the first host that will do, and answers how. While one of them may come back in a moment (it refuses connections,
    /// starts, or only reads yet), all are tried again for three seconds.
    ///
    /// # Errors
    /// [`Unreachable`].
    pub async fn connect(&self) -> Result<(PgConnection, PgConnectOptions), Unreachable> {
        let begun = Instant::now();
        let mut pause = FIRST_PAUSE;
        loop {
            let (reasons, soon) = match self.try_hosts().await {
                Ok(found) => return Ok(found),
                Err(no) => no,
            };
            if !soon || begun.elapsed() + pause > PATIENCE {
                return Err(Unreachable(reasons));
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    async fn try_hosts(&self) -> Result<(PgConnection, PgConnectOptions), (Vec<String>, bool)> {
        let hosts = &self.address.hosts;
        let first = self.last.load(Ordering::Relaxed);
        let (mut reasons, mut soon) = (vec![], false);
        for i in std::iter::once(first).chain((0..hosts.len()).filter(|i| *i != first)) {
            let host = &hosts[i];
            let limit = self.address.connect_timeout;
            let done = tokio::time::timeout(limit, self.try_host(host)).await;
            match done.unwrap_or_else(|_| Err(silent(limit))) {
                Ok(conn) => {
                    self.last.store(i, Ordering::Relaxed);
                    return Ok((conn, host.options.clone()));
                }
                Err(no) => {
                    reasons.push(format!("{}: {}", host.shown, no.reason));
                    soon |= no.soon;
                }
            }
        }
        Err((reasons, soon))
    }

    async fn try_host(&self, host: &Host) -> Result<PgConnection, No> {
        if let Some(name) = &host.name
            && let Err(error) = tokio::net::lookup_host(name).await
        {
            return Err(No { reason: format!("no such host ({error})"), soon: false });
        }
        let mut conn = host.options.connect().await.map_err(|error| no(&error, &host.options))?;
        let sql = AssertSqlSafe(self.greeting());
        let row = sqlx::raw_sql(sql).fetch_one(&mut conn).await.map_err(|error| no(&error, &host.options))?;
        let is = |column: &str| row.try_get::<String, _>(column).unwrap_or_default();
        if is("encoding") != "UTF8" {
            let reason = format!("the database has the encoding {}, and Rota needs UTF8", is("encoding"));
            return Err(No { reason, soon: false });
        }
        match self.address.wanted {
            Wanted::ReadWrite if is("only_reads") == "on" => Err(not_yet("it can only be read")),
            Wanted::Primary if is("standby") == "true" => Err(not_yet("it is a standby")),
            _ => Ok(conn),
        }
    }

    /// What is sent first, in one go: PgBouncer in front would refuse the same among the parameters of the start.
    fn greeting(&self) -> String {
        let k = self.address.keepalive;
        let bounds = self.bounds.map_or_else(String::new, |bounds| {
            format!(
                "SET statement_timeout = {}; SET lock_timeout = {}; SET idle_in_transaction_session_timeout = 5000;",
                bounds.statement.as_millis(),
                bounds.lock.as_millis()
            )
        });
        // Only PostgreSQL 14 and newer, and not on every system, looks for a client that is gone while a statement runs.
        format!(
            "{bounds} SET tcp_keepalives_idle = {}; SET tcp_keepalives_interval = {}; SET tcp_keepalives_count = {};
            SET tcp_user_timeout = {};
            DO $$ BEGIN SET client_connection_check_interval = 5000;
                EXCEPTION WHEN undefined_object OR invalid_parameter_value THEN NULL; END $$;
            SELECT current_setting('transaction_read_only') AS only_reads, pg_is_in_recovery()::text AS standby,
                current_setting('server_encoding') AS encoding",
            k.idle, k.interval, k.count, k.user_timeout
        )
    }
}

fn silent(limit: Duration) -> No {
    No { reason: format!("no answer within {} s", limit.as_secs()), soon: false }
}

fn not_yet(reason: &str) -> No {
    No { reason: reason.to_owned(), soon: true }
}

fn no(error: &Error, options: &PgConnectOptions) -> No {
    let (reason, soon) = match error {
        Error::Io(error) if error.kind() == ErrorKind::ConnectionRefused => ("connection refused".to_owned(), true),
        Error::Io(error) if error.kind() == ErrorKind::NotFound => ("there is no such socket".to_owned(), true),
        Error::Io(error) => (error.to_string(), false),
        Error::Database(error) => return refusal(&error.code().unwrap_or_default(), error.message(), options),
        Error::Tls(error) => (format!("TLS: {error}"), false),
        error => (error.to_string(), false),
    };
    No { reason, soon }
}

/// What the server itself says, by its SQLSTATE: its own words may be of any language.
fn refusal(code: &str, message: &str, options: &PgConnectOptions) -> No {
    let user = options.get_username();
    let database = options.get_database().unwrap_or(user);
    let (reason, soon) = match code {
        "28P01" => (format!("wrong password for the user {user}"), false),
        "28000" => (format!("the user {user} may not log in: {message}"), false),
        "3D000" => (format!("there is no database {database}"), false),
        "42501" => (format!("the user {user} may not use the database {database}"), false),
        "53300" => ("it has no connection left".to_owned(), true),
        "57P03" => ("it is starting or stopping".to_owned(), true),
        _ => (format!("{message} ({code})"), false),
    };
    No { reason, soon }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_server_is_asked_for_limits() {
        let url = testdb::server();
        let url = format!("{url}{}keepalives_idle=77&tcp_user_timeout=4000", if url.contains('?') { '&' } else { '?' });
        let bounds = Bounds { statement: Duration::from_secs(7), lock: Duration::from_millis(2500) };
        let session = Session::unlimited(url.parse().unwrap()).limited(bounds);
        let (mut conn, _) = session.connect().await.unwrap();
        for (setting, wanted) in [
            ("statement_timeout", "7s"),
            ("lock_timeout", "2500ms"),
            ("idle_in_transaction_session_timeout", "5s"),
            ("tcp_keepalives_idle", "77"),
            ("tcp_keepalives_interval", "5"),
            ("tcp_user_timeout", "4000"),
            ("application_name", "rota"),
        ] {
            let sql = AssertSqlSafe(format!("SHOW {setting}"));
            let value: String = sqlx::query_scalar(sql).fetch_one(&mut conn).await.unwrap();
            assert_eq!(value, wanted, "{setting}");
        }
        let newer = conn.server_version_num().is_some_and(|version| version >= 140_000);
        let check = sqlx::query_scalar::<_, String>("SHOW client_connection_check_interval").fetch_one(&mut conn).await;
        assert!(!newer || cfg!(not(target_os = "linux")) || check.unwrap() == "5s");
    }
}
