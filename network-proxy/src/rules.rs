//! Which hosts are reached: entries by name or address, allowed or denied.
//!
//! Pure. An entry is `host`, `*.host` (the names below it, not itself) or an address, each with `:port` or without. Deny
//! wins. Without a port an entry of `allow` stands for 80 and 443, one of `deny` for every port. `localhost` stands for
//! the loopback addresses too. Addresses that are not public are reached only by an entry for that very address.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::address::AddressClass;
use crate::target::{Host, HostError, Target, split_port};

/// Ports that an entry without one opens.
pub const DEFAULT_PORTS: [u16; 2] = [80, 443];

/// An entry of a list of hosts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    pattern: Pattern,
    port: Option<u16>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Pattern {
    This(Host),
    /// Everything below a name; kept with the dot in front.
    Below(String),
}

/// Why an entry is not understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RuleError {
    /// No host, or a bad port.
    #[error("`{entry}` names no host: {source}")]
    Host {
        /// The entry.
        entry: String,
        /// What is wrong with it.
        #[source]
        source: HostError,
    },
    /// A star elsewhere than in `*.`.
    #[error(
        "`{entry}`: a star stands only in front of a name, as in `*.example.org`; to open the network whole use `network_access = true`"
    )]
    Star {
        /// The entry.
        entry: String,
    },
    /// An address of one family inside the other.
    #[error("`{entry}`: write the IPv4 address itself")]
    Embedded {
        /// The entry.
        entry: String,
    },
}

impl Rule {
    /// Reads an entry.
    pub fn parse(entry: &str) -> Result<Self, RuleError> {
        let wrong = |source| RuleError::Host { entry: entry.to_owned(), source };
        // An IPv6 address without brackets has no port.
        if let Ok(address) = entry.parse::<Ipv6Addr>() {
            return Self::of_address(entry, address.into(), None);
        }
        let (host, port) = split_port(entry).map_err(wrong)?;
        if let Some(name) = host.strip_prefix("*.") {
            return match Host::parse(name) {
                Ok(Host::Name(name)) => Ok(Self { pattern: Pattern::Below(format!(".{name}")), port }),
                Ok(Host::Ip(_)) => Err(RuleError::Star { entry: entry.to_owned() }),
                Err(_) if name.contains('*') => Err(RuleError::Star { entry: entry.to_owned() }),
                Err(source) => Err(wrong(source)),
            };
        }
        if host.contains('*') {
            return Err(RuleError::Star { entry: entry.to_owned() });
        }
        match Host::parse(host).map_err(wrong)? {
            Host::Ip(address) => Self::of_address(entry, address, port),
            name @ Host::Name(_) => Ok(Self { pattern: Pattern::This(name), port }),
        }
    }

    fn of_address(entry: &str, address: IpAddr, port: Option<u16>) -> Result<Self, RuleError> {
        if AddressClass::of(address) == AddressClass::Embedded {
            return Err(RuleError::Embedded { entry: entry.to_owned() });
        }
        Ok(Self { pattern: Pattern::This(Host::Ip(address)), port })
    }

    fn names(&self, host: &Host) -> bool {
        match (&self.pattern, host) {
            (Pattern::This(this), host) if this == host => true,
            (Pattern::This(Host::Name(name)), Host::Ip(address)) => name == LOCALHOST && LOCALHOST_ADDRESSES.contains(address),
            (Pattern::This(_), _) | (Pattern::Below(_), Host::Ip(_)) => false,
            (Pattern::Below(end), Host::Name(name)) => name.len() > end.len() && name.ends_with(end.as_str()),
        }
    }

    fn opens(&self, port: u16) -> bool {
        self.port.map_or(DEFAULT_PORTS.contains(&port), |own| own == port)
    }

    fn closes(&self, target: &Target) -> bool {
        let whole_machine = self.pattern == Pattern::This(Host::Name(LOCALHOST.to_owned()));
        let loopback = matches!(target.host, Host::Ip(address) if AddressClass::of(address) == AddressClass::Loopback);
        (self.names(&target.host) || (whole_machine && loopback)) && self.port.is_none_or(|port| port == target.port)
    }
}

