//! Puts together what the settings and the rule files say about hosts.

use codex_execpolicy::{Decision, NetworkProtocol, NetworkRule};
use codex_network_proxy::{Effect, Rule, RuleError, Rules, Via};
use codex_protocol::NetworkRules;

/// The rules of `network_access = { allow, deny }` and of `network_rule` in rule files. The strictest that fits decides.
///
/// # Errors
/// An entry of the settings that names no host.
pub fn network_rules(settings: &NetworkRules, files: &[NetworkRule]) -> Result<Rules, RuleError> {
    let mut rules = Rules::new(&settings.allow, &settings.deny)?;
    add_rules_of_files(&mut rules, files);
    Ok(rules)
}

pub(super) fn add_rules_of_files(rules: &mut Rules, files: &[NetworkRule]) {
    for rule in files {
        let via = match rule.protocol {
            NetworkProtocol::Http => Via::Http,
            NetworkProtocol::Https => Via::Https,
            NetworkProtocol::Socks5Tcp => Via::Socks5,
            // Datagrams are carried for nobody.
            NetworkProtocol::Socks5Udp => continue,
        };
        let effect = match rule.decision {
            Decision::Allow => Effect::Allow,
            Decision::Prompt => Effect::Ask,
            Decision::Forbidden => Effect::Deny,
        };
        match Rule::new(&rule.host, rule.port, via) {
            Ok(own) => rules.add(effect, own),
            // What cannot be said here cannot be reached either: the proxy reads hosts with the same eyes.
            Err(error) => tracing::warn!(%error, line = rule.origin.line, "a network rule has no effect"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use codex_execpolicy::{Policy, Scope};
    use codex_network_proxy::{Protocol, Ruling, Target};
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn rule_files_and_settings_are_judged_together() {
        let text = "network_rule(host=\"api.example\", protocol=\"https\", decision=\"allow\")\n\
                    network_rule(host=\"docs.example\", protocol=\"http\", decision=\"deny\")\n\
                    network_rule(host=\"pkg.example:8443\", protocol=\"https\", decision=\"prompt\")\n\
                    network_rule(host=\"time.example\", protocol=\"socks5_udp\", decision=\"allow\")\n";
        let mut policy = Policy::default();
        policy.add_source(Path::new("x.rules"), Scope::User, text).unwrap();
        let settings = NetworkRules { allow: vec!["docs.example".into()], deny: vec!["api.example:8080".into()] };
        let rules = network_rules(&settings, policy.network_rules()).unwrap();
        let judge = |target: &str, protocol| match rules.judge(&Target::parse(target, None).unwrap(), protocol) {
            Ruling::Allowed(_) => "allowed",
            Ruling::Ask(_) => "ask",
            Ruling::Denied(_) => "denied",
            Ruling::OtherPort(_) => "port",
            Ruling::Unknown => "unknown",
        };
        for (target, protocol, expected) in [
            ("api.example:443", Protocol::Connect, "allowed"),
            ("api.example:8080", Protocol::Connect, "denied"),
            ("docs.example:443", Protocol::Connect, "allowed"),
            ("docs.example:80", Protocol::Http, "denied"),
            ("docs.example:80", Protocol::Socks5, "denied"),
            ("pkg.example:8443", Protocol::Connect, "ask"),
            ("time.example:443", Protocol::Socks5, "unknown"),
        ] {
            assert_eq!(judge(target, protocol), expected, "{target}");
        }
        let bad = NetworkRules { allow: vec!["*".into()], deny: Vec::new() };
        assert!(network_rules(&bad, &[]).is_err());
    }
}
