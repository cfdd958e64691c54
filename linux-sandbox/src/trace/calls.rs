//! What the arguments of a system call are about. Pure: numbers in, numbers with a meaning out; reading the memory they
//! point into is [`super::follow`]'s.

use libc as n;

/// What a call wanted of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Intent {
    /// To read it or look into it.
    Read,
    /// To change its content, or to open it for that.
    Write,
    /// To make it.
    Create,
    /// To remove it, or to give it another name.
    Remove,
    /// To change its mode, owner, times or attributes.
    Change,
    /// To run it.
    Execute,
}

/// Where in the caller's memory or tables the object of a call is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// A path at this address, starting from an open folder unless absolute; none means the working folder.
    Path { intent: Intent, folder: Option<i32>, address: u64 },
    /// A path as above whose flags and thereby intent are in the structure at `how`.
    PathAsIn { folder: i32, address: u64, how: u64 },
    /// An open file.
    File { intent: Intent, fd: i32 },
    /// A socket of this family.
    Socket { family: i32 },
    /// A socket address of this length.
    Address { address: u64, length: u64 },
    /// A message header with an address in it.
    Header { address: u64 },
}

/// The intent behind flags of `open`.
pub(super) fn of_flags(flags: u64) -> Intent {
    let has = |flag: i32| flags & u64::from(flag.unsigned_abs()) != 0;
    if has(n::O_CREAT) || flags & u64::from(n::O_TMPFILE.unsigned_abs()) == u64::from(n::O_TMPFILE.unsigned_abs()) {
        Intent::Create
    } else if has(n::O_WRONLY) || has(n::O_RDWR) || has(n::O_TRUNC) {
        Intent::Write
    } else {
        Intent::Read
    }
}

/// The low half of a register, which is all of an `int`.
fn int(value: u64) -> i32 {
    i32::from_ne_bytes((value as u32).to_ne_bytes())
}

/// The objects of a call.
pub(super) fn places(number: i64, a: &[u64; 6]) -> Vec<Place> {
    let at = |intent, folder: usize, path: usize| vec![Place::Path { intent, folder: Some(int(a[folder])), address: a[path] }];
    let path = |intent, path: usize| vec![Place::Path { intent, folder: None, address: a[path] }];
    let file = |intent| vec![Place::File { intent, fd: int(a[0]) }];
    match number {
        n::SYS_openat => at(of_flags(a[2]), 0, 1),
        n::SYS_openat2 => vec![Place::PathAsIn { folder: int(a[0]), address: a[1], how: a[2] }],
        n::SYS_mkdirat | n::SYS_mknodat => at(Intent::Create, 0, 1),
        n::SYS_unlinkat => at(Intent::Remove, 0, 1),
        n::SYS_renameat | n::SYS_renameat2 => [at(Intent::Remove, 0, 1), at(Intent::Create, 2, 3)].concat(),
        n::SYS_linkat => [at(Intent::Read, 0, 1), at(Intent::Create, 2, 3)].concat(),
        n::SYS_symlinkat => at(Intent::Create, 1, 2),
        n::SYS_truncate => path(Intent::Write, 0),
        n::SYS_ftruncate | n::SYS_fallocate => file(Intent::Write),
        n::SYS_fchmod | n::SYS_fchown | n::SYS_fsetxattr | n::SYS_fremovexattr => file(Intent::Change),
        n::SYS_fchmodat | n::SYS_fchmodat2 | n::SYS_fchownat => at(Intent::Change, 0, 1),
        n::SYS_utimensat if a[1] == 0 => file(Intent::Change),
        n::SYS_utimensat => at(Intent::Change, 0, 1),
        n::SYS_setxattr | n::SYS_lsetxattr | n::SYS_removexattr | n::SYS_lremovexattr => path(Intent::Change, 0),
        n::SYS_faccessat | n::SYS_faccessat2 => at(of_access(a[2]), 0, 1),
        n::SYS_chdir | n::SYS_statfs => path(Intent::Read, 0),
        n::SYS_fchdir => file(Intent::Read),
        n::SYS_newfstatat | n::SYS_statx | n::SYS_readlinkat => at(Intent::Read, 0, 1),
        n::SYS_execve => path(Intent::Execute, 0),
        n::SYS_execveat => at(Intent::Execute, 0, 1),
        n::SYS_socket | n::SYS_socketpair => vec![Place::Socket { family: int(a[0]) }],
        n::SYS_connect | n::SYS_bind => vec![Place::Address { address: a[1], length: a[2] }],
        n::SYS_sendto => vec![Place::Address { address: a[4], length: a[5] }],
        n::SYS_sendmsg | n::SYS_sendmmsg => vec![Place::Header { address: a[1] }],
        n::SYS_ioctl if changes_attributes(a[1]) => file(Intent::Change),
        _ => older(number, a),
    }
}

