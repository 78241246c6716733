//! Every setting: a flag, an environment variable, a default and a sentence. `rota serve --help` prints this page.

pub mod mail;

use clap::builder::FalseyValueParser;
use clap::{Args, Parser, ValueEnum};
use std::borrow::Cow;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

/// A setting that cannot be used: one sentence, which names it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name}: {problem}")]
pub struct SettingError {
    /// The environment variable.
    pub name: &'static str,
    /// What is wrong, or what would be right; never a secret.
    pub problem: Cow<'static, str>,
}

impl SettingError {
    /// A setting and what is wrong with it.
    pub fn new(name: &'static str, problem: impl Into<Cow<'static, str>>) -> SettingError {
        SettingError { name, problem: problem.into() }
    }
}

/// What the server is told at its start.
#[derive(Clone, Args)]
pub struct Config {
    /// Address and port to listen on
    #[arg(long, env = "ROTA_LISTEN", default_value = "127.0.0.1:3000", value_name = "ADDRESS:PORT", value_parser = parse_listen)]
    pub listen: SocketAddr,

    /// Folder for the database, the secret key and files of runs; made if missing
    #[arg(long, env = "ROTA_DATA_DIR", default_value = "./data", value_name = "FOLDER")]
    pub data_dir: PathBuf,

    /// sqlite:///path/rota.db or postgres://user:password@host/database [default: rota.db in the data folder]
    #[arg(long, env = "ROTA_DATABASE_URL", value_name = "URL", hide_env_values = true, value_parser = parse_database_url)]
    pub database_url: Option<String>,

    /// This server's name in the history of runs [default: the host's name]
    #[arg(long, env = "ROTA_NODE", value_name = "NAME")]
    pub node: Option<String>,

    /// The address under which people reach the server, such as https://rota.example.org; needed behind a proxy
    #[arg(long, env = "ROTA_PUBLIC_URL", value_name = "URL", value_parser = parse_public_url)]
    pub public_url: Option<String>,

    /// How many runs at once [default: 4 for each core]
    #[arg(long, env = "ROTA_RUN_SLOTS", value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub run_slots: Option<u32>,

    /// How long a stop waits for running runs before it cancels them, in seconds
    #[arg(long, env = "ROTA_STOP_GRACE_SEC", default_value_t = 30, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(0..=86_400))]
    pub stop_grace_sec: u64,

    /// After how long without a sign of life a server's runs count as interrupted, in seconds; the server ends them shortly before
    #[arg(long, env = "ROTA_LEASE_SEC", default_value_t = 60, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(3..=600))]
    pub lease_sec: u64,

    /// The largest request body, in bytes
    #[arg(long, env = "ROTA_BODY_LIMIT", default_value_t = 4 * 1024 * 1024, value_name = "BYTES", value_parser = parse_body_limit)]
    pub body_limit: usize,

    /// Where modules that are programs are found, a folder each [default: DATA_DIR/modules]
    #[arg(long, env = "ROTA_MODULES_DIR", value_name = "FOLDER")]
    pub modules_dir: Option<PathBuf>,

    /// The longest log line, in bytes; longer ones are split
    #[arg(long, env = "ROTA_LOG_LINE_LIMIT", default_value_t = 1024 * 1024, value_name = "BYTES", value_parser = parse_line_limit)]
    pub log_line_limit: usize,

    /// Log lines of all runs that may wait in memory for the database, in bytes; beyond that, runs that log wait
    #[arg(long, env = "ROTA_LOG_BACKLOG", default_value_t = 64 * 1024 * 1024, value_name = "BYTES", value_parser = parse_backlog)]
    pub log_backlog: usize,

    /// The most that the files of one run may have in all, in bytes; those beyond are not kept
    #[arg(long, env = "ROTA_RUN_FILE_LIMIT", default_value_t = 100 * 1024 * 1024, value_name = "BYTES", value_parser = clap::value_parser!(u64).range(0..=1_099_511_627_776))]
    pub run_file_limit: u64,

    /// Folders below which file_cleanup may delete, full paths with a colon between; none: nowhere
    #[arg(long, env = "ROTA_CLEANUP_ROOTS", value_name = "FOLDERS", default_value = "", value_parser = parse_roots)]
    pub cleanup_roots: Roots,

    /// How long a browser session lasts after its last use, in days
    #[arg(long, env = "ROTA_SESSION_DAYS", default_value_t = 30, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=3650))]
    pub session_days: u32,

    /// Failed logins for one name or from one address within 15 minutes before further ones must wait
    #[arg(long, env = "ROTA_LOGIN_ATTEMPTS", default_value_t = 10, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub login_attempts: u32,

    /// The password of the user root, used at the first start only [default: a random one, printed once]
    #[arg(long, env = "ROTA_ROOT_PASSWORD", value_name = "PASSWORD", hide_env_values = true, value_parser = parse_root_password)]
    pub root_password: Option<String>,

