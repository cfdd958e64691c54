//! seccomp: which system calls are refused, and with what.
//!
//! A list of what is refused, not of what is allowed: commands are compilers, browsers and test runners of all kinds. Most
//! answers are `EPERM`, which programs expect. `clone3` and `openat2` hide their flags behind a pointer a filter cannot follow; they
//! are answered as unknown, and C libraries then use `clone` and `openat`, whose flags can be seen.

use std::collections::BTreeMap;

use seccompiler::{
    BackendError, BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule, sock_filter,
};

use crate::call::Network;
use crate::failure::Failure;
use crate::nested;

/// What the filter depends on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) sockets: Sockets,
    /// Whether there is any place to write in. Where there is none, no mode, owner, time or attribute is changed either; where
    /// there is one, a filter cannot tell its files from others, and Landlock does not look at these calls.
    pub(crate) writes: bool,
    /// Whether Landlock keeps files outside from being cut; before Linux 6.2 it does not.
    pub(crate) landlock_truncates: bool,
    /// Whether processes of others can be named; those of a PID namespace are the command's own.
    pub(crate) others: bool,
}

/// Which sockets there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sockets {
    /// Network off.
    Unconnected,
    /// Network on.
    Ordinary,
    /// A network that holds nothing but a proxy.
    Streams,
}

impl Network {
    /// The sockets of a command that has a network of its own, unless it has the machine's.
    pub(crate) fn sockets(&self) -> Sockets {
        match self {
            Self::Off => Sockets::Unconnected,
            Self::On => Sockets::Ordinary,
            Self::Proxy(_) => Sockets::Streams,
        }
    }
}

/// A filter for the kernel.
pub(crate) type Program = BpfProgram;

/// Installs a filter for this thread and everything it becomes.
pub(crate) fn install(program: &Program) -> Result<(), Failure> {
    seccompiler::apply_filter(program).map_err(Failure::step("installing the system-call filter"))
}

type Rules = BTreeMap<i64, Vec<SeccompRule>>;

/// Makes the filter.
pub(crate) fn program(limits: Limits) -> Result<Program, BackendError> {
    let mut rules = Rules::new();
    always(&mut rules)?;
    match limits.sockets {
        Sockets::Unconnected => no_way_out(&mut rules)?,
        Sockets::Ordinary => ordinary_sockets_only(&mut rules)?,
        Sockets::Streams => streams_only(&mut rules)?,
    }
    if limits.others {
        oneself_only(&mut rules)?;
    }
    if !limits.writes {
        no_attributes(&mut rules)?;
    }
    if !limits.landlock_truncates {
        no_cutting_by_name(&mut rules)?;
    }
    // Both hide what matters behind a pointer; programs have older calls to fall back on.
    let unknown = [libc::SYS_clone3, libc::SYS_openat2];
    let mut program = preamble(&unknown);
    answer_the_question(&mut program)?;
    program.extend(dispatch(rules)?);
    Ok(program)
}

/// The list as programs for a few calls each, and in front of them the jumps to the one for a call.
///
/// A filter is run for most calls the command makes, and by the kernel over every number when it is installed: one long list
/// would cost half a millisecond for each command started. The last program also gets the numbers above the list.
fn dispatch(mut rules: Rules) -> Result<BpfProgram, BackendError> {
    let mut parts = Vec::new();
    while !rules.is_empty() {
        let next = rules.keys().nth(CALLS_PER_PART).copied();
        let rest = next.map(|first| rules.split_off(&first)).unwrap_or_default();
        let highest = rules.keys().next_back().copied().unwrap_or_default();
        parts.push((highest, list(std::mem::replace(&mut rules, rest))?));
    }
    let last = parts.pop().map(|(_, program)| program).unwrap_or_default();
    let mut jumps = BpfProgram::new();
    let mut behind = 0;
    for (at, (highest, part)) in parts.iter().enumerate() {
        let jumps_left = 2 * (parts.len() - at - 1);
        let highest = u32::try_from(*highest).map_err(|_| BackendError::InvalidArgumentNumber)?;
        let distance = u32::try_from(jumps_left + behind).map_err(|_| BackendError::FilterTooLarge(behind))?;
        jumps.extend([step(JUMP_IF_ABOVE, 1, 0, highest), step(JUMP, 0, 0, distance + last.len() as u32)]);
        behind += part.len();
    }
    jumps.extend(last);
    jumps.extend(parts.into_iter().flat_map(|(_, part)| part));
    Ok(jumps)
}

