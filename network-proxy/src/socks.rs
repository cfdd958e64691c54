//! The SOCKS5 side (RFC 1928): no authentication, `CONNECT` alone.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::audit::{Failure, Protocol, Verdict};
use crate::http::serve::join;
use crate::proxy::Shared;
use crate::reach::reach;
use crate::target::{Host, Target};
use crate::visit::{Visit, linger};

const VERSION: u8 = 5;
const NO_AUTHENTICATION: u8 = 0;
const NO_METHOD: u8 = 0xff;
const CONNECT: u8 = 1;

/// Codes of an answer.
mod reply {
    pub(super) const SUCCEEDED: u8 = 0;
    pub(super) const FAILURE: u8 = 1;
    pub(super) const NOT_ALLOWED: u8 = 2;
    pub(super) const NETWORK_UNREACHABLE: u8 = 3;
    pub(super) const HOST_UNREACHABLE: u8 = 4;
    pub(super) const REFUSED: u8 = 5;
    pub(super) const COMMAND: u8 = 7;
    pub(super) const ADDRESS_TYPE: u8 = 8;
}

/// Why a request is not served.
#[derive(Debug, PartialEq, Eq)]
struct Bad {
    why: &'static str,
    /// What the client is told, if it speaks SOCKS5 at all.
    answer: Option<[u8; 2]>,
}

impl Bad {
    fn mute(why: &'static str) -> Self {
        Self { why, answer: None }
    }

    fn reply(why: &'static str, code: u8) -> Self {
        Self { why, answer: Some([VERSION, code]) }
    }
}

impl From<io::Error> for Bad {
    fn from(_: io::Error) -> Self {
        Self::mute("the request broke off")
    }
}

/// Serves a connection to its end.
pub(crate) async fn serve(shared: &Shared, mut client: TcpStream, visit: &mut Visit) {
    let target = match timeout(shared.limits.handshake, handshake(&mut client)).await {
        Ok(Ok(target)) => target,
        Ok(Err(bad)) => {
            visit.malformed(bad.why);
            match bad.answer {
                Some([version, NO_METHOD]) => linger(&mut client, &[version, NO_METHOD]).await,
                Some([_, code]) => linger(&mut client, &answer(code)).await,
                None => {}
            }
            return;
        }
        Err(_) => return visit.malformed("the request did not come in time"),
    };
    visit.wants(Protocol::Socks5, target.clone());
    match reach(shared, &visit.client, Protocol::Socks5, &target).await {
        Ok(reached) => {
            visit.allowed(&reached);
            if client.write_all(&answer(reply::SUCCEEDED)).await.is_ok() {
                join(client, reached.stream, &[], &visit.counts, shared.limits.idle).await;
            }
        }
        Err(not) => {
            let code = code(&not.verdict);
            visit.not_reached(not);
            visit.tell(shared).await;
            linger(&mut client, &answer(code)).await;
        }
    }
}

fn code(verdict: &Verdict) -> u8 {
    match verdict {
        Verdict::Refused(_) => reply::NOT_ALLOWED,
        Verdict::Failed(Failure::ConnectionRefused) => reply::REFUSED,
        Verdict::Failed(Failure::Unreachable) => reply::NETWORK_UNREACHABLE,
        Verdict::Failed(Failure::Unresolved | Failure::TimedOut) => reply::HOST_UNREACHABLE,
        Verdict::Failed(Failure::BadAnswer | Failure::Stopped) | Verdict::Allowed | Verdict::Malformed(_) => reply::FAILURE,
    }
}

/// An answer. Which address of this machine a connection leaves by is not the client's concern.
fn answer(code: u8) -> [u8; 10] {
    [VERSION, code, 0, 1, 0, 0, 0, 0, 0, 0]
}

async fn handshake(client: &mut TcpStream) -> Result<Target, Bad> {
    let (mut reader, mut writer) = client.split();
    greeting(&mut reader).await?;
    writer.write_all(&[VERSION, NO_AUTHENTICATION]).await?;
    request(&mut reader).await
}

