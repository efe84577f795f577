//! Which addresses are public: the only ones that a source may be at.
//!
//! Whoever adds a watch names an address that this function asks. It stands inside of our account, so nothing may answer that
//! only answers from here: no instance metadata, no Lambda runtime, no neighbour in a private network. The ranges are those of
//! IANA's registries of special-purpose addresses for IPv4 and IPv6.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

/// Why an address is not asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Forbidden {
    /// It is neither `http` nor `https`.
    #[error("its address is neither http nor https")]
    Scheme,
    /// It carries a user name or password.
    #[error("its address carries a user name or password")]
    Credentials,
    /// Its port is neither 80 nor 443.
    #[error("its port {0} is neither 80 nor 443")]
    Port(u16),
    /// It is no public address, or its name stands for none.
    #[error("{0} is not a public address")]
    NotPublic(IpAddr),
    /// Its name stands for no address at all.
    #[error("its name has no address")]
    NoAddress,
}

/// Which addresses may be asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    /// Whether loopback counts as public, on every port. For local runs and tests only.
    pub loopback: bool,
}

impl Reach {
    /// Checks what an address says by itself; a name is checked when it is looked up.
    ///
    /// # Errors
    ///
    /// [`Forbidden`] says why it is not asked.
    pub fn check(self, url: &Url) -> Result<(), Forbidden> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(Forbidden::Scheme);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Forbidden::Credentials);
        }
        match url.port_or_known_default() {
            Some(80 | 443) => {}
            Some(_) if self.loopback => {}
            port => return Err(Forbidden::Port(port.unwrap_or_default())),
        }
        match url.host() {
            Some(Host::Ipv4(ip)) => self.check_ip(ip.into()),
            Some(Host::Ipv6(ip)) => self.check_ip(ip.into()),
            Some(Host::Domain(_)) => Ok(()),
            None => Err(Forbidden::NoAddress),
        }
    }

    /// Checks an address that is connected to.
    ///
    /// # Errors
    ///
    /// [`Forbidden::NotPublic`].
    pub fn check_ip(self, ip: IpAddr) -> Result<(), Forbidden> {
        if is_public(ip) || self.loopback && ip.is_loopback() {
            Ok(())
        } else {
            Err(Forbidden::NotPublic(ip))
        }
    }
}

fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    !matches!(
        ip.octets(),
        // this network, private, shared between a carrier's customers
        [0 | 10 | 127, ..] | [100, 64..=127, ..] | [172, 16..=31, ..] | [192, 168, ..]
        // link-local: instance and task metadata
        | [169, 254, ..]
        // protocol assignments, documentation, 6to4 relays, benchmarks
        | [192, 0, 0 | 2, _] | [192, 88, 99, _] | [198, 18..=19, ..] | [198, 51, 100, _] | [203, 0, 113, _]
        // multicast, reserved, broadcast
        | [224..=255, ..]
    )
}

/// Of IPv6 only global unicast, and of that not what carries an IPv4 address (6to4, Teredo) or is for documentation. What is
/// mapped, translated, unique local, link-local or multicast lies outside.
fn is_public_v6(ip: Ipv6Addr) -> bool {
    match ip.segments() {
        [0x2001, second, ..] if second < 0x200 => false,
        [0x2001, 0xdb8, ..] | [0x2002, ..] => false,
        [0x3fff, second, ..] if second < 0x1000 => false,
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(url: &str) -> Result<(), Forbidden> {
        Reach::default().check(&url.parse().unwrap())
    }

    #[test]
    fn only_public_addresses_are_public() {
        for ip in [
            "0.0.0.0",
            "10.0.0.1",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.0.1",
            "169.254.169.254",
            "169.254.170.2",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.170",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.7",
            "203.0.113.9",
            "224.0.0.1",
            "239.255.255.250",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:8.8.8.8",
            "::ffff:169.254.169.254",
            "::7f00:1",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:2::1",
            "2001:20::1",
            "2001:db8::1",
            "2002:a9fe:a9fe::1",
            "3fff::1",
            "5f00::1",
            "fc00::1",
            "fd00:ec2::254",
            "fd12:3456::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!is_public(ip.parse().unwrap()), "{ip}");
        }
        for ip in [
            "8.8.8.8",
            "1.1.1.1",
            "100.63.255.255",
            "100.128.0.1",
            "172.15.0.1",
            "172.32.0.1",
            "192.0.1.1",
            "192.167.0.1",
            "198.17.0.1",
            "198.20.0.1",
            "223.255.255.255",
            "2001:4860:4860::8888",
            "2606:4700::1111",
            "2a00:1450::1",
            "3ffe::1",
        ] {
            assert!(is_public(ip.parse().unwrap()), "{ip}");
        }
    }

    #[test]
    fn an_address_written_in_an_odd_way_is_the_same_address() {
        for url in [
            "http://127.1/",
            "http://2130706433/",
            "http://0x7f.0.0.1/",
            "http://0177.0.0.1/",
            "http://169.254.169.254/latest/meta-data/",
            "http://[::ffff:a9fe:a9fe]/",
            "http://[fd00:ec2::254]/",
        ] {
            assert!(matches!(check(url), Err(Forbidden::NotPublic(_))), "{url}");
        }
    }

    #[test]
    fn only_the_web_is_asked() {
        assert_eq!(check("https://example.com/feed"), Ok(()));
        assert_eq!(check("http://example.com:443/"), Ok(()));
        assert_eq!(
            check("https://example.com:8443/"),
            Err(Forbidden::Port(8443))
        );
        assert_eq!(check("http://example.com:22/"), Err(Forbidden::Port(22)));
        assert_eq!(check("ftp://example.com/"), Err(Forbidden::Scheme));
        assert_eq!(
            check("https://me@example.com/"),
            Err(Forbidden::Credentials)
        );
    }

    #[test]
    fn loopback_is_asked_only_where_it_is_allowed() {
        let local = Reach { loopback: true };
        let at = |url: &str| local.check(&url.parse().unwrap());
        assert_eq!(at("http://127.0.0.1:3000/feed"), Ok(()));
        assert_eq!(at("http://[::1]:3000/feed"), Ok(()));
        assert!(at("http://169.254.169.254/").is_err());
        assert!(at("http://10.0.0.1/").is_err());
    }
}