    /// Makes sure that this very API token of the user root exists; it must start with rota_
    #[arg(long, env = "ROTA_ROOT_TOKEN", value_name = "TOKEN", hide_env_values = true, value_parser = parse_root_token)]
    pub root_token: Option<String>,

    /// 64 hexadecimal digits: the key for secret parameters [default: secret.key in the data folder, made at the first start]
    #[arg(long, env = "ROTA_SECRET_KEY", value_name = "KEY", hide_env_values = true, value_parser = parse_secret_key)]
    pub secret_key: Option<String>,

    /// The key before that one, while secrets are still sealed with it; see "rota secrets rotate"
    #[arg(long, env = "ROTA_SECRET_KEY_PREVIOUS", value_name = "KEY", hide_env_values = true, value_parser = parse_secret_key)]
    pub secret_key_previous: Option<String>,

    /// Networks that http_request may reach although they are private, such as 10.1.0.0/16,192.168.1.5; "all" for every one
    #[arg(long, env = "ROTA_HTTP_ALLOW", value_name = "NETWORKS", default_value = "")]
    pub http_allow: String,

    /// How the server's own log is written
    #[arg(long, env = "ROTA_LOG_FORMAT", value_enum, default_value_t = LogFormat::Text, value_name = "FORMAT")]
    pub log_format: LogFormat,

    /// What the server's own log holds: error, warn, info, debug, trace, or a filter such as info,rota=debug
    #[arg(long, env = "ROTA_LOG", default_value = "info,sqlx=warn", value_name = "FILTER", value_parser = parse_log_filter)]
    pub log: String,

    /// Connections to the database for reading (SQLite) or in all (PostgreSQL)
    #[arg(long, env = "ROTA_DATABASE_CONNECTIONS", default_value_t = 8, value_name = "N", value_parser = clap::value_parser!(u32).range(2..=1000))]
    pub database_connections: u32,

    #[command(flatten)]
    #[allow(missing_docs, reason = "a sentence here would stand above all settings")]
    pub mail: mail::MailFlags,

    /// Adds a few example tasks that really run, at the first start
    #[arg(long, env = "ROTA_DEMO", value_parser = FalseyValueParser::new())]
    pub demo: bool,
}

/// How the server's own log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// A line for people.
    Text,
    /// A JSON object a line.
    Json,
}

/// Without what must not be shown.
impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("listen", &self.listen)
            .field("data_dir", &self.data_dir)
            .field("node", &self.node)
            .field("public_url", &self.public_url)
            .finish_non_exhaustive()
    }
}

#[derive(Parser)]
#[command(name = "rota", no_binary_name = true)]
struct Settings {
    #[command(flatten)]
    config: Config,
}

impl Config {
    /// Reads settings from flags and, where those are silent, from the environment.
    ///
    /// # Errors
    /// What `clap` found wrong.
    pub fn from_flags<'a>(flags: impl IntoIterator<Item = &'a str>) -> Result<Config, clap::Error> {
        Settings::try_parse_from(flags).map(|settings| settings.config)
    }

    /// Where modules that are programs are found.
    pub fn modules_dir(&self) -> PathBuf {
        self.modules_dir.clone().unwrap_or_else(|| self.data_dir.join("modules"))
    }

    /// Runs at once.
    pub fn slots(&self) -> usize {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        self.run_slots.map_or(4 * cores, |n| n as usize)
    }

    /// How long a lease holds without being renewed.
    pub fn lease(&self) -> Duration {
        Duration::from_secs(self.lease_sec)
    }

    /// How long a stop waits for running runs.
    pub fn stop_grace(&self) -> Duration {
        Duration::from_secs(self.stop_grace_sec)
    }

    /// The name in the history of runs.
    pub fn node_name(&self) -> String {
        let host = || std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
        let name = self.node.clone().or_else(|| std::env::var("HOSTNAME").ok()).or_else(host).unwrap_or_default();
        let name = name.trim();
        if name.is_empty() { "rota".to_owned() } else { name.to_owned() }
    }

    /// The address under which people reach the server, where one is set.
    pub fn public_url(&self) -> Option<&str> {
        self.public_url.as_deref().filter(|url| !url.is_empty())
    }

    /// Where the database is.
    pub fn database(&self) -> String {
        let default = || format!("sqlite://{}", self.data_dir.join("rota.db").display());
        self.database_url.clone().filter(|url| !url.is_empty()).unwrap_or_else(default)
    }
}

pub(crate) fn parse_listen(text: &str) -> Result<SocketAddr, &'static str> {
    text.parse().map_err(|_| "must be an IP address and a port such as 127.0.0.1:3000 or [::]:3000")
}

