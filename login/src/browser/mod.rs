//! Signing in with a browser: authorization code with PKCE, the answer taken on the loopback interface.
//!
//! [`BrowserSignIn`] has an address to open and a future that ends when the person is done. Nothing runs beside that
//! future: dropping it closes the port. It listens on the loopback interface alone, takes one answer, and gives up after ten minutes.

mod answer;
mod listener;
mod page;

use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::browser::answer::Expected;
use crate::browser::page::Page;
use crate::document::Tokens;
use crate::error::LoginError;
use crate::issuer::Issuer;
use crate::login::{Account, Login};
use crate::random::{challenge, unguessable};
use crate::secret::Secret;

/// Where the browser brings the answer.
const PATH: &str = "/auth/callback";
/// How long a person may take.
const TIME_LIMIT: Duration = Duration::from_secs(600);

/// A sign-in that waits for a person with a browser.
#[derive(Debug)]
pub struct BrowserSignIn {
    login: Login,
    issuer: Arc<Issuer>,
    url: Url,
    port: u16,
    redirect: String,
    listener: TcpListener,
    expected: Expected,
    verifier: Secret,
    nonce: Secret,
    cancel: CancellationToken,
}

impl BrowserSignIn {
    pub(crate) async fn start(login: Login, issuer: Arc<Issuer>, port: u16) -> Result<Self, LoginError> {
        let addresses = issuer.addresses().await?;
        let Some(mut url) = addresses.authorization.clone() else { return Err(issuer.does_not_offer("sign-in with a browser")) };
        if addresses.challenge_methods.as_ref().is_some_and(|methods| !methods.iter().any(|method| method == "S256")) {
            return Err(issuer.does_not_offer("PKCE with S256"));
        }
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(|error| match error.kind() {
            io::ErrorKind::AddrInUse => LoginError::PortInUse { port },
            _ => LoginError::Listen(error),
        })?;
        let port = listener.local_addr().map_err(LoginError::Listen)?.port();
        let redirect = format!("http://localhost:{port}{PATH}");
        let (state, nonce, verifier) = (unguessable()?, unguessable()?, unguessable()?);
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &issuer.client_id)
            .append_pair("redirect_uri", &redirect)
            .append_pair("scope", &issuer.scope)
            .append_pair("code_challenge", &challenge(&verifier))
            .append_pair("code_challenge_method", "S256")
            .append_pair("state", state.reveal())
            .append_pair("nonce", nonce.reveal());
        let issued_by = addresses.names_itself.then(|| issuer.url.as_str().to_owned());
        let expected = Expected { port, state, issuer: issuer.url.as_str().to_owned(), issuer_required: issued_by.is_some() };
        Ok(Self { login, issuer, url, port, redirect, listener, expected, verifier, nonce, cancel: CancellationToken::new() })
    }

    /// The address to open in a browser. It holds no secret that counts without what is kept here.
    pub fn url(&self) -> &str {
        self.url.as_str()
    }

    /// The port of the loopback interface that waits for the answer.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Gives the sign-in up from elsewhere.
    pub fn canceller(&self) -> CancellationToken {
        self.cancel.clone()
    }

    /// Waits for the person, gets the tokens and stores them.
    ///
    /// # Errors
    /// [`LoginError::Cancelled`], [`LoginError::TimedOut`], [`LoginError::Declined`], or what went wrong with the server
    /// or the store. What was stored before is then as it was.
    pub async fn completed(self) -> Result<Account, LoginError> {
        let cancel = self.cancel.clone();
        tokio::select! {
            biased;
            () = cancel.cancelled() => Err(LoginError::Cancelled),
            () = tokio::time::sleep(TIME_LIMIT) => Err(LoginError::TimedOut),
            done = self.finish() => done,
        }
    }

    async fn finish(self) -> Result<Account, LoginError> {
        let Self { login, issuer, redirect, listener, expected, verifier, nonce, .. } = self;
        let answered = listener::wait(listener, expected).await?;
        let signed_in = match answered.code {
            Ok(code) => {
                let exchange = exchange(&issuer, &code, &redirect, &verifier, &nonce).await;
                match exchange {
                    Ok(tokens) => login.keep(&issuer, tokens).await,
                    Err(error) => Err(error),
                }
            }
            Err(refusal) => Err(LoginError::Declined(refusal)),
        };
        answered.reply.show(if signed_in.is_ok() { Page::Done } else { Page::Failed }).await;
        signed_in
    }
}

async fn exchange(issuer: &Issuer, code: &Secret, redirect: &str, verifier: &Secret, nonce: &Secret) -> Result<Tokens, LoginError> {
    let grant =
        [("grant_type", "authorization_code"), ("code", code.reveal()), ("redirect_uri", redirect), ("code_verifier", verifier.reveal())];
    issuer.tokens(&grant, Some(nonce), "tokens").await
}