fn list(rules: Rules) -> Result<BpfProgram, BackendError> {
    let arch = std::env::consts::ARCH.try_into()?;
    SeccompFilter::new(rules, SeccompAction::Allow, SeccompAction::Errno(libc::EPERM.unsigned_abs()), arch)?.try_into()
}

/// Calls that share a part of the filter.
const CALLS_PER_PART: usize = 6;

/// Refused whatever the arguments and the policy.
const NEVER: &[i64] = &[
    // other processes' memory, descriptors and execution
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_process_madvise,
    libc::SYS_kcmp,
    libc::SYS_pidfd_getfd,
    // calls a filter cannot see into, and programs run by the kernel
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    // the keyrings of the user and the session
    libc::SYS_keyctl,
    libc::SYS_add_key,
    libc::SYS_request_key,
    // file trees: mounts, namespaces, files by handle
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_move_mount,
    libc::SYS_open_tree,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fspick,
    libc::SYS_mount_setattr,
    SYS_OPEN_TREE_ATTR,
    libc::SYS_setns,
    libc::SYS_open_by_handle_at,
    libc::SYS_fanotify_init,
    libc::SYS_quotactl,
    libc::SYS_quotactl_fd,
    libc::SYS_acct,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    // the machine
    libc::SYS_kexec_load,
    libc::SYS_kexec_file_load,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_reboot,
    libc::SYS_syslog,
    libc::SYS_sethostname,
    libc::SYS_setdomainname,
    libc::SYS_vhangup,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_iopl,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_ioperm,
];

// Newer than the C library's table; the numbers are the same on every architecture.
const SYS_SETXATTRAT: i64 = 463;
const SYS_REMOVEXATTRAT: i64 = 466;
const SYS_OPEN_TREE_ATTR: i64 = 467;
const SYS_FILE_SETATTR: i64 = 469;

/// What `chattr` does.
const FS_IOC_SETFLAGS: u32 = 0x4008_6602;

/// The same for extended flags and project quotas.
const FS_IOC_FSSETXATTR: u32 = 0x401c_5820;

/// Namespace flags of `clone` and `unshare`.
const NAMESPACES: [libc::c_int; 7] = [
    libc::CLONE_NEWNS,
    libc::CLONE_NEWCGROUP,
    libc::CLONE_NEWUTS,
    libc::CLONE_NEWIPC,
    libc::CLONE_NEWUSER,
    libc::CLONE_NEWPID,
    libc::CLONE_NEWNET,
];

/// Only of `unshare`: in `clone` the same bit belongs to the exit signal.
const CLONE_NEWTIME: libc::c_int = 0x80;

/// An old way to say `AF_PACKET`, still understood by the kernel.
const SOCK_PACKET: libc::c_int = 10;

/// The low bits of a socket's type; above are flags.
const TYPE_MASK: u64 = 0xf;

fn always(rules: &mut Rules) -> Result<(), BackendError> {
    for call in NEVER {
        rules.insert(*call, Vec::new());
    }
    for flag in NAMESPACES {
        refuse(rules, libc::SYS_clone, vec![has_bit(0, flag)?])?;
        refuse(rules, libc::SYS_unshare, vec![has_bit(0, flag)?])?;
    }
    refuse(rules, libc::SYS_unshare, vec![has_bit(0, CLONE_NEWTIME)?])?;
    // Typing into the user's terminal.
    for request in [libc::TIOCSTI, libc::TIOCLINUX] {
        refuse(rules, libc::SYS_ioctl, vec![word(1, SeccompCmpOp::Eq, request)?])?;
    }
    no_set_uid(rules)
}

