//! The parts of an address, and what they come to.

use super::{Address, AddressError, CONNECT_TIMEOUT, Host, KEEPALIVE, Keepalive, Wanted};
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use std::str::FromStr;
use std::time::Duration;

/// A parameter whose name is longer or has other characters than this may be a piece of a password.
const LONGEST_NAME: usize = 40;

/// Host and port, where the address names them.
type Place = (Option<String>, Option<u16>);

/// What an address says, before it is put together.
#[derive(Default)]
pub struct Parts {
    hosts: Vec<String>,
    addresses: Vec<String>,
    ports: Vec<String>,
    /// What sqlx reads itself.
    passed: Vec<(String, String)>,
    application_name: Option<String>,
    ssl_mode: Option<String>,
    wanted: Option<Wanted>,
    connect_timeout: Option<Duration>,
    keepalive: Option<Keepalive>,
}

/// What stands before and after the first of these; all of it, and nothing, where there is none.
pub fn split(text: &str, at: char) -> (&str, &str) {
    text.split_once(at).unwrap_or((text, ""))
}

/// Percent codes as what they stand for.
pub fn decoded(text: &str) -> Result<String, AddressError> {
    let mut bytes = vec![];
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || rest.next().and_then(|b| char::from(b).to_digit(16)).ok_or(AddressError::Url);
        let code = digit()? * 16 + digit()?;
        bytes.push(u8::try_from(code).map_err(|_| AddressError::Url)?);
    }
    String::from_utf8(bytes).map_err(|_| AddressError::Url)
}

fn list(value: &str) -> Vec<String> {
    value.split(',').map(str::to_owned).collect()
}

fn number(name: &'static str, value: &str) -> Result<u32, AddressError> {
    value.parse().map_err(|_| AddressError::Value(name, "a whole number"))
}

impl Parts {
    /// Something for sqlx to read.
    pub fn pass(&mut self, name: &str, value: String) {
        self.passed.push((name.to_owned(), value));
    }

    /// The name, and a password if there is one.
    pub fn user(&mut self, text: &str) -> Result<(), AddressError> {
        let (user, password) = split(text, ':');
        for (name, text) in [("user", user), ("password", password)] {
            if !text.is_empty() {
                self.pass(name, decoded(text)?);
            }
        }
        Ok(())
    }

    /// Hosts with their ports, one or several with commas between.
    pub fn authority(&mut self, text: &str) -> Result<(), AddressError> {
        for part in text.split(',').filter(|_| !text.is_empty()) {
            let colon = part.rfind(':').filter(|i| part.rfind(']').is_none_or(|bracket| bracket < *i));
            let (host, port) = colon.map_or((part, ""), |i| (&part[..i], &part[i + 1..]));
            self.hosts.push(decoded(host)?);
            self.ports.push(port.to_owned());
        }
        Ok(())
    }

    /// One of those after the question mark.
    pub fn parameter(&mut self, name: &str, value: String) -> Result<(), AddressError> {
        match name {
            "host" => self.hosts = list(&value),
            "hostaddr" => self.addresses = list(&value),
            "port" => self.ports = list(&value),
            "application_name" => self.application_name = Some(value),
            "sslmode" | "ssl-mode" => self.ssl_mode = Some(ssl_mode(value)?),
            "connect_timeout" => self.connect_timeout = Some(connect_timeout(&value)?),
            "target_session_attrs" => self.wanted = Some(wanted(&value)?),
            "keepalives" | "keepalives_idle" | "keepalives_interval" | "keepalives_count" | "tcp_user_timeout" => {
                self.keepalive(name, &value)?;
            }
            "user" | "password" | "dbname" | "sslrootcert" | "sslcert" | "sslkey" | "options" | "ssl-root-cert"
            | "ssl-ca" | "ssl-cert" | "ssl-key" => self.pass(name, value),
            "statement-cache-capacity" => {
                number("statement-cache-capacity", &value)?;
                self.pass(name, value);
            }
            _ => return Err(unknown(name)),
        }
        Ok(())
    }

    fn keepalive(&mut self, name: &str, value: &str) -> Result<(), AddressError> {
        let keepalive = self.keepalive.get_or_insert(KEEPALIVE);
        match name {
            "keepalives" => match value {
                "0" => *keepalive = Keepalive { idle: 0, interval: 0, count: 0, ..*keepalive },
                "1" => {}
                _ => return Err(AddressError::Value("keepalives", "0 or 1")),
            },
            "keepalives_idle" => keepalive.idle = number("keepalives_idle", value)?,
            "keepalives_interval" => keepalive.interval = number("keepalives_interval", value)?,
            "keepalives_count" => keepalive.count = number("keepalives_count", value)?,
            _ => keepalive.user_timeout = number("tcp_user_timeout", value)?,
        }
        Ok(())
    }

