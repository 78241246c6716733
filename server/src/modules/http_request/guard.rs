//! Keeps requests away from the addresses that they must not reach. It looks at the addresses that a connection would
//! really go to: those in URLs before each request, those of names inside the client, after the name was resolved. So a
//! name that changes its address between a check and the connection gains nothing.

use super::address::{Class, classify};
use super::allow::Allow;
use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// Where the requests of some runs may go.
#[derive(Debug, Clone)]
pub struct Guard {
    /// Whether the owner is root, who reaches private networks as any other.
    pub root: bool,
    /// The private networks that everyone may reach.
    pub allow: Arc<Allow>,
}

/// Why an address is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    host: String,
    ip: IpAddr,
    class: Class,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Refused { host, ip, class } = self;
        write!(f, "{host} is refused: ")?;
        if *host != ip.to_string() {
            write!(f, "its address {ip} is ")?;
        } else {
            f.write_str("it is ")?;
        }
        match class {
            Class::Never(what) => write!(f, "{what}, which no task may reach"),
            Class::Private(what) => {
                write!(f, "{what}, which only root's tasks may reach, unless ROTA_HTTP_ALLOW has it")
            }
            Class::Public => f.write_str("public"),
        }
    }
}

impl std::error::Error for Refused {}

impl Guard {
    /// Checks the host of a URL where it is an address. Names are checked once they are resolved.
    pub fn check(&self, url: &Url) -> Result<(), Refused> {
        let host = url.host_str().unwrap_or_default();
        match host.trim_start_matches('[').trim_end_matches(']').parse() {
            Ok(ip) => self.address(host, ip),
            Err(_) => Ok(()),
        }
    }

    fn address(&self, host: &str, ip: IpAddr) -> Result<(), Refused> {
        let class = classify(ip);
        let fine = match class {
            Class::Public => true,
            Class::Private(_) => self.root || self.allow.holds(ip),
            Class::Never(_) => false,
        };
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        if fine { Ok(()) } else { Err(Refused { host, ip, class }) }
    }

    /// The addresses of a name that may be reached.
    fn filter(&self, host: &str, found: impl Iterator<Item = SocketAddr>) -> Result<Vec<SocketAddr>, Refused> {
        let (mut fine, mut refused) = (vec![], None);
        for addr in found {
            match self.address(host, addr.ip()) {
                Ok(()) => fine.push(addr),
                Err(why) => refused = refused.or(Some(why)),
            }
        }
        match refused {
            Some(why) if fine.is_empty() => Err(why),
            _ => Ok(fine),
        }
    }
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = self.clone();
        Box::pin(async move {
            // The client puts in the right port.
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let fine = guard.filter(name.as_str(), found)?;
            Ok(Box::new(fine.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guard(root: bool, allow: &str) -> Guard {
        Guard { root, allow: Arc::new(allow.parse().unwrap()) }
    }

    fn check(guard: &Guard, url: &str) -> Result<(), String> {
        guard.check(&Url::parse(url).unwrap()).map_err(|e| e.to_string())
    }

    #[test]
    fn addresses_in_urls_are_checked_however_they_are_written() {
        for host in
            ["127.0.0.1", "0x7f.1", "2130706433", "017700000001", "127.1", "127.0.0.1.", "１２７.0.0.1", "[::1]"]
        {
            assert!(check(&guard(false, ""), &format!("http://{host}/")).is_err(), "{host}");
            assert_eq!(check(&guard(true, ""), &format!("http://{host}/")), Ok(()), "{host}");
            assert_eq!(check(&guard(false, "all"), &format!("http://{host}/")), Ok(()), "{host}");
        }
        assert_eq!(check(&guard(false, "127.0.0.0/8"), "http://[::ffff:7f00:1]/"), Ok(()));
        assert_eq!(check(&guard(false, ""), "http://1.1.1.1/"), Ok(()));
    }

    #[test]
    fn metadata_is_for_nobody() {
        for host in ["169.254.169.254", "0xa9fea9fe", "[::ffff:169.254.169.254]", "[fe80::1]", "[fd00:ec2::254]"] {
            let error = check(&guard(true, "all,169.254.0.0/16"), &format!("http://{host}/")).unwrap_err();
            assert!(error.ends_with("which no task may reach"), "{error}");
        }
    }

    #[test]
    fn of_a_name_only_the_good_addresses_remain() {
        let addrs = |list: &[&str]| list.iter().map(|a| SocketAddr::new(a.parse().unwrap(), 0)).collect::<Vec<_>>();
        let filter = |list: &[&str]| guard(false, "").filter("x.test", addrs(list).into_iter());
        assert_eq!(filter(&["10.0.0.1", "1.1.1.1", "::1"]), Ok(addrs(&["1.1.1.1"])));
        assert_eq!(
            filter(&["10.0.0.1", "::1"]).unwrap_err().to_string(),
            "x.test is refused: its address 10.0.0.1 is a private network, which only root's tasks may reach, \
             unless ROTA_HTTP_ALLOW has it"
        );
        assert_eq!(filter(&[]), Ok(vec![]));
    }
}