/// Limits and priorities of others; zero is oneself.
fn oneself_only(rules: &mut Rules) -> Result<(), BackendError> {
    refuse(rules, libc::SYS_prlimit64, vec![word(0, SeccompCmpOp::Ne, 0_u32)?])?;
    refuse(rules, libc::SYS_setpriority, vec![word(1, SeccompCmpOp::Ne, 0_u32)?])?;
    refuse(rules, libc::SYS_ioprio_set, vec![word(1, SeccompCmpOp::Ne, 0_u32)?])
}

/// A file that runs with its owner's rights would do so outside too, where nothing says `nosuid` (A22).
fn no_set_uid(rules: &mut Rules) -> Result<(), BackendError> {
    let modes = [
        #[cfg(target_arch = "x86_64")]
        (libc::SYS_chmod, 1),
        (libc::SYS_fchmod, 1),
        (libc::SYS_fchmodat, 2),
        (libc::SYS_fchmodat2, 2),
        #[cfg(target_arch = "x86_64")]
        (libc::SYS_creat, 1),
        #[cfg(target_arch = "x86_64")]
        (libc::SYS_mknod, 1),
        (libc::SYS_mknodat, 2),
    ];
    for (call, mode) in modes {
        refuse(rules, call, vec![has_bit(mode, SET_UID)?])?;
    }
    let opens = [
        #[cfg(target_arch = "x86_64")]
        (libc::SYS_open, 1),
        (libc::SYS_openat, 2),
    ];
    for (call, flags) in opens {
        // Without one of these nothing is made, and the mode may be anything.
        for makes in [libc::O_CREAT, libc::O_TMPFILE & !libc::O_DIRECTORY] {
            refuse(rules, call, vec![has_bit(flags, makes)?, has_bit(flags + 1, SET_UID)?])?;
        }
    }
    Ok(())
}

/// `S_ISUID`
const SET_UID: libc::c_int = 0o4000;

/// What [`nested::inside`] asks for.
fn answer_the_question(program: &mut BpfProgram) -> Result<(), BackendError> {
    let seccomp = u32::try_from(libc::SYS_seccomp).map_err(|_| BackendError::InvalidArgumentNumber)?;
    program.extend([
        step(JUMP_IF_EQUAL, 0, 4, seccomp),
        step(LOAD, 0, 0, FIRST_ARGUMENT),
        step(JUMP_IF_EQUAL, 0, 1, nested::QUESTION),
        step(RETURN, 0, 0, libc::SECCOMP_RET_ERRNO | nested::ANSWER.unsigned_abs()),
        // Whatever follows starts by loading the number itself.
        step(LOAD, 0, 0, 0),
    ]);
    Ok(())
}

/// Network on: the families programs talk to servers with, none that talk to the kernel or below the protocols.
fn ordinary_sockets_only(rules: &mut Rules) -> Result<(), BackendError> {
    let families = [libc::AF_UNIX, libc::AF_INET, libc::AF_INET6];
    let other = families.into_iter().map(|family| word(0, SeccompCmpOp::Ne, family)).collect::<Result<_, _>>()?;
    refuse(rules, libc::SYS_socket, other)?;
    for kind in [libc::SOCK_RAW, SOCK_PACKET] {
        refuse(rules, libc::SYS_socket, vec![of_type(kind)?])?;
    }
    Ok(())
}

/// A network of the command's own: connections over it, and no local socket but in pairs, for such a socket could be
/// connected to one with a name outside, and a filter cannot tell that from other connections.
fn streams_only(rules: &mut Rules) -> Result<(), BackendError> {
    let other = [libc::AF_INET, libc::AF_INET6].into_iter().map(|family| word(0, SeccompCmpOp::Ne, family)).collect::<Result<_, _>>()?;
    refuse(rules, libc::SYS_socket, other)?;
    for kind in [libc::SOCK_DGRAM, libc::SOCK_RAW, libc::SOCK_SEQPACKET, libc::SOCK_RDM, SOCK_PACKET] {
        refuse(rules, libc::SYS_socket, vec![of_type(kind)?])?;
    }
    refuse(rules, libc::SYS_socketpair, vec![word(0, SeccompCmpOp::Ne, libc::AF_UNIX)?])
}

