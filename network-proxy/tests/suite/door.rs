//! Listeners that come over a socket, as the sandbox helper sends them.

use std::io::{IoSlice, Read, Write};
use std::mem::MaybeUninit;
use std::net::TcpListener;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use codex_network_proxy::{HANDOVER, Limits, Refusal, Verdict};
use pretty_assertions::assert_eq;
use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, sendmsg};

use super::harness::{PATIENCE, Place, Setup, allow, connect_head, exchange, socks_name};

/// Does what the helper does; the answer is what came back.
fn hand_over(path: &Path, message: &[u8], descriptors: &[BorrowedFd<'_>]) -> (UnixStream, Vec<u8>) {
    let mut stream = UnixStream::connect(path).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(8))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    if !descriptors.is_empty() {
        assert!(control.push(SendAncillaryMessage::ScmRights(descriptors)));
    }
    sendmsg(&stream, &[IoSlice::new(message)], &mut control, SendFlags::empty()).unwrap();
    let mut answer = [0];
    let read = stream.read(&mut answer).unwrap_or(0);
    (stream, answer[..read].to_vec())
}

async fn in_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.unwrap()
}

fn listener() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").unwrap()
}

#[tokio::test]
async fn listeners_are_served_until_the_helper_goes() {
    let mut place = allow(&[]).start().await;
    let path = place.proxy.door("call-7").unwrap();
    let (path, door) = (path.path().to_owned(), path);
    let (http, socks) = (listener(), listener());
    let addresses = (http.local_addr().unwrap(), socks.local_addr().unwrap());
    let (helper, answer) = in_thread({
        let (path, http, socks) = (path.clone(), http.try_clone().unwrap(), socks.try_clone().unwrap());
        move || hand_over(&path, &[HANDOVER], &[http.as_fd(), socks.as_fd()])
    })
    .await;
    assert_eq!(answer, [HANDOVER]);
    let text = exchange(addresses.0, connect_head("a.example:443").as_bytes()).await;
    assert!(text.starts_with(b"HTTP/1.1 403 "));
    let attempt = place.attempt().await;
    assert_eq!((&*attempt.client, attempt.verdict), ("call-7", Verdict::Refused(Refusal::Unknown)));
    assert_eq!(exchange(addresses.1, &socks_name("a.example", 443)).await[3], 2);
    // The end of the helper is the end of the service: the listeners are closed, and ours are the last.
    drop((http, socks));
    drop(helper);
    super::harness::in_time(door.closed()).await;
    for address in [addresses.0, addresses.1] {
        super::harness::in_time(async { while tokio::net::TcpStream::connect(address).await.is_ok() {} }).await;
    }
}

// L7
#[tokio::test]
async fn a_socket_is_private_and_good_for_one_helper() {
    let place = allow(&[]).start().await;
    let path = place.proxy.door("x").unwrap().path().to_owned();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o7777;
    assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
    assert!(path.starts_with(place.folder.path()) && path.parent().unwrap() != place.folder.path());
    let other = place.proxy.door("y").unwrap().path().to_owned();
    assert!(other != path && other.parent() == path.parent());
    let stream = in_thread({
        let path = path.clone();
        move || {
            let (http, socks) = (listener(), listener());
            hand_over(&path, &[HANDOVER], &[http.as_fd(), socks.as_fd()])
        }
    })
    .await;
    assert_eq!(stream.1, [HANDOVER]);
    assert!(!path.exists() && other.exists());
    let Place { proxy, folder, .. } = place;
    drop((proxy, stream));
    super::harness::in_time(async {
        while other.exists() {
            tokio::task::yield_now().await
        }
    })
    .await;
    drop(folder);
}

type Helper = fn(&Path) -> Vec<u8>;

#[tokio::test]
async fn what_is_not_two_listeners_is_not_served() {
    let place = allow(&[]).start().await;
    let cases: [(&str, Helper); 9] = [
        ("no descriptors", |path| hand_over(path, &[HANDOVER], &[]).1),
        ("one", |path| hand_over(path, &[HANDOVER], &[listener().as_fd()]).1),
        ("three", |path| {
            let all = [listener(), listener(), listener()];
            hand_over(path, &[HANDOVER], &[all[0].as_fd(), all[1].as_fd(), all[2].as_fd()]).1
        }),
        ("another message", |path| {
            let all = [listener(), listener()];
            hand_over(path, b"X", &[all[0].as_fd(), all[1].as_fd()]).1
        }),
        ("a file", |path| {
            let file = std::fs::File::open("/dev/null").unwrap();
            hand_over(path, &[HANDOVER], &[listener().as_fd(), file.as_fd()]).1
        }),
        ("a unix listener", |path| {
            let unix = std::os::unix::net::UnixListener::bind(path.with_extension("other")).unwrap();
            hand_over(path, &[HANDOVER], &[unix.as_fd(), listener().as_fd()]).1
        }),
        ("a connection", |path| {
            let listener = listener();
            let stream = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
            hand_over(path, &[HANDOVER], &[stream.as_fd(), listener.as_fd()]).1
        }),
        ("a datagram socket", |path| {
            let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
            hand_over(path, &[HANDOVER], &[listener().as_fd(), socket.as_fd()]).1
        }),
        ("nothing", |path| {
            let mut stream = UnixStream::connect(path).unwrap();
            stream.shutdown(std::net::Shutdown::Write).unwrap();
            let mut answer = Vec::new();
            let _ = stream.write(b"");
            stream.read_to_end(&mut answer).unwrap();
            answer
        }),
    ];
    for (name, case) in cases {
        let path = place.proxy.door("x").unwrap().path().to_owned();
        assert!(in_thread(move || case(&path)).await.is_empty(), "{name}");
    }
}

#[tokio::test]
async fn a_helper_that_never_comes_is_not_waited_for() {
    let mut limits = Limits::default();
    (limits.door, limits.handshake) = (Duration::from_millis(50), Duration::from_millis(50));
    let place = Setup { limits, ..allow(&[]) }.start().await;
    let path = place.proxy.door("x").unwrap().path().to_owned();
    super::harness::in_time(async {
        while path.exists() {
            tokio::task::yield_now().await
        }
    })
    .await;
    // One that comes and says nothing.
    let path = place.proxy.door("x").unwrap().path().to_owned();
    let answer = in_thread(move || {
        let mut answer = Vec::new();
        let mut stream = UnixStream::connect(path).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.read_to_end(&mut answer).map(|_| answer)
    })
    .await;
    assert_eq!(answer.unwrap(), b"");
}

#[tokio::test]
async fn a_folder_whose_name_is_too_long_is_an_error() {
    let folder = tempfile::TempDir::new().unwrap();
    let deep = folder.path().join("d".repeat(100));
    std::fs::create_dir(&deep).unwrap();
    let rules = codex_network_proxy::Rules::default();
    let (proxy, _attempts) = codex_network_proxy::Proxy::new(codex_network_proxy::ProxyOptions::new(rules, deep));
    assert!(proxy.door("x").unwrap_err().to_string().contains("too long a name"));
}