/// Calls that only x86-64 still has.
#[cfg(target_arch = "x86_64")]
fn older(number: i64, a: &[u64; 6]) -> Vec<Place> {
    let path = |intent, path: usize| Place::Path { intent, folder: None, address: a[path] };
    match number {
        n::SYS_open => vec![path(of_flags(a[1]), 0)],
        n::SYS_creat | n::SYS_mkdir | n::SYS_mknod => vec![path(Intent::Create, 0)],
        n::SYS_unlink | n::SYS_rmdir => vec![path(Intent::Remove, 0)],
        n::SYS_rename => vec![path(Intent::Remove, 0), path(Intent::Create, 1)],
        n::SYS_link => vec![path(Intent::Read, 0), path(Intent::Create, 1)],
        n::SYS_symlink => vec![path(Intent::Create, 1)],
        n::SYS_chmod | n::SYS_chown | n::SYS_lchown | n::SYS_utime | n::SYS_utimes => vec![path(Intent::Change, 0)],
        n::SYS_futimesat => vec![Place::Path { intent: Intent::Change, folder: Some(int(a[0])), address: a[1] }],
        n::SYS_access => vec![path(of_access(a[1]), 0)],
        n::SYS_stat | n::SYS_lstat | n::SYS_readlink => vec![path(Intent::Read, 0)],
        _ => Vec::new(),
    }
}

#[cfg(not(target_arch = "x86_64"))]
fn older(_number: i64, _a: &[u64; 6]) -> Vec<Place> {
    Vec::new()
}

fn of_access(mode: u64) -> Intent {
    let has = |bit: i32| mode & u64::from(bit.unsigned_abs()) != 0;
    if has(n::W_OK) {
        Intent::Write
    } else if has(n::X_OK) && !has(n::R_OK) {
        Intent::Execute
    } else {
        Intent::Read
    }
}

fn changes_attributes(request: u64) -> bool {
    const SETFLAGS: u64 = 0x4008_6602;
    const FSSETXATTR: u64 = 0x401c_5820;
    matches!(request & 0xffff_ffff, SETFLAGS | FSSETXATTR)
}

/// Whether an error number of a call may be a refusal rather than something any program meets.
///
/// The mount over a protected folder answers "busy", one between two writable folders "other device", and a placeholder
/// for a folder that must not appear "exists"; each only from the calls that can meet it.
pub(super) fn is_refusal(number: i64, errno: i32) -> bool {
    match errno {
        n::EPERM | n::EACCES | n::EROFS => true,
        n::EBUSY | n::EXDEV => {
            places(number, &[0; 6]).iter().any(|place| matches!(place, Place::Path { intent: Intent::Remove | Intent::Create, .. }))
        }
        n::EEXIST => places(number, &[0; 6]).iter().any(|place| matches!(place, Place::Path { intent: Intent::Create, .. })),
        _ => false,
    }
}

/// The name of an address family.
pub(super) fn family_name(family: i32) -> String {
    const NAMES: [(i32, &str); 10] = [
        (n::AF_UNIX, "AF_UNIX"),
        (n::AF_INET, "AF_INET"),
        (n::AF_INET6, "AF_INET6"),
        (n::AF_NETLINK, "AF_NETLINK"),
        (n::AF_PACKET, "AF_PACKET"),
        (n::AF_VSOCK, "AF_VSOCK"),
        (n::AF_ALG, "AF_ALG"),
        (n::AF_XDP, "AF_XDP"),
        (n::AF_BLUETOOTH, "AF_BLUETOOTH"),
        (n::AF_KEY, "AF_KEY"),
    ];
    NAMES.iter().find(|(known, _)| *known == family).map_or_else(|| format!("family {family}"), |(_, name)| (*name).to_owned())
}

