//! Which hosts are reached: entries by name or address, allowed or denied.
//!
//! Pure. An entry is `host`, `*.host` (the names below it, not itself) or an address, each with `:port` or without. Denying
//! wins over asking, and asking over allowing. Without a port an entry that allows stands for 80 and 443, one that denies for
//! every port. `localhost` stands for the loopback addresses too. Addresses that are not public are reached only by an entry
//! for that very address.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::address::AddressClass;
use crate::audit::Protocol;
use crate::target::{Host, HostError, Target, split_port};

/// Ports that an entry without one opens.
pub const DEFAULT_PORTS: [u16; 2] = [80, 443];

/// An entry of a list of hosts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    pattern: Pattern,
    port: Option<u16>,
    via: Via,
}

/// What an entry does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Opens.
    Allow,
    /// Has each use asked about, whatever allows it.
    Ask,
    /// Closes.
    Deny,
}

/// Which way of reaching a host an entry speaks of.
///
/// One that denies takes the other ways to the same thing with it: without plain HTTP there is no tunnel to port 80, and
/// without HTTPS there is none at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Via {
    /// Every one.
    #[default]
    Any,
    /// Plain HTTP; port 80 unless another is named.
    Http,
    /// A tunnel by `CONNECT`; port 443 unless another is named.
    Https,
    /// A tunnel by SOCKS5.
    Socks5,
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
    /// An entry for one host, a name or an address, made of parts.
    pub fn new(host: &str, port: Option<u16>, via: Via) -> Result<Self, RuleError> {
        let wrong = |source| RuleError::Host { entry: host.to_owned(), source };
        let this = Host::parse(host).map_err(wrong)?;
        if port == Some(0) {
            return Err(wrong(HostError::Port));
        }
        match this {
            Host::Ip(address) => Ok(Self { via, ..Self::of_address(host, address, port)? }),
            name @ Host::Name(_) => Ok(Self { pattern: Pattern::This(name), port, via }),
        }
    }

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
                Ok(Host::Name(name)) => Ok(Self { pattern: Pattern::Below(format!(".{name}")), port, via: Via::Any }),
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
            name @ Host::Name(_) => Ok(Self { pattern: Pattern::This(name), port, via: Via::Any }),
        }
    }

    fn of_address(entry: &str, address: IpAddr, port: Option<u16>) -> Result<Self, RuleError> {
        if AddressClass::of(address) == AddressClass::Embedded {
            return Err(RuleError::Embedded { entry: entry.to_owned() });
        }
        Ok(Self { pattern: Pattern::This(Host::Ip(address)), port, via: Via::Any })
    }

    fn names(&self, host: &Host) -> bool {
        match (&self.pattern, host) {
            (Pattern::This(this), host) if this == host => true,
            (Pattern::This(Host::Name(name)), Host::Ip(address)) => name == LOCALHOST && LOCALHOST_ADDRESSES.contains(address),
            (Pattern::This(_), _) | (Pattern::Below(_), Host::Ip(_)) => false,
            (Pattern::Below(end), Host::Name(name)) => name.len() > end.len() && name.ends_with(end.as_str()),
        }
    }

    /// Whether it speaks of this way, for an entry that allows.
    fn speaks_of(&self, protocol: Protocol) -> bool {
        match self.via {
            Via::Any => true,
            Via::Http => protocol == Protocol::Http,
            Via::Https => protocol == Protocol::Connect,
            Via::Socks5 => protocol == Protocol::Socks5,
        }
    }

    fn opens(&self, port: u16) -> bool {
        match (self.port, self.via) {
            (Some(own), _) => own == port,
            (None, Via::Any | Via::Socks5) => DEFAULT_PORTS.contains(&port),
            (None, Via::Http) => port == 80,
            (None, Via::Https) => port == 443,
        }
    }

    /// Whether it catches this target, for an entry that denies or asks.
    fn catches(&self, target: &Target, protocol: Protocol) -> bool {
        let whole_machine = self.pattern == Pattern::This(Host::Name(LOCALHOST.to_owned()));
        let loopback = matches!(target.host, Host::Ip(address) if AddressClass::of(address) == AddressClass::Loopback);
        let way = match self.via {
            Via::Any => true,
            Via::Http => protocol == Protocol::Http || target.port == self.port.unwrap_or(80),
            Via::Https => protocol != Protocol::Http,
            Via::Socks5 => protocol == Protocol::Socks5,
        };
        way && (self.names(&target.host) || (whole_machine && loopback)) && self.port.is_none_or(|port| port == target.port)
    }
}

/// The name of this machine to itself.
pub(crate) const LOCALHOST: &str = "localhost";
/// Where it leads, whatever a resolver says.
pub(crate) const LOCALHOST_ADDRESSES: [IpAddr; 2] = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];

