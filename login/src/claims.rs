//! What an id token says of a person.
//!
//! Read, never trusted for access: the token came over TLS from the issuer itself, and what is read decides about texts,
//! one header, and whether the answer belongs to the question. Signatures are therefore not checked.

use base64::Engine as _;
use base64::engine::general_purpose::GeneralPurposeConfig;
use base64::engine::{DecodePaddingMode, GeneralPurpose};
use serde_json::{Map, Value};

/// The longest token that is looked into.
const LONGEST: usize = 64 * 1024;
/// Where the issuer of ChatGPT accounts says which plan and workspace an account has.
const ACCOUNT: &str = "https://api.openai.com/auth";
/// Where it says the address, in tokens that have none at the top.
const PROFILE: &str = "https://api.openai.com/profile";

/// With or without padding, and without fuss about unused bits.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::URL_SAFE,
    GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true).with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The claims of a token that count here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Claims {
    /// Who issued it.
    pub issuer: Option<String>,
    /// For whom it was issued.
    pub audience: Vec<String>,
    /// The person, in the issuer's words.
    pub subject: Option<String>,
    /// The person's address.
    pub email: Option<String>,
    /// The plan of the account, such as `pro`.
    pub plan: Option<String>,
    /// The workspace of the account.
    pub account_id: Option<String>,
    /// When the token ends, in seconds since 1970.
    pub expires_at: Option<i64>,
    /// What the question said and the answer has to repeat.
    pub(crate) nonce: Option<String>,
}

impl Claims {
    /// Reads a token of three parts; `None` when it is no such token.
    pub fn of(token: &str) -> Option<Self> {
        if token.len() > LONGEST {
            return None;
        }
        let mut parts = token.trim().split('.');
        let (_, payload, _, None) = (parts.next()?, parts.next()?, parts.next()?, parts.next()) else { return None };
        let Value::Object(claims) = serde_json::from_slice(&LENIENT.decode(payload).ok()?).ok()? else { return None };
        let account = claims.get(ACCOUNT).and_then(Value::as_object);
        let profile = claims.get(PROFILE).and_then(Value::as_object);
        Some(Self {
            issuer: text(&claims, "iss"),
            audience: audience(claims.get("aud")),
            subject: text(&claims, "sub"),
            email: text(&claims, "email").or_else(|| text(profile?, "email")),
            plan: account.and_then(|account| text(account, "chatgpt_plan_type")),
            account_id: account.and_then(|account| text(account, "chatgpt_account_id")),
            expires_at: claims.get("exp").and_then(seconds),
            nonce: text(&claims, "nonce"),
        })
    }
}

fn text(object: &Map<String, Value>, key: &str) -> Option<String> {
    object.get(key)?.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

fn audience(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::String(one)) => vec![one.clone()],
        Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

fn seconds(value: &Value) -> Option<i64> {
    // Some issuers write a fraction.
    value.as_i64().or_else(|| value.as_f64().map(|seconds| seconds as i64))
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::{URL_SAFE, URL_SAFE_NO_PAD};
    use pretty_assertions::assert_eq;
    use serde_json::json;

    use super::*;

    fn token(claims: &Value) -> String {
        format!("e30.{}.sig", URL_SAFE_NO_PAD.encode(claims.to_string()))
    }

    #[test]
    fn claims_are_read_where_the_issuers_put_them() {
        let told = json!({
            "iss": "https://issuer.example", "aud": ["a", "b"], "sub": "s", "exp": 1700000000.5, "nonce": "n",
            PROFILE: {"email": "p@example.org"},
            ACCOUNT: {"chatgpt_plan_type": "pro", "chatgpt_account_id": "acc"},
        });
        let read = Claims::of(&token(&told)).unwrap();
        let wanted = Claims {
            issuer: Some("https://issuer.example".into()),
            audience: vec!["a".into(), "b".into()],
            subject: Some("s".into()),
            email: Some("p@example.org".into()),
            plan: Some("pro".into()),
            account_id: Some("acc".into()),
            expires_at: Some(1_700_000_000),
            nonce: Some("n".into()),
        };
        assert_eq!(read, wanted);
        let padded = format!("e30.{}.sig", URL_SAFE.encode(r#"{"email":"a@b.c","aud":"x"}"#));
        let read = Claims::of(&padded).unwrap();
        assert_eq!((read.email.as_deref(), read.audience), (Some("a@b.c"), vec!["x".to_owned()]));
    }

    #[test]
    fn what_is_no_token_has_no_claims() {
        let long = format!("a.{}.c", "A".repeat(LONGEST));
        for text in ["", "a", "a.b", "a.b.c.d", "a.!!.c", "a.bm90IGpzb24.c", "a.W10.c", long.as_str()] {
            assert_eq!(Claims::of(text), None, "{}", &text[..text.len().min(20)]);
        }
    }
}
