//! Unguessable texts, and what of them may be seen.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rustix::rand::{GetRandomFlags, getrandom};
use sha2::{Digest, Sha256};

use crate::error::LoginError;
use crate::secret::Secret;

/// Bytes of a verifier, a state or a nonce before they become letters; RFC 7636 asks for no less.
const BYTES: usize = 32;

/// A text nobody can guess, of letters that stand in an address as they are.
pub(crate) fn unguessable() -> Result<Secret, LoginError> {
    let mut bytes = [0_u8; BYTES];
    let mut filled = 0;
    while filled < bytes.len() {
        filled += getrandom(&mut bytes[filled..], GetRandomFlags::empty()).map_err(|errno| LoginError::NoRandomness(errno.into()))?;
    }
    Secret::new(&URL_SAFE_NO_PAD.encode(bytes)).ok_or(LoginError::Garbled("the randomness of this machine"))
}

/// The challenge of a verifier (`S256`).
pub(crate) fn challenge(verifier: &Secret) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.reveal().as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_challenge_is_the_one_of_the_standard() {
        let verifier = Secret::new("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk").unwrap();
        assert_eq!(challenge(&verifier), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }

    #[test]
    fn no_two_are_the_same() {
        let (one, other) = (unguessable().unwrap(), unguessable().unwrap());
        assert_ne!(one, other);
        assert_eq!(one.reveal().len(), 43);
    }
}
