//! What an IP address is: anyone's, a private network's, or one that no task may ever reach.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Whether a request may go to an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// On the internet.
    Public,
    /// Only for root and for networks that the operator allows; what it is.
    Private(&'static str),
    /// For nobody; what it is. Whoever reaches it gets the credentials of the machine.
    Never(&'static str),
}

/// Metadata services whose addresses lie outside the link-local networks: Alibaba Cloud, Oracle Cloud, Azure.
const METADATA_V4: [Ipv4Addr; 3] =
    [Ipv4Addr::new(100, 100, 100, 200), Ipv4Addr::new(192, 0, 0, 192), Ipv4Addr::new(168, 63, 129, 16)];
/// The same for IPv6: AWS, Google Cloud, Scaleway.
const METADATA_V6: [Ipv6Addr; 3] = [
    Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254),
    Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254),
    Ipv6Addr::new(0xfd00, 0x42, 0, 0, 0, 0, 0, 0x42),
];

/// What the address is, by the IANA special-purpose address registries. An IPv6 address that stands for an IPv4 one is
/// what that one is.
pub fn classify(ip: IpAddr) -> Class {
    match ip {
        IpAddr::V4(v4) => classify_v4(v4),
        IpAddr::V6(v6) => match embedded(v6) {
            Some(v4) => classify_v4(v4),
            None => classify_v6(v6),
        },
    }
}

fn classify_v4(ip: Ipv4Addr) -> Class {
    if ip.is_link_local() {
        return Class::Never("a link-local address");
    }
    if METADATA_V4.contains(&ip) {
        return Class::Never("a metadata service");
    }
    match ip.octets() {
        [127, ..] => Class::Private("this machine itself"),
        [0, ..] => Class::Private("an address of \"this network\""),
        [10, ..] | [172, 16..=31, ..] | [192, 168, ..] => Class::Private("a private network"),
        [100, 64..=127, ..] => Class::Private("a provider's shared network"),
        [224..=239, ..] => Class::Private("a multicast address"),
        [240..=255, ..] => Class::Private("a reserved address"),
        // Protocol assignments, 6to4 relays, benchmarks, documentation.
        [192, 0, 0, _] | [192, 88, 99, _] | [198, 18..=19, ..] => Class::Private("a reserved address"),
        [192, 0, 2, _] | [198, 51, 100, _] | [203, 0, 113, _] => Class::Private("a reserved address"),
        _ => Class::Public,
    }
}

fn classify_v6(ip: Ipv6Addr) -> Class {
    if METADATA_V6.contains(&ip) {
        return Class::Never("a metadata service");
    }
    match ip.segments() {
        [0xfe80..=0xfebf, ..] => Class::Never("a link-local address"),
        [0, 0, 0, 0, 0, 0, 0, 1] => Class::Private("this machine itself"),
        [0, 0, 0, 0, 0, 0, 0, 0] => Class::Private("the unspecified address"),
        [0xfc00..=0xfdff, ..] | [0xfec0..=0xfeff, ..] => Class::Private("a private network"),
        [0xff00..=0xffff, ..] => Class::Private("a multicast address"),
        // Documentation, and all of 2001::/23, Teredo tunnels among it.
        [0x2001, 0xdb8, ..] | [0x2001, 0..=0x1ff, ..] | [0x3fff, 0..=0xfff, ..] => Class::Private("a reserved address"),
        [0x2000..=0x3fff, ..] => Class::Public,
        // IANA has given out global addresses from 2000::/3 only.
        _ => Class::Private("a reserved address"),
    }
}

/// The IPv4 address that an IPv6 address stands for: mapped and compatible (RFC 4291), translated (RFC 2765), NAT64
/// (RFC 6052, RFC 8215), 6to4 (RFC 3056), and the client of a Teredo tunnel (RFC 4380).
pub fn embedded(ip: Ipv6Addr) -> Option<Ipv4Addr> {
    let v4 = |high: u16, low: u16| Some(Ipv4Addr::from((u32::from(high) << 16) | u32::from(low)));
    let never = |ip: &Ipv4Addr| matches!(classify_v4(*ip), Class::Never(_));
    match ip.segments() {
        // `::` and `::1` are addresses of their own.
        [0, 0, 0, 0, 0, 0, 0, 0..=1] => None,
        [0, 0, 0, 0, 0, 0 | 0xffff, a, b] | [0, 0, 0, 0, 0xffff, 0, a, b] => v4(a, b),
        [0x64, 0xff9b, 0, 0, 0, 0, a, b] => v4(a, b),
        [0x2002, a, b, ..] => v4(a, b),
        // These are refused as reserved anyway; only an address for nobody that hides in them matters.
        [0x2001, 0, .., a, b] => v4(!a, !b).filter(never),
        [0x64, 0xff9b, 1, .., a, b] => v4(a, b).filter(never),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(text: &str) -> Class {
        classify(text.parse().unwrap())
    }

    #[test]
    fn public_addresses() {
        for ip in [
            "1.1.1.1",
            "8.8.8.8",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.0",
            "169.253.255.255",
            "169.255.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "192.167.255.255",
            "192.169.0.0",
            "192.0.1.0",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "2606:4700::1111",
            "2001:4860:4860::8888",
            "2a00::1",
            "::ffff:8.8.8.8",
            "64:ff9b::8.8.8.8",
            "2002:808:808::1",
        ] {
            assert_eq!(class(ip), Class::Public, "{ip}");
        }
    }

    #[test]
    fn private_addresses() {
        for ip in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.0",
            "10.255.255.255",
            "100.64.0.0",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.255.255",
            "172.16.0.0",
            "172.31.255.255",
            "192.0.0.1",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.0.0",
            "192.168.255.255",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::2",
            "fc00::1",
            "fdff::1",
            "fec0::1",
            "ff02::1",
            "2001:db8::1",
            "2001::1",
            "3fff::1",
            "100::1",
            "64:ff9b:1::a00:1",
            "4000::1",
            "::ffff:127.0.0.1",
            "::127.0.0.1",
            "::ffff:0:10.0.0.1",
            "64:ff9b::10.0.0.1",
            "64:ff9b::127.0.0.1",
            "2002:7f00:1::1",
            "2002:a00:1::",
            "2002:c0a8:101::1",
            "::ffff:0.0.0.0",
            "::ffff:255.255.255.255",
        ] {
            assert!(matches!(class(ip), Class::Private(_)), "{ip} is {:?}", class(ip));
        }
    }

    #[test]
    fn addresses_for_nobody() {
        for ip in [
            "169.254.0.0",
            "169.254.169.254",
            "169.254.255.255",
            "100.100.100.200",
            "192.0.0.192",
            "168.63.129.16",
            "fe80::1",
            "febf::1",
            "fd00:ec2::254",
            "fd20:ce::254",
            "fd00:42::42",
            "::ffff:169.254.169.254",
            "::169.254.169.254",
            "::ffff:0:169.254.169.254",
            "64:ff9b::169.254.169.254",
            "2002:a9fe:a9fe::1",
            "64:ff9b::100.100.100.200",
            "64:ff9b:1::169.254.169.254",
            "2001:0:102:304:0:0:5601:5601",
        ] {
            assert!(matches!(class(ip), Class::Never(_)), "{ip} is {:?}", class(ip));
        }
    }
}