/// Network off: local sockets, which stay without a name and without a peer unless they were made in pairs.
///
/// One way is left where Landlock does not watch it (before its ABI 9): `sendmsg` on a local datagram socket can name a socket
/// in the file system, inside a structure that a filter cannot see. Datagram pairs are too common to give up for that.
fn no_way_out(rules: &mut Rules) -> Result<(), BackendError> {
    for call in [libc::SYS_socket, libc::SYS_socketpair] {
        refuse(rules, call, vec![word(0, SeccompCmpOp::Ne, libc::AF_UNIX)?])?;
    }
    for call in [libc::SYS_connect, libc::SYS_bind, libc::SYS_listen, libc::SYS_accept, libc::SYS_accept4] {
        rules.insert(call, Vec::new());
    }
    let to_an_address = SeccompCondition::new(4, SeccompCmpArgLen::Qword, SeccompCmpOp::Ne, 0)?;
    refuse(rules, libc::SYS_sendto, vec![to_an_address])
}

/// Changes to what is known about a file, where no file may be changed.
const ATTRIBUTES: &[i64] = &[
    #[cfg(target_arch = "x86_64")]
    libc::SYS_chmod,
    libc::SYS_fchmod,
    libc::SYS_fchmodat,
    libc::SYS_fchmodat2,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_chown,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_lchown,
    libc::SYS_fchown,
    libc::SYS_fchownat,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_utime,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_utimes,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_futimesat,
    libc::SYS_utimensat,
    libc::SYS_setxattr,
    libc::SYS_lsetxattr,
    libc::SYS_fsetxattr,
    libc::SYS_removexattr,
    libc::SYS_lremovexattr,
    libc::SYS_fremovexattr,
    SYS_SETXATTRAT,
    SYS_REMOVEXATTRAT,
    SYS_FILE_SETATTR,
];

fn no_attributes(rules: &mut Rules) -> Result<(), BackendError> {
    for call in ATTRIBUTES {
        rules.insert(*call, Vec::new());
    }
    for request in [FS_IOC_SETFLAGS, FS_IOC_FSSETXATTR] {
        refuse(rules, libc::SYS_ioctl, vec![word(1, SeccompCmpOp::Eq, request)?])?;
    }
    Ok(())
}

/// For a Landlock that does not watch truncation: cutting a file without opening it for writing.
fn no_cutting_by_name(rules: &mut Rules) -> Result<(), BackendError> {
    rules.insert(libc::SYS_truncate, Vec::new());
    let cuts_unwritten = |arg| {
        let mask = (libc::O_TRUNC | libc::O_ACCMODE).unsigned_abs();
        let flags = (libc::O_TRUNC | libc::O_RDONLY).unsigned_abs();
        SeccompCondition::new(arg, SeccompCmpArgLen::Dword, SeccompCmpOp::MaskedEq(mask.into()), flags.into())
    };
    #[cfg(target_arch = "x86_64")]
    refuse(rules, libc::SYS_open, vec![cuts_unwritten(1)?])?;
    refuse(rules, libc::SYS_openat, vec![cuts_unwritten(2)?])
}

/// Refuses the call where all conditions hold; further rules for the same call are alternatives.
fn refuse(rules: &mut Rules, call: i64, all_of: Vec<SeccompCondition>) -> Result<(), BackendError> {
    rules.entry(call).or_default().push(SeccompRule::new(all_of)?);
    Ok(())
}

/// Compares the low 32 bits of an argument, which is all the kernel looks at for an `int`.
fn word(arg: u8, op: SeccompCmpOp, value: impl TryInto<u32>) -> Result<SeccompCondition, BackendError> {
    let value = value.try_into().map_err(|_| BackendError::InvalidArgumentNumber)?;
    SeccompCondition::new(arg, SeccompCmpArgLen::Dword, op, value.into())
}

