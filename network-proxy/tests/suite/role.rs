//! The proxy as a process beside one command; here as a thread with the streams of one.

use std::ffi::OsString;
use std::io::{IoSlice, Read};
use std::mem::MaybeUninit;
use std::net::TcpListener;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::sync::mpsc;

use codex_network_proxy::{HANDOVER, Rules, run_main};
use pretty_assertions::assert_eq;
use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, sendmsg};
use tempfile::TempDir;

use super::harness::{connect_head, exchange};

fn run(args: &[&str], stdin: &str) -> (u8, String) {
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let code = run_main(args.iter().map(OsString::from), &mut stdin.as_bytes(), &mut stdout, &mut stderr);
    assert!(stdout.is_empty());
    (code, String::from_utf8(stderr).unwrap())
}

#[test]
fn a_bad_call_is_told_and_serves_nothing() {
    for (args, stdin, text) in [
        (&[][..], "", "codex-network-proxy: one argument is needed: a folder for the socket\n"),
        (&["/tmp", "/tmp"], "", "codex-network-proxy: one argument is needed: a folder for the socket\n"),
        (&["/tmp"], "open everything\n", "codex-network-proxy: standard input has no rules\n"),
    ] {
        assert_eq!(run(args, stdin), (1, text.to_owned()));
    }
    let (code, text) = run(&["/proc/none"], "");
    assert!(code == 1 && text.starts_with("codex-network-proxy: cannot make a socket for the network proxy in `/proc/none`"), "{text}");
}

/// Tells each write.
struct Told(mpsc::Sender<Vec<u8>>);

impl std::io::Write for Told {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.send(bytes.to_vec()).unwrap();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn it_serves_one_command_and_tells_each_refused_host_once() {
    let folder = TempDir::new().unwrap();
    let sockets = OsString::from(folder.path());
    let (tell, told) = mpsc::channel();
    let role = std::thread::spawn(move || {
        let lines = Rules::new(&["docs.example"], &["bad.example"]).unwrap().to_lines();
        let mut stderr = Vec::new();
        let code = run_main([sockets].into_iter(), &mut lines.as_bytes(), &mut Told(tell), &mut stderr);
        (code, String::from_utf8(stderr).unwrap())
    });
    let mut path = told.recv().unwrap();
    assert_eq!(told.recv().unwrap(), [0]);
    let stream = UnixStream::connect(std::str::from_utf8(&path).unwrap()).unwrap();
    let listeners = [TcpListener::bind("127.0.0.1:0").unwrap(), TcpListener::bind("127.0.0.1:0").unwrap()];
    let address = listeners[0].local_addr().unwrap();
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(2))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    let descriptors = [listeners[0].as_fd(), listeners[1].as_fd()];
    assert!(control.push(SendAncillaryMessage::ScmRights(&descriptors)));
    sendmsg(&stream, &[IoSlice::new(&[HANDOVER])], &mut control, SendFlags::empty()).unwrap();
    path.truncate(1);
    (&stream).read_exact(&mut path).unwrap();
    assert_eq!(path, [HANDOVER]);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for target in ["evil.example:443", "bad.example:443", "evil.example:443"] {
        let answer = runtime.block_on(exchange(address, connect_head(target).as_bytes()));
        assert!(answer.starts_with(b"HTTP/1.1 403 "));
    }
    drop(stream);
    let (code, text) = role.join().unwrap();
    let setting = "sandbox_workspace_write.network_access";
    let expected = format!(
        "codex sandbox: network: `evil.example` is not named by {setting}.allow\n\
         codex sandbox: network: `bad.example` is denied by {setting}.deny\n"
    );
    assert_eq!((code, text), (0, expected));
}
