//! The address guard: a host that came from the API or the database must not lead into our own network.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use ipnet::IpNet;

/// Private ranges that are allowed all the same, for providers and merchants on the operator's own network.
#[derive(Debug, Clone, Default)]
pub struct AllowList(Arc<[IpNet]>);

impl AllowList {
    /// From networks such as `10.0.0.0/8`.
    pub fn new(networks: Vec<IpNet>) -> Self {
        Self(networks.into())
    }

    /// Whether a connection to the address may be made.
    pub fn permits(&self, address: IpAddr) -> bool {
        let address = unwrap(address);
        is_public(address) || self.0.iter().any(|network| network.contains(&address))
    }
}

/// Why there is nothing to connect to.
#[derive(Debug, thiserror::Error)]
pub enum Unresolved {
    /// Every address of the host is private.
    #[error("the host leads to a private address, which is not allowed")]
    Refused,
    /// It has none.
    #[error("the host has no address")]
    Unknown(#[source] std::io::Error),
}

/// The addresses of a host that may be connected to, at least one. The connection must go to one of these very addresses:
/// asked once more, the name may lead elsewhere.
pub async fn resolve(allow: &AllowList, host: &str, port: u16) -> Result<Vec<SocketAddr>, Unresolved> {
    let found = tokio::net::lookup_host((host, port)).await.map_err(Unresolved::Unknown)?;
    let permitted: Vec<SocketAddr> = found.filter(|address| allow.permits(address.ip())).collect();
    if permitted.is_empty() { Err(Unresolved::Refused) } else { Ok(permitted) }
}

/// Takes the IPv4 address out of every IPv6 disguise: mapped, compatible, NAT64, 6to4, Teredo.
fn unwrap(address: IpAddr) -> IpAddr {
    let IpAddr::V6(v6) = address else { return address };
    let segments = v6.segments();
    let v4 = |high: u16, low: u16| IpAddr::V4(Ipv4Addr::from((u32::from(high) << 16) | u32::from(low)));
    match segments {
        [0, 0, 0, 0, 0, 0xffff, high, low] => v4(high, low),
        [0, 0, 0, 0, 0xffff, 0, high, low] => v4(high, low),
        [0, 0, 0, 0, 0, 0, high, low] if high != 0 || low > 1 => v4(high, low),
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => v4(high, low),
        [0x2002, high, low, ..] => v4(high, low),
        [0x2001, 0, _, _, _, _, high, low] => v4(!high, !low),
        _ => address,
    }
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

/// The special-purpose registry of IANA, without what may be routed.
fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !(a == 0
        || a == 10
        || a == 127
        || a >= 224
        || (a == 100 && (64..128).contains(&b))
        || (a == 169 && b == 254)
        || (a == 172 && (16..32).contains(&b))
        || (a == 192 && b == 168)
        || (a == 192 && b == 0 && (c == 0 || c == 2))
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (b == 18 || b == 19))
        || (a == 198 && b == 51 && c == 100)
        || (a == 203 && b == 0 && c == 113))
}

/// Only global unicast, without documentation, benchmarking and the local NAT64 prefix.
fn is_public_v6(address: Ipv6Addr) -> bool {
    match address.segments() {
        [0x2001, 0xdb8, ..] | [0x2001, 2, 0, ..] | [0x3fff, ..] => false,
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn permitted(address: &str) -> bool {
        AllowList::default().permits(address.parse().expect("an address"))
    }

    #[test]
    fn private_addresses_are_refused_in_every_disguise() {
        for address in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "198.18.0.1",
            "::1",
            "::",
            "fe80::1",
            "fc00::1",
            "fd00:ec2::254",
            "ff02::1",
            "::ffff:127.0.0.1",
            "::127.0.0.1",
            "::ffff:0:127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::7f00:1",
            "2002:7f00:1::",
            "2002:a00:1::1",
            "2001:0:0:0:0:0:80ff:fffe",
            "2001:db8::1",
        ] {
            assert!(!permitted(address), "{address}");
        }
    }

    #[test]
    fn public_addresses_pass() {
        for address in ["8.8.8.8", "1.1.1.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"] {
            assert!(permitted(address), "{address}");
        }
    }

    #[tokio::test]
    async fn a_host_leads_to_what_may_be_connected_to() {
        let allow = AllowList::new(vec!["127.0.0.0/8".parse().expect("a network")]);
        for host in ["127.0.0.1", "localhost", "2130706433", "0x7f.1"] {
            assert!(matches!(resolve(&AllowList::default(), host, 1).await, Err(Unresolved::Refused)), "{host}");
            let found = resolve(&allow, host, 7).await.expect("an address");
            assert!(found.iter().all(|address| *address == ([127, 0, 0, 1], 7).into()), "{host}: {found:?}");
        }
        assert!(matches!(resolve(&allow, "nowhere.invalid", 1).await, Err(Unresolved::Unknown(_))));
    }

    #[test]
    fn an_allowed_network_passes_in_disguise_too() {
        let allow = AllowList::new(vec!["127.0.0.0/8".parse().expect("a network")]);
        assert!(allow.permits("127.0.0.1".parse().expect("an address")));
        assert!(allow.permits("::ffff:127.0.0.1".parse().expect("an address")));
        assert!(!allow.permits("10.0.0.1".parse().expect("an address")));
    }
}