    /// What all parts come to.
    pub fn address(mut self) -> Result<Address, AddressError> {
        self.pass("application_name", self.application_name.clone().unwrap_or_else(|| "rota".to_owned()));
        if let Some(mode) = self.ssl_mode.clone() {
            self.pass("sslmode", mode);
        }
        let hosts =
            self.places()?.into_iter().map(|(host, port)| self.host(host, port)).collect::<Result<Vec<_>, _>>()?;
        // Rota writes: of several hosts, one that only reads is of no use.
        let wanted = self.wanted.unwrap_or(if hosts.len() > 1 { Wanted::ReadWrite } else { Wanted::Any });
        Ok(Address {
            hosts,
            wanted,
            connect_timeout: self.connect_timeout.unwrap_or(CONNECT_TIMEOUT),
            keepalive: self.keepalive.unwrap_or(KEEPALIVE),
        })
    }

    /// Where to connect to: `hostaddr`, if there is one, in place of `host`. One port may stand for all hosts.
    fn places(&self) -> Result<Vec<Place>, AddressError> {
        let verified = self.ssl_mode.as_deref().is_some_and(|mode| mode.eq_ignore_ascii_case("verify-full"));
        if !self.addresses.is_empty() && !self.hosts.is_empty() && verified {
            return Err(AddressError::Value(
                "hostaddr",
                "left out with sslmode=verify-full, which checks the name in host",
            ));
        }
        let hosts = if self.addresses.is_empty() { &self.hosts } else { &self.addresses };
        let ports = self.ports.iter().map(|port| self::port(port)).collect::<Result<Vec<_>, _>>()?;
        let count = hosts.len().max(1);
        if ports.len() > 1 && ports.len() != count {
            return Err(AddressError::Value("port", "one port, or one for each host"));
        }
        let host = |i| hosts.get(i).filter(|host: &&String| !host.is_empty()).cloned();
        let port = |i| ports.get(i).or(ports.first().filter(|_| ports.len() == 1)).copied().flatten();
        Ok((0..count).map(|i| (host(i), port(i))).collect())
    }

    fn host(&self, host: Option<String>, port: Option<u16>) -> Result<Host, AddressError> {
        let bare = |host: &str| host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let defaults = PgConnectOptions::new_without_pgpass();
        let host = host.map_or_else(|| defaults.get_host().to_owned(), |host| bare(&host));
        let port = port.unwrap_or_else(|| defaults.get_port());
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("host", &host).append_pair("port", &port.to_string());
        query.extend_pairs(&self.passed);
        let url = format!("postgres:///?{}", query.finish());
        // PgBouncer in front knows no extra_float_digits, and nothing here is a floating-point number.
        let options = PgConnectOptions::from_str(&url).map_err(|_| AddressError::Url)?.extra_float_digits(None);
        let socket = host.starts_with('/');
        let shown = if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") };
        Ok(Host { shown: if socket { host.clone() } else { shown }, name: (!socket).then_some((host, port)), options })
    }
}

fn port(text: &str) -> Result<Option<u16>, AddressError> {
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|_| AddressError::Value("port", "a number from 1 to 65535"))
}

fn ssl_mode(value: String) -> Result<String, AddressError> {
    let modes = "one of disable, allow, prefer, require, verify-ca, verify-full";
    PgSslMode::from_str(&value).map_err(|_| AddressError::Value("sslmode", modes))?;
    Ok(value)
}

/// In seconds. 0, which means no limit to libpq, means the default here.
fn connect_timeout(value: &str) -> Result<Duration, AddressError> {
    match number("connect_timeout", value)? {
        0 => Ok(CONNECT_TIMEOUT),
        seconds => Ok(Duration::from_secs(seconds.into())),
    }
}

fn wanted(value: &str) -> Result<Wanted, AddressError> {
    match value {
        "any" => Ok(Wanted::Any),
        "read-write" => Ok(Wanted::ReadWrite),
        "primary" => Ok(Wanted::Primary),
        _ => Err(AddressError::Value("target_session_attrs", "any, read-write or primary: Rota writes")),
    }
}

fn unknown(name: &str) -> AddressError {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-[].".contains(c);
    if name.is_empty() || name.len() > LONGEST_NAME || !name.chars().all(plain) {
        return AddressError::Url;
    }
    AddressError::Unknown(name.to_owned())
}