/// A socket address as text. `None` for one that is cut off.
pub(super) fn address_text(bytes: &[u8]) -> Option<String> {
    let family = i32::from(u16::from_ne_bytes(bytes.get(..2)?.try_into().ok()?));
    let rest = &bytes[2..];
    let port = || Some(u16::from_be_bytes(rest.get(..2)?.try_into().ok()?));
    match family {
        n::AF_INET => {
            let ip: [u8; 4] = rest.get(2..6)?.try_into().ok()?;
            Some(format!("{}:{}", std::net::Ipv4Addr::from(ip), port()?))
        }
        n::AF_INET6 => {
            let ip: [u8; 16] = rest.get(6..22)?.try_into().ok()?;
            Some(format!("[{}]:{}", std::net::Ipv6Addr::from(ip), port()?))
        }
        n::AF_UNIX => Some(match rest.split_first() {
            None => "an unnamed local socket".to_owned(),
            Some((0, name)) => format!("@{}", String::from_utf8_lossy(name)),
            Some(_) => String::from_utf8_lossy(rest.split(|byte| *byte == 0).next().unwrap_or_default()).into_owned(),
        }),
        other => Some(family_name(other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_of_open_tell_what_is_wanted() {
        for (flags, intent) in [
            (n::O_RDONLY, Intent::Read),
            (n::O_RDONLY | n::O_DIRECTORY | n::O_CLOEXEC, Intent::Read),
            (n::O_WRONLY, Intent::Write),
            (n::O_RDWR, Intent::Write),
            (n::O_RDONLY | n::O_TRUNC, Intent::Write),
            (n::O_WRONLY | n::O_CREAT | n::O_TRUNC, Intent::Create),
            (n::O_RDWR | n::O_TMPFILE, Intent::Create),
        ] {
            assert_eq!(of_flags(u64::from(flags.unsigned_abs())), intent, "{flags:#o}");
        }
    }

    #[test]
    fn arguments_get_their_meaning() {
        let a = [7, 100, 8, 200, 0, 0];
        let path = |intent, folder, address| Place::Path { intent, folder: Some(folder), address };
        let cases = [
            (n::SYS_renameat2, vec![path(Intent::Remove, 7, 100), path(Intent::Create, 8, 200)]),
            (n::SYS_unlinkat, vec![path(Intent::Remove, 7, 100)]),
            (n::SYS_symlinkat, vec![path(Intent::Create, 100, 8)]),
            (n::SYS_fchmod, vec![Place::File { intent: Intent::Change, fd: 7 }]),
            (n::SYS_connect, vec![Place::Address { address: 100, length: 8 }]),
            (n::SYS_socket, vec![Place::Socket { family: 7 }]),
            (n::SYS_openat2, vec![Place::PathAsIn { folder: 7, address: 100, how: 8 }]),
            (n::SYS_mount, vec![]),
        ];
        for (number, expected) in cases {
            assert_eq!(places(number, &a), expected, "{number}");
        }
        let here = u64::from(n::AT_FDCWD as u32);
        assert_eq!(places(n::SYS_mkdirat, &[here, 5, 0, 0, 0, 0]), [path(Intent::Create, n::AT_FDCWD, 5)]);
    }

    #[test]
    fn only_answers_that_a_boundary_gives_are_refusals() {
        for (number, errno, refusal) in [
            (n::SYS_openat, n::EACCES, true),
            (n::SYS_openat, n::EROFS, true),
            (n::SYS_mount, n::EPERM, true),
            (n::SYS_openat, n::ENOENT, false),
            (n::SYS_renameat2, n::EBUSY, true),
            (n::SYS_linkat, n::EXDEV, true),
            (n::SYS_read, n::EBUSY, false),
            (n::SYS_mkdirat, n::EEXIST, true),
            (n::SYS_unlinkat, n::EEXIST, false),
        ] {
            assert_eq!(is_refusal(number, errno), refusal, "{number} {errno}");
        }
    }

    #[test]
    fn addresses_are_readable() {
        let family = |family: i32| u16::try_from(family).unwrap().to_ne_bytes().to_vec();
        for (bytes, text) in [
            ([family(n::AF_INET), vec![0, 80, 127, 0, 0, 1]].concat(), "127.0.0.1:80"),
            ([family(n::AF_INET6), vec![1, 187, 0, 0, 0, 0], vec![0; 15], vec![1]].concat(), "[::1]:443"),
            ([family(n::AF_UNIX), b"/run/x\0junk".to_vec()].concat(), "/run/x"),
            ([family(n::AF_UNIX), b"\0name".to_vec()].concat(), "@name"),
            (family(n::AF_UNIX), "an unnamed local socket"),
            (family(n::AF_NETLINK), "AF_NETLINK"),
        ] {
            assert_eq!(address_text(&bytes).as_deref(), Some(text));
        }
        assert_eq!(address_text(&[2]), None);
        assert_eq!(address_text(&[2, 0, 0]), None);
    }
}