/// The name of this machine to itself.
pub(crate) const LOCALHOST: &str = "localhost";
/// Where it leads, whatever a resolver says.
pub(crate) const LOCALHOST_ADDRESSES: [IpAddr; 2] = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.pattern {
            Pattern::This(host) => write!(f, "{host}")?,
            Pattern::Below(end) => write!(f, "*{end}")?,
        }
        self.port.map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

/// Hosts that are reached and hosts that are not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    allow: Vec<Rule>,
    deny: Vec<Rule>,
}

/// What the rules say of a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ruling<'a> {
    /// Reached, by this entry, if its address may be too.
    Allowed(&'a Rule),
    /// Not reached, by this entry.
    Denied(&'a Rule),
    /// The host may be reached by this entry, but not on this port.
    OtherPort(&'a Rule),
    /// No entry says anything.
    Unknown,
}

/// What the rules say of an address that is about to be connected to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AddressRuling<'a> {
    /// It may be.
    Open,
    /// It may not, by this entry.
    Denied(&'a Rule),
    /// It is not public, and no entry names it.
    Closed(AddressClass),
}

impl Rules {
    /// Reads both lists.
    pub fn new<T: AsRef<str>>(allow: &[T], deny: &[T]) -> Result<Self, RuleError> {
        let read = |entries: &[T]| entries.iter().map(|entry| Rule::parse(entry.as_ref())).collect::<Result<Vec<_>, _>>();
        Ok(Self { allow: read(allow)?, deny: read(deny)? })
    }

    /// Adds the entries of another source. Which came from where makes no difference: deny wins.
    pub fn merge(&mut self, other: Self) {
        self.allow.extend(other.allow);
        self.deny.extend(other.deny);
    }

    /// Judges a target by its host and port alone.
    pub fn judge(&self, target: &Target) -> Ruling<'_> {
        if let Some(rule) = self.deny.iter().find(|rule| rule.closes(target)) {
            return Ruling::Denied(rule);
        }
        let named = || self.allow.iter().filter(|rule| rule.names(&target.host));
        match (named().find(|rule| rule.opens(target.port)), named().next()) {
            (Some(rule), _) => Ruling::Allowed(rule),
            (None, Some(rule)) => Ruling::OtherPort(rule),
            (None, None) => Ruling::Unknown,
        }
    }

    /// Judges an address that a target has led to. The same question for a name and for the address written out, so a
    /// name opens nothing that is not public.
    pub fn judge_address(&self, address: SocketAddr) -> AddressRuling<'_> {
        let target = Target { host: Host::Ip(address.ip()), port: address.port() };
        let class = AddressClass::of(address.ip());
        match (self.judge(&target), class) {
            (Ruling::Denied(rule), _) => AddressRuling::Denied(rule),
            (_, AddressClass::Public) => AddressRuling::Open,
            (Ruling::Allowed(_), class) if class != AddressClass::Embedded => AddressRuling::Open,
            (Ruling::Allowed(_) | Ruling::OtherPort(_) | Ruling::Unknown, class) => AddressRuling::Closed(class),
        }
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use proptest::prelude::*;

    use super::*;

    fn rules(allow: &[&str], deny: &[&str]) -> Rules {
        Rules::new(allow, deny).unwrap()
    }

    fn ruling(rules: &Rules, target: &str) -> String {
        match rules.judge(&Target::parse(target, None).unwrap()) {
            Ruling::Allowed(rule) => format!("allowed {rule}"),
            Ruling::Denied(rule) => format!("denied {rule}"),
            Ruling::OtherPort(rule) => format!("port {rule}"),
            Ruling::Unknown => "unknown".into(),
        }
    }

    #[test]
    fn entries_are_judged_by_host_and_port() {
        let rules = rules(
            &["Example.org.", "*.example.net", "git.example.com:22", "localhost:8080", "10.0.0.7", "9.9.9.9:53", "[2606:4700::1]:443"],
            &["bad.example.net", "*.evil.example.net", "example.org:80"],
        );
        for (target, expected) in [
            ("example.org:443", "allowed example.org"),
            ("EXAMPLE.ORG.:443", "allowed example.org"),
            ("example.org:80", "denied example.org:80"),
            ("example.org:8443", "port example.org"),
            ("www.example.org:443", "unknown"),
            ("badexample.org:443", "unknown"),
            ("example.org.evil.example:443", "unknown"),
            ("a.example.net:80", "allowed *.example.net"),
            ("a.b.example.net:443", "allowed *.example.net"),
            ("example.net:443", "unknown"),
            ("xexample.net:443", "unknown"),
            ("bad.example.net:443", "denied bad.example.net"),
            ("x.bad.example.net:443", "allowed *.example.net"),
            ("x.evil.example.net:9", "denied *.evil.example.net"),
            ("git.example.com:22", "allowed git.example.com:22"),
            ("git.example.com:443", "port git.example.com:22"),
            ("localhost:8080", "allowed localhost:8080"),
            ("127.0.0.1:8080", "allowed localhost:8080"),
            ("[::1]:8080", "allowed localhost:8080"),
            ("127.0.0.2:8080", "unknown"),
            ("localhost:80", "port localhost:8080"),
            ("x.localhost:8080", "unknown"),
            ("10.0.0.7:443", "allowed 10.0.0.7"),
            ("10.0.0.8:443", "unknown"),
            ("9.9.9.9:53", "allowed 9.9.9.9:53"),
            ("[2606:4700::1]:443", "allowed [2606:4700::1]:443"),
        ] {
            assert_eq!(ruling(&rules, target), expected, "{target}");
        }
    }

    // N1
    #[test]
    fn addresses_that_are_not_public_need_an_entry_of_their_own() {
        let rules = rules(&["intranet.example", "10.0.0.7", "localhost:8080", "169.254.169.253"], &["8.8.8.8", "127.0.0.1:9"]);
        let judge = |text: &str| match rules.judge_address(text.parse().unwrap()) {
            AddressRuling::Open => "open".to_owned(),
            AddressRuling::Denied(rule) => format!("denied {rule}"),
            AddressRuling::Closed(class) => class.to_string(),
        };
        for (address, expected) in [
            ("1.1.1.1:443", "open"),
            ("1.1.1.1:25", "open"),
            ("8.8.8.8:443", "denied 8.8.8.8"),
            ("10.0.0.7:443", "open"),
            ("10.0.0.7:22", "private"),
            ("10.0.0.8:443", "private"),
            ("127.0.0.1:8080", "open"),
            ("[::1]:8080", "open"),
            ("127.0.0.1:80", "loopback"),
            ("127.0.0.2:8080", "loopback"),
            ("169.254.169.254:80", "link-local"),
            ("[::ffff:10.0.0.7]:443", "embedded IPv4"),
            ("0.0.0.0:8080", "unspecified"),
            ("[fd00::1]:443", "private"),
        ] {
            assert_eq!(judge(address), expected, "{address}");
        }
    }

    #[test]
    fn denying_localhost_denies_the_whole_loopback_network() {
        let rules = rules(&["127.0.0.5:80", "localhost:80"], &["localhost"]);
        for target in ["localhost:80", "127.0.0.1:80", "127.0.0.5:80", "[::1]:80"] {
            assert_eq!(ruling(&rules, target), "denied localhost", "{target}");
        }
    }

    #[test]
    fn entries_that_mean_nothing_are_refused_with_a_reason() {
        for (entry, expected) in [
            ("", "`` names no host: there is no host"),
            ("https://a.org", "`https://a.org` names no host: the port is not a number from 1 to 65535"),
            ("a.org/x", "`a.org/x` names no host: a name has letters, digits, `-`, `_` and dots only; write other alphabets as `xn--...`"),
            ("a.org:99999", "`a.org:99999` names no host: the port is not a number from 1 to 65535"),
            ("::ffff:1.2.3.4", "`::ffff:1.2.3.4`: write the IPv4 address itself"),
            ("127.1", "`127.1` names no host: numbers are written as an address of four decimal parts"),
        ] {
            assert_eq!(Rule::parse(entry).unwrap_err().to_string(), expected);
        }
        for entry in ["*", "*.", "a.*", "*a.org", "*.*.org", "a*.org", "*.1.2.3.4", "10.0.0.0/8", "*:80"] {
            assert!(Rule::parse(entry).is_err(), "{entry}");
        }
        assert!(Rule::parse("*").unwrap_err().to_string().contains("network_access = true"));
    }

    fn name() -> impl Strategy<Value = String> {
        "[a-c]{1,2}(\\.[a-c]{1,2}){0,3}\\.org"
    }

    fn entry() -> impl Strategy<Value = String> {
        (proptest::bool::ANY, name(), proptest::option::of(prop_oneof![Just(80u16), Just(22)])).prop_map(|(below, name, port)| {
            format!("{}{name}{}", if below { "*." } else { "" }, port.map(|port| format!(":{port}")).unwrap_or_default())
        })
    }

    /// The same judgement, written without care for speed.
    fn oracle(entry: &str, name: &str) -> bool {
        let host = entry.split(':').next().unwrap();
        let labels = |text: &str| text.split('.').map(str::to_owned).collect::<Vec<_>>();
        match host.strip_prefix("*.") {
            None => labels(host) == labels(name),
            Some(above) => labels(name).len() > labels(above).len() && labels(name).ends_with(&labels(above)),
        }
    }

    proptest! {
        #[test]
        fn an_entry_names_what_its_labels_say(entry in entry(), name in name()) {
            let rule = Rule::parse(&entry).unwrap();
            prop_assert_eq!(rule.names(&Host::parse(&name).unwrap()), oracle(&entry, &name));
            prop_assert_eq!(Rule::parse(&rule.to_string()).unwrap(), rule);
        }

        #[test]
        fn deny_wins_and_allowing_less_never_opens_more(
            allow in proptest::collection::vec(entry(), 0..4), deny in proptest::collection::vec(entry(), 0..4), name in name(), port in prop_oneof![Just(80u16), Just(22), Just(8443)],
        ) {
            let target = Target::new(Host::parse(&name).unwrap(), port).unwrap();
            let rules = Rules::new(&allow, &deny).unwrap();
            let denied = deny.iter().any(|entry| oracle(entry, &name) && entry.split_once(':').is_none_or(|(_, own)| own == port.to_string()));
            let allowed = allow.iter().any(|entry| oracle(entry, &name)
                && entry.split_once(':').map_or(port == 80 || port == 443, |(_, own)| own == port.to_string()));
            prop_assert_eq!(matches!(rules.judge(&target), Ruling::Denied(_)), denied);
            prop_assert_eq!(matches!(rules.judge(&target), Ruling::Allowed(_)), allowed && !denied);
        }

        #[test]
        fn no_list_of_names_opens_an_address_that_is_not_public(
            allow in proptest::collection::vec(entry(), 0..4), bits: u32, port in 1u16..,
        ) {
            let address = SocketAddr::new(Ipv4Addr::from(bits).into(), port);
            let rules = Rules::new(&allow, &[]).unwrap();
            prop_assert_eq!(rules.judge_address(address) == AddressRuling::Open, AddressClass::of(address.ip()) == AddressClass::Public);
        }

        #[test]
        fn reading_any_text_as_an_entry_ends_well(text in "\\PC{0,60}") {
            if let Ok(rule) = Rule::parse(&text) {
                prop_assert_eq!(Rule::parse(&rule.to_string()), Ok(rule));
            }
        }
    }
}
