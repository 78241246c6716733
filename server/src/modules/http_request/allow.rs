//! Which private networks requests may reach although the task's owner is not root.

use super::address::embedded;
use ipnet::IpNet;
use std::net::IpAddr;
use std::str::FromStr;

/// The networks that `ROTA_HTTP_ALLOW` lists; by default none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Allow {
    all: bool,
    networks: Vec<IpNet>,
}

impl Allow {
    /// Whether the list holds the address, in whatever form it is written.
    pub fn holds(&self, ip: IpAddr) -> bool {
        let plain = match ip {
            IpAddr::V6(v6) => embedded(v6).map(IpAddr::V4),
            IpAddr::V4(_) => None,
        };
        self.all || self.networks.iter().any(|n| n.contains(&ip) || plain.is_some_and(|p| n.contains(&p)))
    }
}

impl FromStr for Allow {
    type Err = String;

    /// Reads networks and addresses, separated by commas; `all` stands for every private network.
    ///
    /// # Errors
    /// A sentence that names the part that is neither.
    fn from_str(text: &str) -> Result<Allow, String> {
        let mut allow = Allow::default();
        for part in text.split(',').map(str::trim).filter(|p| !p.is_empty()) {
            if part.eq_ignore_ascii_case("all") {
                allow.all = true;
            } else {
                allow.networks.push(network(part)?);
            }
        }
        Ok(allow)
    }
}

fn network(part: &str) -> Result<IpNet, String> {
    let single = || part.parse::<IpAddr>().ok().map(IpNet::from);
    part.parse::<IpNet>().ok().or_else(single).ok_or_else(|| {
        format!("\"{part}\" is neither a network such as 10.1.0.0/16, nor an address such as 192.168.1.5, nor \"all\"")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_networks_addresses_and_all() {
        let allow: Allow = " 10.1.0.0/16 ,192.168.1.5,,fd12::/16".parse().unwrap();
        let holds = |ip: &str| allow.holds(ip.parse().unwrap());
        assert!(holds("10.1.255.1") && holds("192.168.1.5") && holds("fd12::9") && holds("::ffff:10.1.0.1"));
        assert!(!holds("10.2.0.1") && !holds("192.168.1.6") && !holds("fd13::1") && !holds("::1"));
        assert!("ALL".parse::<Allow>().unwrap().holds("127.0.0.1".parse().unwrap()));
        assert_eq!("".parse(), Ok(Allow::default()));
    }

    #[test]
    fn what_is_no_network_is_named() {
        for bad in ["10.1.0.0/33", "localhost", "10.1.0.0-10.1.0.9", "10.1"] {
            let error = format!("10.0.0.1,{bad}").parse::<Allow>().unwrap_err();
            assert!(error.starts_with(&format!("\"{bad}\" is neither")), "{error}");
        }
    }
}
