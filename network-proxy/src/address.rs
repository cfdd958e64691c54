//! Which addresses are part of the public internet, and what the others are for.
//!
//! Pure. Used on every address before it is connected to, whether it was written as such or is what a name leads to:
//! a name is no reason to let a command into the machine, its network or the metadata service of a cloud (N1).

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What an address is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressClass {
    /// Reached over the internet.
    Public,
    /// "This network": `0.0.0.0/8`, `::`.
    Unspecified,
    /// This machine.
    Loopback,
    /// A private network, unique local and site-local addresses of IPv6 too.
    Private,
    /// One link, with the metadata services of clouds.
    LinkLocal,
    /// A provider's own network, `100.64.0.0/10`.
    Shared,
    /// Many receivers at once.
    Multicast,
    /// An address of one family inside one of the other, such as `::ffff:10.0.0.1`.
    Embedded,
    /// Everything else that is not assigned to hosts: documentation, benchmarks, future use, broadcast.
    Reserved,
}

impl fmt::Display for AddressClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Public => "public",
            Self::Unspecified => "unspecified",
            Self::Loopback => "loopback",
            Self::Private => "private",
            Self::LinkLocal => "link-local",
            Self::Shared => "shared",
            Self::Multicast => "multicast",
            Self::Embedded => "embedded IPv4",
            Self::Reserved => "reserved",
        })
    }
}

impl AddressClass {
    /// The class of one address.
    pub fn of(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(address) => v4(address),
            IpAddr::V6(address) => v6(address),
        }
    }
}

fn v4(address: Ipv4Addr) -> AddressClass {
    match address.octets() {
        [0, ..] => AddressClass::Unspecified,
        [127, ..] => AddressClass::Loopback,
        [10, ..] | [192, 168, ..] | [172, 16..=31, ..] => AddressClass::Private,
        [169, 254, ..] => AddressClass::LinkLocal,
        [100, 64..=127, ..] => AddressClass::Shared,
        [224..=239, ..] => AddressClass::Multicast,
        [240..=255, ..] | [192, 0, 0 | 2, _] | [192, 88, 99, _] | [198, 18 | 19, ..] | [198, 51, 100, _] | [203, 0, 113, _] => {
            AddressClass::Reserved
        }
        _ => AddressClass::Public,
    }
}

fn v6(address: Ipv6Addr) -> AddressClass {
    match address.segments() {
        [0, 0, 0, 0, 0, 0, 0, 0] => AddressClass::Unspecified,
        [0, 0, 0, 0, 0, 0, 0, 1] => AddressClass::Loopback,
        // Mapped and compatible forms; 6to4 and Teredo carry an IPv4 address of anybody's choice.
        [0, 0, 0, 0, 0, 0 | 0xffff, ..] | [0, 0, 0, 0, 0xffff, 0, ..] | [0x2002, ..] | [0x2001, 0, ..] => AddressClass::Embedded,
        // What a translating network answers for hosts that have IPv4 alone: as public as the address inside.
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            let [[a, b], [c, d]] = [high.to_be_bytes(), low.to_be_bytes()];
            if v4(Ipv4Addr::new(a, b, c, d)) == AddressClass::Public { AddressClass::Public } else { AddressClass::Embedded }
        }
        [0xfc00..=0xfdff, ..] | [0xfec0..=0xfeff, ..] => AddressClass::Private,
        [0xfe80..=0xfebf, ..] => AddressClass::LinkLocal,
        [0xff00..=0xffff, ..] => AddressClass::Multicast,
        [0x2001, 0x0001..=0x01ff | 0x0db8, ..] | [0x3fff, 0..=0x0fff, ..] => AddressClass::Reserved,
        [0x2000..=0x3fff, ..] => AddressClass::Public,
        _ => AddressClass::Reserved,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn class(text: &str) -> AddressClass {
        AddressClass::of(text.parse().unwrap())
    }

    // N1
    #[test]
    fn no_address_of_a_machine_or_its_networks_is_public() {
        let cases: &[(AddressClass, &[&str])] = &[
            (AddressClass::Unspecified, &["0.0.0.0", "0.1.2.3", "0.255.255.255", "::"]),
            (AddressClass::Loopback, &["127.0.0.1", "127.255.255.254", "::1"]),
            (AddressClass::Private, &["10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "fc00::1", "fd12:3456::1", "fec0::1"]),
            (AddressClass::LinkLocal, &["169.254.169.254", "169.254.0.1", "fe80::1", "febf::1"]),
            (AddressClass::Shared, &["100.64.0.1", "100.127.255.255"]),
            (AddressClass::Multicast, &["224.0.0.1", "239.255.255.255", "ff02::1"]),
            (
                AddressClass::Embedded,
                &[
                    "::ffff:127.0.0.1",
                    "::ffff:8.8.8.8",
                    "::127.0.0.1",
                    "::2",
                    "::ffff:0:127.0.0.1",
                    "2002:7f00:1::",
                    "2001::1",
                    "64:ff9b::127.0.0.1",
                    "64:ff9b::169.254.169.254",
                ],
            ),
            (
                AddressClass::Reserved,
                &[
                    "192.0.0.192",
                    "192.0.2.1",
                    "192.88.99.1",
                    "198.18.0.1",
                    "198.19.255.255",
                    "198.51.100.1",
                    "203.0.113.1",
                    "240.0.0.1",
                    "255.255.255.255",
                    "2001:db8::1",
                    "2001:20::1",
                    "3fff::1",
                    "100::1",
                    "64:ff9b:1::1",
                    "5f00::1",
                ],
            ),
            (
                AddressClass::Public,
                &[
                    "1.1.1.1",
                    "8.8.8.8",
                    "11.0.0.1",
                    "100.63.255.255",
                    "100.128.0.1",
                    "126.255.255.255",
                    "128.0.0.1",
                    "169.253.1.1",
                    "172.15.0.1",
                    "172.32.0.1",
                    "192.0.1.1",
                    "192.167.1.1",
                    "198.17.0.1",
                    "223.255.255.255",
                    "2606:4700::1111",
                    "2a00:1450::1",
                    "64:ff9b::8.8.8.8",
                ],
            ),
        ];
        for (expected, addresses) in cases {
            for address in *addresses {
                assert_eq!(class(address), *expected, "{address}");
            }
        }
    }

    proptest! {
        #[test]
        fn a_mapped_address_is_never_public(bits: u32) {
            let mapped = Ipv4Addr::from(bits).to_ipv6_mapped();
            prop_assert_eq!(AddressClass::of(mapped.into()), AddressClass::Embedded);
        }

        #[test]
        fn what_the_standard_library_calls_private_is_never_public(bits: u32) {
            let address = Ipv4Addr::from(bits);
            if address.is_private() || address.is_loopback() || address.is_link_local() || address.is_multicast()
                || address.is_broadcast() || address.is_documentation() || address.is_unspecified() {
                prop_assert_ne!(v4(address), AddressClass::Public);
            }
        }

        #[test]
        fn public_addresses_of_ipv6_are_unicast_or_translated(bits: u128) {
            let address = Ipv6Addr::from(bits);
            if v6(address) == AddressClass::Public {
                prop_assert!(address.segments()[0] >> 13 == 1 || address.segments()[..2] == [0x64, 0xff9b]);
                prop_assert!(!address.is_multicast() && !address.is_loopback());
            }
        }
    }
}
