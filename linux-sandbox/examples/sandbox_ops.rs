//! Tries what a hostile command would, each word of its command line in turn, and prints `WORD: ok` or `WORD: ERRNO`.
//!
//! Calls are made raw, most with senseless arguments: a filter answers before the kernel looks at them, so `EPERM` where
//! the kernel would say something else shows the filter at work.
#![allow(unsafe_code)]

use std::io::Write;
use std::ptr;

fn main() -> std::io::Result<()> {
    let mut out = std::io::stdout();
    for word in std::env::args().skip(1) {
        let result = match word.split_once('=') {
            Some((op, value)) => with_value(op, value),
            None => plain(&word),
        };
        let answer = match result {
            Some(number) if number >= 0 => "ok".into(),
            Some(_) => name(std::io::Error::last_os_error().raw_os_error().unwrap_or(0)),
            None => "unknown word".into(),
        };
        writeln!(out, "{word}: {answer}")?;
    }
    Ok(())
}

fn name(errno: i32) -> String {
    match errno {
        libc::EPERM => "EPERM".into(),
        libc::EACCES => "EACCES".into(),
        libc::EROFS => "EROFS".into(),
        libc::ENOSYS => "ENOSYS".into(),
        libc::EINVAL => "EINVAL".into(),
        libc::EFAULT => "EFAULT".into(),
        libc::EBADF => "EBADF".into(),
        libc::ESRCH => "ESRCH".into(),
        libc::ENOTTY => "ENOTTY".into(),
        other => other.to_string(),
    }
}

/// `call=NUMBER` makes that call with zeros; the rest act on a path or a process.
fn with_value(op: &str, value: &str) -> Option<i64> {
    let path = std::ffi::CString::new(value).ok()?;
    let number: i64 = value.parse().unwrap_or(-1);
    let pid = i32::try_from(number).unwrap_or(-1);
    // SAFETY: plain system calls; every pointer is to a live value or null.
    Some(unsafe {
        match op {
            "call" => libc::syscall(number, 0, 0, 0, 0, 0, 0),
            "create" => libc::open(path.as_ptr(), libc::O_CREAT | libc::O_WRONLY, 0o600).into(),
            "write" => libc::open(path.as_ptr(), libc::O_WRONLY).into(),
            "read" => libc::open(path.as_ptr(), libc::O_RDONLY).into(),
            "truncate" => libc::truncate(path.as_ptr(), 0).into(),
            "cut-by-open" => libc::open(path.as_ptr(), libc::O_RDONLY | libc::O_TRUNC).into(),
            "unlink" => libc::unlink(path.as_ptr()).into(),
            "mkdir" => libc::mkdir(path.as_ptr(), 0o700).into(),
            "fifo" => libc::mkfifo(path.as_ptr(), 0o600).into(),
            "device" => libc::mknod(path.as_ptr(), libc::S_IFCHR | 0o600, libc::makedev(1, 3)).into(),
            "whiteout" => libc::mknod(path.as_ptr(), libc::S_IFCHR, 0).into(),
            "chmod" => libc::chmod(path.as_ptr(), 0o600).into(),
            "touch" => libc::utimensat(libc::AT_FDCWD, path.as_ptr(), ptr::null(), 0).into(),
            "label" => libc::setxattr(path.as_ptr(), c"user.codex".as_ptr(), b"x".as_ptr().cast(), 1, 0).into(),
            "flags" => {
                let fd = libc::open(path.as_ptr(), libc::O_RDONLY);
                let mut flags: libc::c_long = 0;
                libc::ioctl(fd, libc::FS_IOC_GETFLAGS, &raw mut flags);
                libc::ioctl(fd, libc::FS_IOC_SETFLAGS, &raw const flags).into()
            }
            "symlink" => libc::symlink(c"/etc/passwd".as_ptr(), path.as_ptr()).into(),
            "probe-process" => libc::kill(pid, 0).into(),
            "limit-process" => {
                let mut limit: libc::rlimit = std::mem::zeroed();
                libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit);
                libc::prlimit(pid, libc::RLIMIT_NOFILE, &raw const limit, ptr::null_mut()).into()
            }
            "renice-process" => libc::setpriority(libc::PRIO_PROCESS, pid.unsigned_abs(), 19).into(),
            "connect" | "connect-abstract" | "send-datagram" | "send-abstract" => local(op, value),
            _ => return None,
        }
    })
}

