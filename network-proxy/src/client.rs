//! The variables by which programs find a proxy.

/// Variables for a command whose only way out is a proxy on its own loopback: both spellings, since programs read one or the
/// other, and no exceptions.
///
/// `socks5h`, because names are looked up by the proxy: the command has no resolver to ask.
pub fn client_environment(http_port: u16, socks_port: u16) -> Vec<(&'static str, String)> {
    let http = format!("http://127.0.0.1:{http_port}");
    let socks = format!("socks5h://127.0.0.1:{socks_port}");
    vec![
        ("HTTP_PROXY", http.clone()),
        ("HTTPS_PROXY", http.clone()),
        ("ALL_PROXY", socks.clone()),
        ("NO_PROXY", String::new()),
        ("http_proxy", http.clone()),
        ("https_proxy", http),
        ("all_proxy", socks),
        ("no_proxy", String::new()),
    ]
}
