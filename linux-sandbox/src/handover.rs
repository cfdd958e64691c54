//! The network of a command that reaches a proxy alone: a loopback, two listeners on it, and their handing over.
//!
//! The listeners are made inside the command's network and served outside, by whoever is at the other end of a socket
//! (`codex-network-proxy`, whose first page describes the exchange). The connection stays open in the first process of the
//! namespaces, so its end is the end of the command and all it started.
#![allow(unsafe_code)]

use std::io::{IoSlice, Read};
use std::mem::MaybeUninit;
use std::net::{Ipv4Addr, TcpListener};
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::net::UnixStream;
use std::path::Path;

use rustix::io::Errno;
use rustix::net::{AddressFamily, SendAncillaryBuffer, SendAncillaryMessage, SendFlags, SocketFlags, SocketType};

use crate::failure::Failure;
use crate::mounts::last_errno;

/// HTTP first, then SOCKS5.
const PORTS: [u16; 2] = [43128, 41080];

/// Both sides say this letter.
const LISTENERS: u8 = b'L';

/// Connects to the proxy's side, from outside of the namespaces.
pub(crate) fn connect(socket: &Path) -> Result<UnixStream, Failure> {
    UnixStream::connect(socket).map_err(Failure::step("reaching the network proxy"))
}

/// Switches the loopback on.
pub(crate) fn raise_loopback() -> Result<(), Errno> {
    let socket = rustix::net::socket_with(AddressFamily::INET, SocketType::DGRAM, SocketFlags::CLOEXEC, None)?;
    // SAFETY: all zeros is a valid request; the name is shorter than its place.
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    for (to, from) in request.ifr_name.iter_mut().zip(b"lo") {
        *to = *from as libc::c_char;
    }
    request.ifr_ifru.ifru_flags = (libc::IFF_UP | libc::IFF_RUNNING) as libc::c_short;
    // SAFETY: the request is alive and of the kind this call takes.
    let done = unsafe { libc::ioctl(socket.as_raw_fd(), libc::SIOCSIFFLAGS, &raw const request) };
    if done == 0 { Ok(()) } else { Err(last_errno()) }
}

/// Makes the listeners, sends them and waits until they are served.
pub(crate) fn hand_over(proxy: &UnixStream) -> Result<(), Failure> {
    let step = "handing the network over to the proxy";
    let [http, socks] = PORTS.map(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)));
    let (http, socks) = (http.map_err(Failure::step(step))?, socks.map_err(Failure::step(step))?);
    let listeners = [http.as_fd(), socks.as_fd()];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(2))];
    let mut ancillary = SendAncillaryBuffer::new(&mut space);
    ancillary.push(SendAncillaryMessage::ScmRights(&listeners));
    rustix::net::sendmsg(proxy, &[IoSlice::new(&[LISTENERS])], &mut ancillary, SendFlags::NOSIGNAL).map_err(Failure::step(step))?;
    let mut answer = [0];
    let mut from_proxy = proxy;
    from_proxy.read_exact(&mut answer).map_err(Failure::step(step))?;
    if answer == [LISTENERS] { Ok(()) } else { Err(Failure::Step { step, reason: "it does not serve this command".into() }) }
}
