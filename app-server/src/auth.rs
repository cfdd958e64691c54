//! Who may connect over a socket that others can reach: a token all share, or a signed one that says for how long.

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::error::ServeError;

/// Bytes of a secret that signs tokens, at least.
const SHORTEST_SECRET: usize = 32;
/// Block length of SHA-256.
const BLOCK: usize = 64;

/// `--ws-auth` and what belongs to it, as the command line has it.
#[derive(Clone, Debug, Default)]
pub struct AuthFlags {
    /// The way clients show who they are.
    pub mode: Option<AuthMode>,
    /// File with the token of [`AuthMode::CapabilityToken`].
    pub token_file: Option<PathBuf>,
    /// File with the secret of [`AuthMode::SignedBearerToken`].
    pub shared_secret_file: Option<PathBuf>,
    /// Who has to have issued a signed token.
    pub issuer: Option<String>,
    /// Whom a signed token has to be for.
    pub audience: Option<String>,
    /// Seconds that clocks may differ.
    pub max_clock_skew_seconds: Option<u64>,
}

/// The way clients show who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthMode {
    /// One token that whoever may connect has.
    CapabilityToken,
    /// A JSON web token signed with HMAC-SHA-256.
    SignedBearerToken,
}

/// What a bearer token has to be.
#[derive(Clone)]
pub(crate) enum Auth {
    Token(Vec<u8>),
    Signed { secret: Vec<u8>, issuer: Option<String>, audience: Option<String>, skew: u64 },
}

impl AuthFlags {
    /// Reads what the flags name. `None` where nothing is asked of clients.
    pub(crate) fn read(&self) -> Result<Option<Auth>, ServeError> {
        let flags = |text: &str| Err(ServeError::Flags(text.to_owned()));
        let Some(mode) = self.mode else {
            let stray = self.token_file.is_some() || self.shared_secret_file.is_some() || self.issuer.is_some() || self.audience.is_some();
            if stray || self.max_clock_skew_seconds.is_some() {
                return flags("websocket auth flags require `--ws-auth capability-token` or `--ws-auth signed-bearer-token`");
            }
            return Ok(None);
        };
        match mode {
            AuthMode::CapabilityToken => {
                let Some(file) = &self.token_file else {
                    return flags("`--ws-token-file` is required when `--ws-auth capability-token` is set");
                };
                let token = secret(file)?;
                if token.is_empty() {
                    return Err(ServeError::Flags(format!("websocket auth token {} is empty", file.display())));
                }
                Ok(Some(Auth::Token(token)))
            }
            AuthMode::SignedBearerToken => {
                let Some(file) = &self.shared_secret_file else {
                    return flags("`--ws-shared-secret-file` is required when `--ws-auth signed-bearer-token` is set");
                };
                let secret = secret(file)?;
                if secret.len() < SHORTEST_SECRET {
                    let text = format!("signed websocket bearer secret {} must be at least {SHORTEST_SECRET} bytes", file.display());
                    return Err(ServeError::Flags(text));
                }
                let skew = self.max_clock_skew_seconds.unwrap_or(0);
                Ok(Some(Auth::Signed { secret, issuer: self.issuer.clone(), audience: self.audience.clone(), skew }))
            }
        }
    }
}

fn secret(file: &Path) -> Result<Vec<u8>, ServeError> {
    let unreadable = |error| ServeError::Flags(format!("failed to read websocket auth secret {}: {error}", file.display()));
    Ok(std::fs::read(file).map_err(unreadable)?.trim_ascii().to_vec())
}

impl Auth {
    /// Checks the `Authorization` header of a client; the refusal is what it is told.
    pub(crate) fn check(&self, header: Option<&str>) -> Result<(), &'static str> {
        let header = header.ok_or("missing websocket bearer token")?;
        let (scheme, token) = header.trim().split_once(' ').ok_or("invalid authorization header")?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err("invalid authorization header");
        }
        let token = token.trim();
        match self {
            Self::Token(expected) if same(token.as_bytes(), expected) => Ok(()),
            Self::Token(_) => Err("invalid websocket bearer token"),
            Self::Signed { secret, issuer, audience, skew } => {
                let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
                let claims = claims(token, secret).ok_or("invalid websocket jwt")?;
                in_time(&claims, now, *skew)?;
                meant(&claims, issuer.as_deref(), audience.as_deref())
            }
        }
    }
}

/// Compares without telling by its time where the first difference is.
fn same(one: &[u8], other: &[u8]) -> bool {
    let (one, other) = (Sha256::digest(one), Sha256::digest(other));
    one.iter().zip(other.iter()).fold(0, |differences, (a, b)| differences | (a ^ b)) == 0
}

