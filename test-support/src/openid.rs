//! An OpenID provider on a loopback port: browser and device sign-in, renewal with rotation, revocation.
//!
//! As strict as a real one where a client can err (PKCE, redirect address, codes and refresh tokens that count once), and as
//! bad as a real one can be where a test says so ([`Fault`]). Signatures are left out: tokens say `"alg": "none"`.

use std::collections::BTreeMap;
use std::io::{self, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use url::{Url, form_urlencoded};

use crate::http;
use crate::request::Request;

/// The client id that the provider knows.
pub const CLIENT_ID: &str = "test-client";

/// What the token address does wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Fault {
    /// Nothing.
    #[default]
    None,
    /// It answers with this status and an error page.
    Status(u16),
    /// It refuses with this code of the standard, and quotes what it was sent.
    Refuse(&'static str),
    /// It answers with what is no JSON.
    Garbage,
    /// It answers with more than anybody wants to read.
    Endless,
    /// It takes the request and answers when [`OpenIdProvider::let_go`] is called.
    Hold,
    /// It closes the connection without an answer.
    HangUp,
    /// The claim of the id token has this value instead.
    Claim(&'static str, Value),
    /// It redirects to another address.
    Redirect(String),
}

/// A running provider. Stops when it is dropped.
pub struct OpenIdProvider {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    address: SocketAddr,
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    fault: Fault,
    published: BTreeMap<&'static str, Value>,
    /// Seconds that access tokens hold.
    lifetime: i64,
    subject: String,
    account: String,
    codes: BTreeMap<String, Code>,
    devices: BTreeMap<String, Device>,
    /// Refresh tokens that still count.
    refresh_tokens: Vec<String>,
    issued: usize,
    requests: Vec<Request>,
    /// Paths of the requests whose answer is settled.
    answered: Vec<String>,
    released: usize,
    stopped: bool,
}

struct Code {
    challenge: String,
    redirect: String,
    nonce: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Pending,
    SlowDown,
    Approved,
    Denied,
    Expired,
}

struct Device {
    user_code: String,
    verdict: Verdict,
}

/// What a browser saw at the end of its way.
#[derive(Clone, Debug)]
pub struct Visit {
    /// Such as 200.
    pub status: u16,
    /// Head and body.
    pub text: String,
}

impl OpenIdProvider {
    /// Starts a provider that does everything right.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a loopback port is free");
        let address = listener.local_addr().expect("a bound socket has an address");
        let state = State {
            fault: Fault::None,
            published: BTreeMap::new(),
            lifetime: 3600,
            subject: "person-1".to_owned(),
            account: "workspace-1".to_owned(),
            codes: BTreeMap::new(),
            devices: BTreeMap::new(),
            refresh_tokens: Vec::new(),
            issued: 0,
            requests: Vec::new(),
            answered: Vec::new(),
            released: 0,
            stopped: false,
        };
        let shared = Arc::new(Shared { address, state: Mutex::new(state), changed: Condvar::new() });
        let accepting = Arc::clone(&shared);
        thread::spawn(move || accept(&listener, &accepting));
        Self { address, shared }
    }

    /// The issuer.
    pub fn issuer(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The lines of `config.toml` that name it. Any free port takes the browser's answer.
    pub fn config(&self) -> String {
        format!("[login]\nissuer = \"{}\"\nclient_id = \"{CLIENT_ID}\"\ncallback_port = 0\n", self.issuer())
    }

    /// Makes the token address do something wrong from now on.
    pub fn set_fault(&self, fault: Fault) {
        self.shared.state().fault = fault;
    }

    /// Publishes another value in the discovery document; `Null` leaves the key out.
    pub fn publish(&self, key: &'static str, value: Value) {
        self.shared.state().published.insert(key, value);
    }

    /// Sets how many seconds the next access tokens hold.
    pub fn set_lifetime(&self, seconds: i64) {
        self.shared.state().lifetime = seconds;
    }

    /// Sets the workspace of the next sign-ins.
    pub fn set_account(&self, account: &str) {
        account.clone_into(&mut self.shared.state().account);
    }

    /// Makes every refresh token worthless.
    pub fn revoke_all(&self) {
        self.shared.state().refresh_tokens.clear();
    }

    /// The refresh tokens that still count.
    pub fn refresh_tokens(&self) -> Vec<String> {
        self.shared.state().refresh_tokens.clone()
    }

    /// Lets one answer go that [`Fault::Hold`] keeps back, now or later.
    pub fn let_go(&self) {
        self.shared.state().released += 1;
        self.shared.changed.notify_all();
    }

    /// Every request so far.
    pub fn requests(&self) -> Vec<Request> {
        self.shared.state().requests.clone()
    }

    /// The forms that were sent to a path.
    pub fn forms(&self, path: &str) -> Vec<BTreeMap<String, String>> {
        self.requests().iter().filter(|request| request.path == path).map(|request| form(&request.raw)).collect()
    }

    /// Waits until so many forms were sent to a path.
    ///
    /// # Panics
    /// When they did not come within ten seconds.
    pub fn wait_for_forms(&self, path: &str, count: usize) {
        self.wait(path, count, |state| state.requests.iter().filter(|request| request.path == path).count());
    }

    /// Waits until the answers to so many forms of a path are settled: what is decided from then on is for the next ones.
    ///
    /// # Panics
    /// When they were not within ten seconds.
    pub fn wait_for_answers(&self, path: &str, count: usize) {
        self.wait(path, count, |state| state.answered.iter().filter(|answered| *answered == path).count());
    }

    fn wait(&self, path: &str, count: usize, seen: impl Fn(&State) -> usize) {
        let deadline = Instant::now() + Duration::from_secs(10);
        let mut state = self.shared.state();
        while seen(&state) < count {
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "{} of {count} forms of {path} within ten seconds", seen(&state));
            state = self.shared.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Lets the person with that code sign in.
    pub fn approve(&self, user_code: &str) {
        self.decide(user_code, Verdict::Approved);
    }

    /// Lets the person with that code say no.
    pub fn deny(&self, user_code: &str) {
        self.decide(user_code, Verdict::Denied);
    }

    /// Lets that code run out.
    pub fn expire(&self, user_code: &str) {
        self.decide(user_code, Verdict::Expired);
    }

    /// Answers the next question for that code with `slow_down`.
    pub fn slow_down(&self, user_code: &str) {
        self.decide(user_code, Verdict::SlowDown);
    }

    fn decide(&self, user_code: &str, verdict: Verdict) {
        let mut state = self.shared.state();
        let device = state.devices.values_mut().find(|device| device.user_code == user_code);
        device.expect("the code was given out").verdict = verdict;
    }

    /// Does what a browser does with the address of a sign-in: asks the provider, follows it back.
    ///
    /// # Panics
    /// When the provider finds fault with the address.
    pub fn browse(&self, url: &str) -> Visit {
        let back = self.sent_back_to(url);
        visit(&back)
    }

    /// Where the provider sends a browser that was sent to it.
    ///
    /// # Panics
    /// When the provider finds fault with the address.
    pub fn sent_back_to(&self, url: &str) -> String {
        let answer = visit(url);
        assert_eq!(answer.status, 302, "{}", answer.text);
        let location = answer.text.lines().find_map(|line| line.strip_prefix("location: "));
        location.expect("a redirect says where to").to_owned()
    }
}

/// Asks for an address as a browser would and shows the answer.
///
/// # Panics
/// When nobody answers.
pub fn visit(url: &str) -> Visit {
    visit_with(url, "GET", &[])
}

/// The same with another method, and with headers that replace those of the same name.
///
/// # Panics
/// When nobody answers.
pub fn visit_with(url: &str, method: &str, headers: &[(&str, &str)]) -> Visit {
    let url = Url::parse(url).expect("an address");
    let port = url.port_or_known_default().expect("a port");
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("somebody listens");
    let target = url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
    let host = format!("{}:{port}", url.host_str().expect("a host"));
    let mut head = format!("{method} {target} HTTP/1.1\r\n");
    if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
        head.push_str(&format!("Host: {host}\r\n"));
    }
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("Connection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).expect("the request can be sent");
    let mut text = Vec::new();
    // A server that closes early has said what it wanted to.
    let _ = stream.read_to_end(&mut text);
    let text = String::from_utf8_lossy(&text).replace("\r\n", "\n");
    let status = text.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default();
    Visit { status, text }
}

impl Drop for OpenIdProvider {
    fn drop(&mut self) {
        self.shared.state().stopped = true;
        self.shared.changed.notify_all();
        // Wakes the thread that accepts.
        let _ = TcpStream::connect(self.address);
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn issuer(&self) -> String {
        format!("http://{}", self.address)
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    for connection in listener.incoming() {
        let Ok(connection) = connection else { continue };
        if shared.state().stopped {
            return;
        }
        let shared = Arc::clone(shared);
        thread::spawn(move || {
            let _ = serve(&connection, &shared);
            let _ = connection.shutdown(Shutdown::Both);
        });
    }
}

fn serve(connection: &TcpStream, shared: &Shared) -> io::Result<()> {
    let mut reader = BufReader::new(connection.try_clone()?);
    while let Some(request) = http::read_request(&mut reader, 0)? {
        shared.state().requests.push(request.clone());
        shared.changed.notify_all();
        let answer = answer(shared, &request);
        shared.state().answered.push(request.path.clone());
        shared.changed.notify_all();
        let Some(answer) = answer else { return Ok(()) };
        let mut to = connection;
        let length = format!("content-length: {}\r\n", answer.body.len());
        http::write_head(&mut to, answer.status, &answer.headers, &length)?;
        to.write_all(&answer.body)?;
        if request.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close")) {
            return Ok(());
        }
    }
    Ok(())
}

struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Answer {
    fn json(status: u16, body: &Value) -> Self {
        let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        Self { status, headers, body: body.to_string().into_bytes() }
    }

    fn text(status: u16, text: &str) -> Self {
        Self { status, headers: vec![("content-type".to_owned(), "text/html".to_owned())], body: text.as_bytes().to_vec() }
    }

    fn refusal(code: &str) -> Self {
        Self::json(400, &json!({ "error": code }))
    }

    fn redirect(to: &str) -> Self {
        Self { status: 302, headers: vec![("location".to_owned(), to.to_owned())], body: Vec::new() }
    }
}

fn answer(shared: &Shared, request: &Request) -> Option<Answer> {
    let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
    let fault = shared.state().fault.clone();
    match (request.method.as_str(), path) {
        ("GET", "/.well-known/openid-configuration") => Some(Answer::json(200, &published(shared))),
        ("GET", "/authorize") => Some(authorize(shared, &form(query.as_bytes()))),
        ("POST", "/device") => Some(device(shared, &form(&request.raw))),
        ("POST", "/token") => match fault {
            Fault::Status(status) => Some(Answer::text(status, "<html>ill</html>")),
            Fault::Refuse(code) => {
                let quoted = String::from_utf8_lossy(&request.raw).into_owned();
                Some(Answer::json(400, &json!({ "error": code, "error_description": quoted })))
            }
            Fault::Garbage => Some(Answer::text(200, "\u{1b}[2J<html>not what you asked for</html>")),
            Fault::Endless => Some(Answer::text(200, &"x".repeat(4 * 1024 * 1024))),
            Fault::HangUp => None,
            Fault::Redirect(to) => Some(Answer::redirect(&to)),
            Fault::Hold => {
                hold(shared);
                Some(token(shared, &form(&request.raw), None))
            }
            Fault::Claim(name, value) => Some(token(shared, &form(&request.raw), Some((name, value)))),
            Fault::None => Some(token(shared, &form(&request.raw), None)),
        },
        ("POST", "/revoke") => Some(revoke(shared, &form(&request.raw))),
        _ => Some(Answer::text(404, "nothing")),
    }
}

fn hold(shared: &Shared) {
    let mut state = shared.state();
    while state.released == 0 && !state.stopped {
        state = shared.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
    }
    state.released = state.released.saturating_sub(1);
}

fn form(bytes: &[u8]) -> BTreeMap<String, String> {
    form_urlencoded::parse(bytes).into_owned().collect()
}

fn published(shared: &Shared) -> Value {
    let issuer = shared.issuer();
    let mut document = json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "device_authorization_endpoint": format!("{issuer}/device"),
        "revocation_endpoint": format!("{issuer}/revoke"),
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": true,
    });
    for (key, value) in &shared.state().published {
        if value.is_null() {
            document.as_object_mut().expect("an object").remove(*key);
        } else {
            document[*key] = value.clone();
        }
    }
    document
}

fn authorize(shared: &Shared, query: &BTreeMap<String, String>) -> Answer {
    let get = |key: &str| query.get(key).map(String::as_str).unwrap_or_default();
    let redirect = get("redirect_uri");
    let fault = [
        (get("response_type") != "code", "response_type"),
        (get("client_id") != CLIENT_ID, "client_id"),
        (!redirect.starts_with("http://localhost:") || !redirect.ends_with("/auth/callback"), "redirect_uri"),
        (get("code_challenge_method") != "S256", "code_challenge_method"),
        (get("code_challenge").len() != 43, "code_challenge"),
        (get("state").len() < 32, "state"),
        (!get("scope").split(' ').any(|scope| scope == "openid"), "scope"),
    ];
    if let Some((_, what)) = fault.iter().find(|(wrong, _)| *wrong) {
        return Answer::text(400, &format!("wrong: {what}"));
    }
    let mut state = shared.state();
    let code = format!("code-secret-{}", state.codes.len() + 1);
    let kept = Code { challenge: get("code_challenge").to_owned(), redirect: redirect.to_owned(), nonce: query.get("nonce").cloned() };
    state.codes.insert(code.clone(), kept);
    let mut back = Url::parse(redirect).expect("checked above");
    back.query_pairs_mut().append_pair("code", &code).append_pair("state", get("state")).append_pair("iss", &shared.issuer());
    Answer::redirect(back.as_str())
}

fn device(shared: &Shared, form: &BTreeMap<String, String>) -> Answer {
    if form.get("client_id").map(String::as_str) != Some(CLIENT_ID) {
        return Answer::refusal("invalid_client");
    }
    let mut state = shared.state();
    let number = state.devices.len() + 1;
    let (device_code, user_code) = (format!("device-secret-{number}"), format!("WDJB-MJH{number}"));
    state.devices.insert(device_code.clone(), Device { user_code: user_code.clone(), verdict: Verdict::Pending });
    let page = format!("{}/activate", shared.issuer());
    let whole = format!("{page}?user_code={user_code}");
    let told = json!({
        "device_code": device_code, "user_code": user_code, "verification_uri": page,
        "verification_uri_complete": whole, "expires_in": 600, "interval": 1,
    });
    Answer::json(200, &told)
}

fn token(shared: &Shared, form: &BTreeMap<String, String>, claim: Option<(&'static str, Value)>) -> Answer {
    let get = |key: &str| form.get(key).map(String::as_str).unwrap_or_default();
    if get("client_id") != CLIENT_ID {
        return Answer::refusal("invalid_client");
    }
    let mut state = shared.state();
    match get("grant_type") {
        "authorization_code" => {
            // A code counts once, whatever comes of it.
            let Some(code) = state.codes.remove(get("code")) else { return Answer::refusal("invalid_grant") };
            let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(get("code_verifier").as_bytes()));
            if challenge != code.challenge || get("redirect_uri") != code.redirect {
                return Answer::refusal("invalid_grant");
            }
            issue(shared, &mut state, code.nonce, claim)
        }
        "urn:ietf:params:oauth:grant-type:device_code" => {
            let Some(device) = state.devices.get_mut(get("device_code")) else { return Answer::refusal("invalid_grant") };
            match device.verdict {
                Verdict::Pending => Answer::refusal("authorization_pending"),
                Verdict::SlowDown => {
                    device.verdict = Verdict::Approved;
                    Answer::refusal("slow_down")
                }
                Verdict::Denied => Answer::refusal("access_denied"),
                Verdict::Expired => Answer::refusal("expired_token"),
                Verdict::Approved => {
                    state.devices.remove(get("device_code"));
                    issue(shared, &mut state, None, claim)
                }
            }
        }
        "refresh_token" => {
            let Some(at) = state.refresh_tokens.iter().position(|token| token == get("refresh_token")) else {
                // A token that is used twice was stolen: nobody may go on with what came of it.
                state.refresh_tokens.clear();
                return Answer::refusal("invalid_grant");
            };
            state.refresh_tokens.remove(at);
            issue(shared, &mut state, None, claim)
        }
        _ => Answer::refusal("unsupported_grant_type"),
    }
}

fn issue(shared: &Shared, state: &mut State, nonce: Option<String>, claim: Option<(&'static str, Value)>) -> Answer {
    state.issued += 1;
    let number = state.issued;
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let mut claims = json!({
        "iss": shared.issuer(), "aud": [CLIENT_ID], "sub": state.subject, "exp": now + 3600, "email": "person@example.org",
        "https://api.openai.com/auth": {"chatgpt_plan_type": "pro", "chatgpt_account_id": state.account},
    });
    if let Some(nonce) = nonce {
        claims["nonce"] = json!(nonce);
    }
    if let Some((name, value)) = claim {
        claims[name] = value;
    }
    let id_token = format!("{}.{}.", URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#), URL_SAFE_NO_PAD.encode(claims.to_string()));
    let refresh_token = format!("refresh-secret-{number}");
    state.refresh_tokens.push(refresh_token.clone());
    let told = json!({
        "token_type": "Bearer", "access_token": format!("access-secret-{number}"), "refresh_token": refresh_token,
        "id_token": id_token, "expires_in": state.lifetime,
    });
    Answer::json(200, &told)
}

fn revoke(shared: &Shared, form: &BTreeMap<String, String>) -> Answer {
    let mut state = shared.state();
    if let Fault::Status(status) = state.fault {
        return Answer::text(status, "<html>ill</html>");
    }
    let token = form.get("token").cloned().unwrap_or_default();
    state.refresh_tokens.retain(|kept| *kept != token);
    Answer::text(200, "")
}