fn parse_line_limit(text: &str) -> Result<usize, String> {
    between(text, 1024, 16 * 1024 * 1024)
}

fn parse_backlog(text: &str) -> Result<usize, String> {
    between(text, 1024 * 1024, 64 * 1024 * 1024 * 1024)
}

/// Folders, none of them the whole file system.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Roots(pub Vec<PathBuf>);

fn parse_roots(text: &str) -> Result<Roots, String> {
    let parts = text.split(':').map(str::trim).filter(|part| !part.is_empty());
    let good = |path: &PathBuf| {
        path.is_absolute()
            && path.components().skip(1).all(|part| matches!(part, std::path::Component::Normal(_)))
            && path.components().count() > 1
    };
    let roots: Vec<PathBuf> = parts.map(PathBuf::from).collect();
    match roots.iter().find(|path| !good(path)) {
        Some(path) => Err(format!("{} is no full path of a folder such as /var/spool/reports", path.display())),
        None => Ok(Roots(roots)),
    }
}

fn parse_body_limit(text: &str) -> Result<usize, String> {
    between(text, 1024, 1024 * 1024 * 1024)
}

fn between(text: &str, least: usize, most: usize) -> Result<usize, String> {
    match text.parse::<usize>() {
        Ok(n) if (least..=most).contains(&n) => Ok(n),
        _ => Err(format!("must be a whole number from {least} to {most}")),
    }
}

// An empty value, such as a compose file passes on for an unset variable, counts as absent in all of these.

pub(crate) fn parse_database_url(text: &str) -> Result<String, String> {
    let known = ["sqlite:", "postgres://", "postgresql://"].iter().any(|scheme| text.starts_with(scheme));
    if known || text.is_empty() {
        return Ok(text.to_owned());
    }
    Err("must start with sqlite:// or postgres://".to_owned())
}

fn parse_public_url(text: &str) -> Result<String, String> {
    let right = |url: reqwest::Url| {
        matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.path() == "/"
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
    };
    if text.is_empty() || reqwest::Url::parse(text).is_ok_and(right) {
        return Ok(text.trim_end_matches('/').to_owned());
    }
    Err("must be such as https://rota.example.org, without a path".to_owned())
}

fn parse_root_password(text: &str) -> Result<String, String> {
    if !text.is_empty() {
        domain::user::check_password(text).map_err(|why| why.en.into_owned())?;
    }
    Ok(text.to_owned())
}

fn parse_root_token(text: &str) -> Result<String, &'static str> {
    if !text.is_empty() {
        check_root_token(text)?;
    }
    Ok(text.to_owned())
}

fn parse_secret_key(text: &str) -> Result<String, &'static str> {
    if !text.is_empty() {
        crate::secrets::parse_key(text)?;
    }
    Ok(text.to_owned())
}

fn parse_log_filter(text: &str) -> Result<String, String> {
    tracing_subscriber::EnvFilter::try_new(text).map(|_| text.to_owned()).map_err(|e| e.to_string())
}

/// Where to reach a server that listens on all addresses.
pub fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}

/// Whether a chosen API token will do.
///
/// # Errors
/// What would be right.
pub fn check_root_token(token: &str) -> Result<(), &'static str> {
    let chars = (20..=1000).contains(&token.len()) && token.bytes().all(|b| b.is_ascii_graphic());
    if chars && token.starts_with(crate::auth::token::PREFIX) {
        return Ok(());
    }
    Err("must start with rota_ and have 20 to 1000 characters, without spaces")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_must_not_be_shown_is_not() {
        let config = Config::from_flags([
            "--root-password=swordfish1",
            "--root-token=rota_swordfish1swordfish1",
            "--database-url=postgres://u:swordfish1@h/d",
        ]);
        assert!(!format!("{:?}", config.unwrap()).contains("swordfish1"));
    }

    #[test]
    fn wrong_values_are_refused() {
        for flag in [
            "--public-url=rota.example.org",
            "--public-url=https://rota.example.org/rota",
            "--public-url=ftp://rota.example.org",
            "--database-url=mysql://x",
            "--root-token=rota_short",
            "--root-token=token_that_is_long_enough",
            "--root-password=short",
            "--secret-key=abc",
            "--body-limit=0",
            "--log-line-limit=1",
            "--run-file-limit=-1",
            "--cleanup-roots=/srv:tmp",
            "--cleanup-roots=/",
            "--cleanup-roots=/srv/../etc",
            "--log=rota=nonsense",
            "--listen=here",
        ] {
            assert!(Config::from_flags([flag]).is_err(), "{flag}");
        }
    }

    #[test]
    fn the_public_address_loses_its_slash() {
        let config = Config::from_flags(["--public-url=https://rota.example.org/"]).unwrap();
        assert_eq!(config.public_url.as_deref(), Some("https://rota.example.org"));
    }
}