/// The words of lines that hand rules from one process to another.
const EFFECTS: [(&str, Effect); 3] = [("allow", Effect::Allow), ("ask", Effect::Ask), ("deny", Effect::Deny)];
const WAYS: [(&str, Via); 4] = [("any", Via::Any), ("http", Via::Http), ("https", Via::Https), ("socks5", Via::Socks5)];

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.pattern {
            Pattern::This(host) => write!(f, "{host}")?,
            Pattern::Below(end) => write!(f, "*{end}")?,
        }
        self.port.map_or(Ok(()), |port| write!(f, ":{port}"))?;
        f.write_str(match self.via {
            Via::Any => "",
            Via::Http => " (http)",
            Via::Https => " (https)",
            Via::Socks5 => " (socks5)",
        })
    }
}

/// Hosts that are reached and hosts that are not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    allow: Vec<Rule>,
    ask: Vec<Rule>,
    deny: Vec<Rule>,
}

/// What the rules say of a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ruling<'a> {
    /// Reached, by this entry, if its address may be too.
    Allowed(&'a Rule),
    /// Asked about, by this entry.
    Ask(&'a Rule),
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
        Ok(Self { allow: read(allow)?, ask: Vec::new(), deny: read(deny)? })
    }

    /// The rules as text, an entry a line, for [`from_lines`](Self::from_lines).
    pub fn to_lines(&self) -> String {
        let lists = [(Effect::Allow, &self.allow), (Effect::Ask, &self.ask), (Effect::Deny, &self.deny)];
        let lines = lists.into_iter().flat_map(|(effect, list)| list.iter().map(move |rule| (effect, rule)));
        let word = |effect| EFFECTS.iter().find(|(_, own)| *own == effect).map_or("", |(word, _)| word);
        let way = |via| WAYS.iter().find(|(_, own)| *own == via).map_or("", |(word, _)| word);
        let host = |rule: &Rule| Rule { via: Via::Any, ..rule.clone() };
        lines.map(|(effect, rule)| format!("{} {} {}\n", word(effect), way(rule.via), host(rule))).collect()
    }

    /// Reads what [`to_lines`](Self::to_lines) wrote; `None` when it is anything else.
    pub fn from_lines(text: &str) -> Option<Self> {
        let mut rules = Self::default();
        for line in text.lines() {
            let mut words = line.splitn(3, ' ');
            let (effect, via, entry) = (words.next()?, words.next()?, words.next()?);
            let (_, effect) = EFFECTS.iter().find(|(word, _)| *word == effect)?;
            let (_, via) = WAYS.iter().find(|(word, _)| *word == via)?;
            rules.add(*effect, Rule { via: *via, ..Rule::parse(entry).ok()? });
        }
        Some(rules)
    }

    /// Adds an entry. Where it comes from makes no difference: the strictest that fits decides.
    pub fn add(&mut self, effect: Effect, rule: Rule) {
        match effect {
            Effect::Allow => self.allow.push(rule),
            Effect::Ask => self.ask.push(rule),
            Effect::Deny => self.deny.push(rule),
        }
    }

    /// Judges a target by its host and port alone.
    pub fn judge(&self, target: &Target, protocol: Protocol) -> Ruling<'_> {
        if let Some(rule) = self.deny.iter().find(|rule| rule.catches(target, protocol)) {
            return Ruling::Denied(rule);
        }
        let named = || self.allow.iter().filter(|rule| rule.speaks_of(protocol) && rule.names(&target.host));
        let opened = named().find(|rule| rule.opens(target.port));
        if let Some(rule) = self.ask.iter().find(|rule| rule.catches(target, protocol)) {
            // Nobody is asked about a port that nobody named.
            let named = opened.is_some() || rule.port.is_some() || DEFAULT_PORTS.contains(&target.port);
            return if named { Ruling::Ask(rule) } else { Ruling::OtherPort(rule) };
        }
        match (opened, named().next()) {
            (Some(rule), _) => Ruling::Allowed(rule),
            (None, Some(rule)) => Ruling::OtherPort(rule),
            (None, None) => Ruling::Unknown,
        }
    }

    /// Judges an address that a target has led to. The same question for a name and for the address written out, so a
    /// name opens nothing that is not public.
    pub fn judge_address(&self, address: SocketAddr, protocol: Protocol) -> AddressRuling<'_> {
        let target = Target { host: Host::Ip(address.ip()), port: address.port() };
        let class = AddressClass::of(address.ip());
        match (self.judge(&target, protocol), class) {
            (Ruling::Denied(rule), _) => AddressRuling::Denied(rule),
            (_, AddressClass::Public) => AddressRuling::Open,
            (Ruling::Allowed(_), class) if class != AddressClass::Embedded => AddressRuling::Open,
            (Ruling::Allowed(_) | Ruling::Ask(_) | Ruling::OtherPort(_) | Ruling::Unknown, class) => AddressRuling::Closed(class),
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
        ruling_via(rules, target, Protocol::Connect)
    }

    fn ruling_via(rules: &Rules, target: &str, protocol: Protocol) -> String {
        match rules.judge(&Target::parse(target, None).unwrap(), protocol) {
            Ruling::Allowed(rule) => format!("allowed {rule}"),
            Ruling::Ask(rule) => format!("ask {rule}"),
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
        let judge = |text: &str| match rules.judge_address(text.parse().unwrap(), Protocol::Connect) {
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
    fn entries_for_one_protocol_open_that_alone_and_close_every_way_to_the_same() {
        let mut rules = Rules::default();
        let mut add = |effect, host: &str, port, via| rules.add(effect, Rule::new(host, port, via).unwrap());
        add(Effect::Allow, "plain.example", None, Via::Http);
        add(Effect::Allow, "tls.example", None, Via::Https);
        add(Effect::Allow, "ssh.example", Some(22), Via::Socks5);
        add(Effect::Allow, "both.example", None, Via::Any);
        add(Effect::Deny, "both.example", None, Via::Http);
        add(Effect::Allow, "only-plain.example", None, Via::Any);
        add(Effect::Deny, "only-plain.example", None, Via::Https);
        add(Effect::Allow, "asked.example", None, Via::Any);
        add(Effect::Ask, "asked.example", None, Via::Https);
        add(Effect::Ask, "port.example", Some(8443), Via::Any);
        let (http, connect, socks) = (Protocol::Http, Protocol::Connect, Protocol::Socks5);
        for (target, protocol, expected) in [
            ("plain.example:80", http, "allowed plain.example (http)"),
            ("plain.example:443", http, "port plain.example (http)"),
            ("plain.example:80", connect, "unknown"),
            ("tls.example:443", connect, "allowed tls.example (https)"),
            ("tls.example:80", connect, "port tls.example (https)"),
            ("tls.example:443", socks, "unknown"),
            ("ssh.example:22", socks, "allowed ssh.example:22 (socks5)"),
            ("ssh.example:22", connect, "unknown"),
            ("both.example:443", connect, "allowed both.example"),
            ("both.example:80", http, "denied both.example (http)"),
            ("both.example:8080", http, "denied both.example (http)"),
            ("both.example:80", connect, "denied both.example (http)"),
            ("both.example:80", socks, "denied both.example (http)"),
            ("only-plain.example:80", http, "allowed only-plain.example"),
            ("only-plain.example:443", connect, "denied only-plain.example (https)"),
            ("only-plain.example:443", socks, "denied only-plain.example (https)"),
            ("asked.example:443", connect, "ask asked.example (https)"),
            ("asked.example:80", http, "allowed asked.example"),
            ("asked.example:22", connect, "port asked.example (https)"),
            ("port.example:8443", connect, "ask port.example:8443"),
            ("port.example:443", connect, "unknown"),
        ] {
            assert_eq!(ruling_via(&rules, target, protocol), expected, "{target} {protocol:?}");
        }
        assert!(Rule::new("*.example", None, Via::Any).is_err() && Rule::new("a.example", Some(0), Via::Any).is_err());
    }

    #[test]
    fn lines_that_are_no_rules_are_no_rules() {
        for line in
            ["allow", "allow any", "permit any a.org", "deny every a.org", "allow any *", "deny any a.org b.org", " allow any a.org"]
        {
            assert_eq!(Rules::from_lines(line), None, "{line}");
        }
        assert_eq!(Rules::from_lines(""), Some(Rules::default()));
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
            prop_assert_eq!(matches!(rules.judge(&target, Protocol::Socks5), Ruling::Denied(_)), denied);
            prop_assert_eq!(matches!(rules.judge(&target, Protocol::Socks5), Ruling::Allowed(_)), allowed && !denied);
        }

        #[test]
        fn no_list_of_names_opens_an_address_that_is_not_public(
            allow in proptest::collection::vec(entry(), 0..4), bits: u32, port in 1u16..,
        ) {
            let address = SocketAddr::new(Ipv4Addr::from(bits).into(), port);
            let rules = Rules::new(&allow, &[]).unwrap();
            prop_assert_eq!(rules.judge_address(address, Protocol::Http) == AddressRuling::Open, AddressClass::of(address.ip()) == AddressClass::Public);
        }

        #[test]
        fn rules_read_back_from_lines(
            allow in proptest::collection::vec(entry(), 0..3), deny in proptest::collection::vec(entry(), 0..3), host in name(),
        ) {
            let mut rules = Rules::new(&allow, &deny).unwrap();
            for via in [Via::Http, Via::Https, Via::Socks5] {
                rules.add(Effect::Ask, Rule::new(&host, Some(81), via).unwrap());
                rules.add(Effect::Deny, Rule::new("2606:4700::1", None, via).unwrap());
            }
            prop_assert_eq!(Rules::from_lines(&rules.to_lines()), Some(rules));
        }

        #[test]
        fn reading_any_text_as_an_entry_ends_well(text in "\\PC{0,60}") {
            if let Ok(rule) = Rule::parse(&text) {
                prop_assert_eq!(Rule::parse(&rule.to_string()), Ok(rule));
            }
        }
    }
}