fn has_bit(arg: u8, bit: libc::c_int) -> Result<SeccompCondition, BackendError> {
    word(arg, SeccompCmpOp::MaskedEq(bit.unsigned_abs().into()), bit)
}

fn of_type(kind: libc::c_int) -> Result<SeccompCondition, BackendError> {
    word(1, SeccompCmpOp::MaskedEq(TYPE_MASK), kind)
}

/// Where the low half of a call's first argument is in what a filter sees, on the little-endian machines we know.
const FIRST_ARGUMENT: u32 = 16;

const LOAD: u16 = 0x20;
const JUMP: u16 = 0x05;
const JUMP_IF_EQUAL: u16 = 0x15;
const JUMP_IF_ABOVE: u16 = 0x25;
#[cfg(target_arch = "x86_64")]
const JUMP_IF_AT_LEAST: u16 = 0x35;
const RETURN: u16 = 0x06;

/// One instruction; `jt` and `jf` are how many to skip when a comparison holds or does not.
fn step(code: u16, jt: u8, jf: u8, k: u32) -> sock_filter {
    sock_filter { code, jt, jf, k }
}

/// What has another answer than `EPERM`, put before the list: calls that do not exist for the command, and on x86-64
/// the numbers of its second interface (x32), which the list does not name and would thus let pass.
fn preamble(unknown: &[i64]) -> BpfProgram {
    // The call's number is the first word of what a filter sees.
    let mut program = vec![step(LOAD, 0, 0, 0)];
    #[cfg(target_arch = "x86_64")]
    program.extend([step(JUMP_IF_AT_LEAST, 0, 1, 0x4000_0000), step(RETURN, 0, 0, libc::SECCOMP_RET_KILL_PROCESS)]);
    for number in unknown.iter().filter_map(|number| u32::try_from(*number).ok()) {
        program.push(step(JUMP_IF_EQUAL, 0, 1, number));
        program.push(step(RETURN, 0, 0, libc::SECCOMP_RET_ERRNO | libc::ENOSYS.unsigned_abs()));
    }
    program
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File, OpenOptions};
    use std::io::ErrorKind;
    use std::os::unix::fs::OpenOptionsExt;

    use rustix::fs::{CWD, Mode, OFlags, ResolveFlags};
    use rustix::io::Errno;

    use super::*;

    #[test]
    fn where_landlock_does_not_watch_truncation_the_filter_does() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "kept").unwrap();
        // The filter holds for the thread that installs it.
        let inside = std::thread::spawn(move || {
            let limits = Limits { sockets: Sockets::Ordinary, writes: true, landlock_truncates: false, others: true };
            install(&program(limits).unwrap()).unwrap();
            let cut = OpenOptions::new().read(true).custom_flags(libc::O_TRUNC).open(&file).map(|_| ());
            assert_eq!(cut.unwrap_err().kind(), ErrorKind::PermissionDenied);
            let path = std::ffi::CString::new(file.to_str().unwrap()).unwrap();
            assert_eq!(
                rustix::fs::openat2(CWD, path.as_c_str(), OFlags::RDONLY, Mode::empty(), ResolveFlags::empty()).unwrap_err(),
                Errno::NOSYS
            );
            assert_eq!(fs::read_to_string(&file).unwrap(), "kept");
            // Opening for writing is Landlock's to judge, and through such a descriptor everything goes.
            File::create(&file).unwrap().set_len(2).unwrap();
            assert_eq!(fs::read(&file).unwrap(), [0, 0]);
        });
        inside.join().unwrap();
    }

    #[test]
    fn the_programs_fit_the_kernels_limit() {
        for sockets in [Sockets::Unconnected, Sockets::Ordinary, Sockets::Streams] {
            let length = program(Limits { sockets, writes: false, landlock_truncates: false, others: true }).unwrap().len();
            assert!(length < 1024, "{length} of 4096");
        }
    }
}