/// The claims of a token whose signature holds. Any other algorithm than HS256 is no signature.
fn claims(token: &str, secret: &[u8]) -> Option<Value> {
    let (signed, signature) = token.rsplit_once('.')?;
    let (header, claims) = signed.split_once('.')?;
    let json = |part: &str| serde_json::from_slice::<Value>(&URL_SAFE_NO_PAD.decode(part).ok()?).ok();
    if json(header)?.get("alg")? != "HS256" || !same(&URL_SAFE_NO_PAD.decode(signature).ok()?, &hmac(secret, signed.as_bytes())) {
        return None;
    }
    let claims = json(claims)?;
    claims.get("exp")?.as_f64()?;
    Some(claims)
}

#[expect(clippy::cast_precision_loss, reason = "seconds of this century are exact")]
fn in_time(claims: &Value, now: u64, skew: u64) -> Result<(), &'static str> {
    let time = |name: &str| claims.get(name).and_then(Value::as_f64);
    if time("exp").is_none_or(|end| now as f64 > end + skew as f64) {
        return Err("expired websocket jwt");
    }
    if time("nbf").is_some_and(|begin| (now as f64) + (skew as f64) < begin) {
        return Err("websocket jwt is not valid yet");
    }
    Ok(())
}

fn meant(claims: &Value, issuer: Option<&str>, audience: Option<&str>) -> Result<(), &'static str> {
    if issuer.is_some_and(|issuer| claims.get("iss").and_then(Value::as_str) != Some(issuer)) {
        return Err("websocket jwt issuer mismatch");
    }
    let for_us = |audience: &str| match claims.get("aud") {
        Some(Value::String(one)) => one == audience,
        Some(Value::Array(all)) => all.iter().any(|one| one == audience),
        _ => false,
    };
    if audience.is_some_and(|audience| !for_us(audience)) {
        return Err("websocket jwt audience mismatch");
    }
    Ok(())
}

/// HMAC with SHA-256 (RFC 2104).
fn hmac(key: &[u8], message: &[u8]) -> Vec<u8> {
    let mut block = [0u8; BLOCK];
    if key.len() > BLOCK {
        block[..32].copy_from_slice(&Sha256::digest(key));
    } else {
        block[..key.len()].copy_from_slice(key);
    }
    let with = |pad: u8| block.map(|byte| byte ^ pad);
    let inner = Sha256::new().chain_update(with(0x36)).chain_update(message).finalize();
    Sha256::new().chain_update(with(0x5c)).chain_update(inner).finalize().to_vec()
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use serde_json::json;

    use super::*;

    const SECRET: &[u8] = b"0123456789abcdef0123456789abcdef";

    fn token(header: &Value, claims: &Value, secret: &[u8]) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(header), part(claims));
        let signature = URL_SAFE_NO_PAD.encode(hmac(secret, signed.as_bytes()));
        format!("{signed}.{signature}")
    }

    #[test]
    fn the_hash_is_that_of_the_standard() {
        // RFC 4231, test case 2.
        let hex: String = hmac(b"Jefe", b"what do ya want for nothing?").iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }

    #[test]
    fn each_fault_of_a_signed_token_has_its_answer() {
        let auth = Auth::Signed { secret: SECRET.to_vec(), issuer: Some("me".to_owned()), audience: Some("you".to_owned()), skew: 5 };
        let hs256 = json!({"alg": "HS256"});
        let good = json!({"exp": 9_999_999_999u64, "iss": "me", "aud": ["x", "you"]});
        let with = |name: &str, value: Value| {
            let mut claims = good.clone();
            claims[name] = value;
            token(&hs256, &claims, SECRET)
        };
        for (token, expected) in [
            (token(&hs256, &good, SECRET), Ok(())),
            (token(&hs256, &good, b"another secret, long enough, too"), Err("invalid websocket jwt")),
            (token(&json!({"alg": "none"}), &good, SECRET), Err("invalid websocket jwt")),
            (token(&hs256, &json!({"iss": "me", "aud": "you"}), SECRET), Err("invalid websocket jwt")),
            ("garbage".to_owned(), Err("invalid websocket jwt")),
            (with("exp", json!(1)), Err("expired websocket jwt")),
            (with("nbf", json!(9_999_999_998u64)), Err("websocket jwt is not valid yet")),
            (with("iss", json!("him")), Err("websocket jwt issuer mismatch")),
            (with("aud", json!("him")), Err("websocket jwt audience mismatch")),
        ] {
            assert_eq!(auth.check(Some(&format!("Bearer {token}"))), expected);
        }
        assert_eq!(auth.check(None), Err("missing websocket bearer token"));
        assert_eq!(auth.check(Some("Basic x")), Err("invalid authorization header"));
    }

    #[test]
    fn a_shared_token_is_compared_whole_and_the_scheme_in_any_case() {
        let auth = Auth::Token(b"secret".to_vec());
        assert_eq!(auth.check(Some("bEARER secret")), Ok(()));
        assert_eq!(auth.check(Some("Bearer secre")), Err("invalid websocket bearer token"));
    }
}