fn plain(op: &str) -> Option<i64> {
    let mut pair = [0; 2];
    // SAFETY: as above.
    Some(unsafe {
        match op {
            "inet" => libc::socket(libc::AF_INET, libc::SOCK_STREAM, 0).into(),
            "inet6" => libc::socket(libc::AF_INET6, libc::SOCK_DGRAM, 0).into(),
            "inet-raw" => libc::socket(libc::AF_INET, libc::SOCK_RAW | libc::SOCK_CLOEXEC, 1).into(),
            "netlink" => libc::socket(libc::AF_NETLINK, libc::SOCK_RAW, 0).into(),
            "netlink-datagram" => libc::socket(libc::AF_NETLINK, libc::SOCK_DGRAM, 0).into(),
            "vsock" => libc::socket(libc::AF_VSOCK, libc::SOCK_STREAM, 0).into(),
            "alg" => libc::socket(libc::AF_ALG, libc::SOCK_SEQPACKET, 0).into(),
            "packet" => libc::socket(libc::AF_PACKET, libc::SOCK_DGRAM, 0).into(),
            "unix" => libc::socket(libc::AF_UNIX, libc::SOCK_STREAM | libc::SOCK_CLOEXEC, 0).into(),
            "unix-datagram" => libc::socket(libc::AF_UNIX, libc::SOCK_DGRAM | libc::SOCK_CLOEXEC, 0).into(),
            "pair-datagram" => libc::socketpair(libc::AF_UNIX, libc::SOCK_DGRAM, 0, pair.as_mut_ptr()).into(),
            "pair" => {
                let made = libc::socketpair(libc::AF_UNIX, libc::SOCK_STREAM | libc::SOCK_NONBLOCK, 0, pair.as_mut_ptr());
                if made < 0 { made.into() } else { i64::try_from(libc::send(pair[0], b"x".as_ptr().cast(), 1, 0)).unwrap_or(-1) }
            }
            "clone3" => libc::syscall(libc::SYS_clone3, 0, 0),
            "unshare-user" => libc::unshare(libc::CLONE_NEWUSER).into(),
            "unshare-files" => libc::unshare(libc::CLONE_FILES).into(),
            "clone-user" => reap(libc::syscall(libc::SYS_clone, libc::CLONE_NEWUSER | libc::SIGCHLD, 0, 0, 0, 0)),
            "thread" => i64::from(std::thread::spawn(|| 1).join().unwrap_or(-1)),
            "type-into-terminal" => libc::ioctl(0, libc::TIOCSTI, b"x".as_ptr()).into(),
            // The kernel looks at 32 bits of the request only, so a filter has to as well.
            "type-into-terminal-wide" => libc::syscall(libc::SYS_ioctl, 0, libc::TIOCSTI | (1 << 40), b"x".as_ptr()),
            "window-size" => libc::ioctl(0, libc::TIOCGWINSZ, ptr::null_mut::<u8>()).into(),
            #[cfg(target_arch = "x86_64")]
            "x32" => libc::syscall(libc::SYS_getpid | 0x4000_0000),
            #[cfg(target_arch = "x86_64")]
            "int80" => {
                let result: i64;
                std::arch::asm!("int 0x80", inlateout("rax") 20_i64 => result);
                result
            }
            _ => return None,
        }
    })
}

unsafe fn reap(pid: i64) -> i64 {
    // SAFETY: as above; the child of the fork-like call ends at once.
    unsafe {
        if pid == 0 {
            libc::_exit(0);
        }
        if pid > 0 {
            libc::waitpid(i32::try_from(pid).unwrap_or(-1), ptr::null_mut(), 0);
        }
    }
    pid
}

unsafe fn local(op: &str, name: &str) -> i64 {
    // SAFETY: as above; the address is a live value of the length given.
    unsafe {
        let mut address: libc::sockaddr_un = std::mem::zeroed();
        address.sun_family = libc::AF_UNIX as libc::sa_family_t;
        let start = usize::from(op.ends_with("-abstract"));
        for (to, from) in address.sun_path[start..].iter_mut().zip(name.bytes()) {
            *to = from as libc::c_char;
        }
        let length = (size_of::<libc::sa_family_t>() + start + name.len()) as libc::socklen_t;
        let kind = if op.starts_with("send") { libc::SOCK_DGRAM } else { libc::SOCK_STREAM };
        let fd = libc::socket(libc::AF_UNIX, kind, 0);
        match op {
            _ if fd < 0 => fd.into(),
            "send-datagram" | "send-abstract" => {
                let mut part = libc::iovec { iov_base: b"x".as_ptr().cast_mut().cast(), iov_len: 1 };
                let mut message: libc::msghdr = std::mem::zeroed();
                (message.msg_name, message.msg_namelen) = ((&raw mut address).cast(), length);
                (message.msg_iov, message.msg_iovlen) = (&raw mut part, 1);
                i64::try_from(libc::sendmsg(fd, &raw const message, 0)).unwrap_or(-1)
            }
            _ => libc::connect(fd, (&raw const address).cast(), length).into(),
        }
    }
}