async fn greeting(reader: &mut (impl AsyncRead + Unpin)) -> Result<(), Bad> {
    if reader.read_u8().await? != VERSION {
        return Err(Bad::mute("this is not SOCKS5"));
    }
    let mut methods = vec![0; usize::from(reader.read_u8().await?)];
    reader.read_exact(&mut methods).await?;
    if methods.contains(&NO_AUTHENTICATION) { Ok(()) } else { Err(Bad::reply("the client wants to authenticate", NO_METHOD)) }
}

async fn request(reader: &mut (impl AsyncRead + Unpin)) -> Result<Target, Bad> {
    let mut start = [0; 4];
    reader.read_exact(&mut start).await?;
    let [version, command, _, kind] = start;
    if version != VERSION {
        return Err(Bad::mute("this is not SOCKS5"));
    }
    if command != CONNECT {
        return Err(Bad::reply("the command is not CONNECT", reply::COMMAND));
    }
    let host = match kind {
        1 => Host::Ip(IpAddr::V4(Ipv4Addr::from(reader.read_u32().await?))),
        4 => Host::Ip(IpAddr::V6(Ipv6Addr::from(reader.read_u128().await?))),
        3 => {
            let mut name = vec![0; usize::from(reader.read_u8().await?)];
            reader.read_exact(&mut name).await?;
            let name = std::str::from_utf8(&name).ok();
            name.and_then(|name| Host::parse(name).ok()).ok_or(Bad::reply("the host is none", reply::FAILURE))?
        }
        _ => return Err(Bad::reply("the kind of address is unknown", reply::ADDRESS_TYPE)),
    };
    Target::new(host, reader.read_u16().await?).map_err(|_| Bad::reply("the port is 0", reply::FAILURE))
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use proptest::prelude::*;

    use super::*;

    fn read(bytes: &[u8]) -> Result<String, Bad> {
        let mut bytes = bytes;
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
            greeting(&mut bytes).await?;
            request(&mut bytes).await.map(|target| target.to_string())
        })
    }

    fn named(name: &[u8], port: u16) -> Vec<u8> {
        [&[5, 1, 0, 5, 1, 0, 3, u8::try_from(name.len()).unwrap()], name, &port.to_be_bytes()].concat()
    }

    #[test]
    fn names_and_addresses_of_both_families_are_targets() {
        assert_eq!(read(&named(b"Example.org.", 443)), Ok("example.org:443".into()));
        assert_eq!(read(&named(b"10.0.0.1", 80)), Ok("10.0.0.1:80".into()));
        assert_eq!(read(&[5, 2, 2, 0, 5, 1, 0, 1, 127, 0, 0, 1, 0, 80]), Ok("127.0.0.1:80".into()));
        let v6 = [&[5, 1, 0, 5, 1, 0, 4][..], &[0; 15], &[1], &[0x1f, 0x90]].concat();
        assert_eq!(read(&v6), Ok("[::1]:8080".into()));
    }

    #[test]
    fn what_is_not_a_request_to_connect_is_answered_as_the_protocol_says() {
        for (bytes, answer) in [
            (vec![4, 1, 0, 80, 127, 0, 0, 1, 0], None),
            (b"GET / HTTP/1.1\r\n\r\n".to_vec(), None),
            (vec![5, 1, 2], Some([5, 0xff])),
            (vec![5, 0], Some([5, 0xff])),
            (vec![5, 1, 0, 5, 2, 0, 1, 0, 0, 0, 0, 0, 0], Some([5, 7])),
            (vec![5, 1, 0, 5, 3, 0, 1, 0, 0, 0, 0, 0, 0], Some([5, 7])),
            (vec![5, 1, 0, 5, 1, 0, 9, 0, 0], Some([5, 8])),
            (vec![5, 1, 0, 4, 1, 0, 1], None),
            (named(b"", 80), Some([5, 1])),
            (named(b"a b", 80), Some([5, 1])),
            (named(b"a.org\0evil", 80), Some([5, 1])),
            (named(b"\xff\xfe", 80), Some([5, 1])),
            (named(b"127.1", 80), Some([5, 1])),
            (named(b"a.org", 0), Some([5, 1])),
            (vec![5, 1, 0, 5, 1, 0, 3, 200, b'a'], None),
        ] {
            assert_eq!(read(&bytes).unwrap_err().answer, answer, "{bytes:?}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_end_well(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = read(&bytes);
            let _ = read(&[&[5, 1, 0, 5, 1, 0][..], &bytes].concat());
        }
    }
}
