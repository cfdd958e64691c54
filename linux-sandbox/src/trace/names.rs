//! Names of system calls, for messages: those that a sandbox or the system may refuse. The others go by their number.

use libc as n;

/// The name of a system call.
pub(super) fn name(number: i64) -> Option<&'static str> {
    NAMES.iter().find(|(known, _)| *known == number).map(|(_, name)| *name)
}

#[rustfmt::skip]
const NAMES: &[(i64, &str)] = &[
    (n::SYS_openat, "openat"), (n::SYS_openat2, "openat2"), (n::SYS_mkdirat, "mkdirat"), (n::SYS_mknodat, "mknodat"),
    (n::SYS_unlinkat, "unlinkat"), (n::SYS_renameat2, "renameat2"), (n::SYS_linkat, "linkat"), (n::SYS_symlinkat, "symlinkat"),
    (n::SYS_truncate, "truncate"), (n::SYS_ftruncate, "ftruncate"), (n::SYS_fallocate, "fallocate"), (n::SYS_fchmod, "fchmod"),
    (n::SYS_fchmodat, "fchmodat"), (n::SYS_fchmodat2, "fchmodat2"), (n::SYS_fchown, "fchown"), (n::SYS_fchownat, "fchownat"),
    (n::SYS_utimensat, "utimensat"), (n::SYS_setxattr, "setxattr"), (n::SYS_lsetxattr, "lsetxattr"), (n::SYS_fsetxattr, "fsetxattr"),
    (n::SYS_removexattr, "removexattr"), (n::SYS_lremovexattr, "lremovexattr"), (n::SYS_fremovexattr, "fremovexattr"),
    (n::SYS_faccessat, "faccessat"), (n::SYS_faccessat2, "faccessat2"), (n::SYS_chdir, "chdir"), (n::SYS_fchdir, "fchdir"),
    (n::SYS_execve, "execve"), (n::SYS_execveat, "execveat"), (n::SYS_readlinkat, "readlinkat"), (n::SYS_statx, "statx"),
    (n::SYS_statfs, "statfs"), (n::SYS_inotify_add_watch, "inotify_add_watch"), (n::SYS_socket, "socket"),
    (n::SYS_socketpair, "socketpair"), (n::SYS_connect, "connect"), (n::SYS_bind, "bind"), (n::SYS_listen, "listen"),
    (n::SYS_accept, "accept"), (n::SYS_accept4, "accept4"), (n::SYS_sendto, "sendto"), (n::SYS_sendmsg, "sendmsg"),
    (n::SYS_sendmmsg, "sendmmsg"), (n::SYS_setsockopt, "setsockopt"), (n::SYS_kill, "kill"), (n::SYS_tkill, "tkill"),
    (n::SYS_tgkill, "tgkill"), (n::SYS_pidfd_open, "pidfd_open"), (n::SYS_pidfd_send_signal, "pidfd_send_signal"),
    (n::SYS_pidfd_getfd, "pidfd_getfd"), (n::SYS_rt_sigqueueinfo, "rt_sigqueueinfo"), (n::SYS_rt_tgsigqueueinfo, "rt_tgsigqueueinfo"),
    (n::SYS_setpriority, "setpriority"), (n::SYS_ioprio_set, "ioprio_set"), (n::SYS_prlimit64, "prlimit64"),
    (n::SYS_setrlimit, "setrlimit"), (n::SYS_sched_setscheduler, "sched_setscheduler"), (n::SYS_sched_setattr, "sched_setattr"),
    (n::SYS_sched_setparam, "sched_setparam"), (n::SYS_sched_setaffinity, "sched_setaffinity"), (n::SYS_ptrace, "ptrace"),
    (n::SYS_process_vm_readv, "process_vm_readv"), (n::SYS_process_vm_writev, "process_vm_writev"),
    (n::SYS_process_madvise, "process_madvise"), (n::SYS_kcmp, "kcmp"), (n::SYS_io_uring_setup, "io_uring_setup"),
    (n::SYS_io_uring_enter, "io_uring_enter"), (n::SYS_io_uring_register, "io_uring_register"), (n::SYS_bpf, "bpf"),
    (n::SYS_perf_event_open, "perf_event_open"), (n::SYS_userfaultfd, "userfaultfd"), (n::SYS_keyctl, "keyctl"),
    (n::SYS_add_key, "add_key"), (n::SYS_request_key, "request_key"), (n::SYS_mount, "mount"), (n::SYS_umount2, "umount2"),
    (n::SYS_pivot_root, "pivot_root"), (n::SYS_chroot, "chroot"), (n::SYS_move_mount, "move_mount"), (n::SYS_open_tree, "open_tree"),
    (n::SYS_fsopen, "fsopen"), (n::SYS_fsconfig, "fsconfig"), (n::SYS_fsmount, "fsmount"), (n::SYS_fspick, "fspick"),
    (n::SYS_mount_setattr, "mount_setattr"), (n::SYS_setns, "setns"), (n::SYS_unshare, "unshare"), (n::SYS_clone, "clone"),
    (n::SYS_clone3, "clone3"), (n::SYS_name_to_handle_at, "name_to_handle_at"), (n::SYS_open_by_handle_at, "open_by_handle_at"),
    (n::SYS_fanotify_init, "fanotify_init"), (n::SYS_fanotify_mark, "fanotify_mark"), (n::SYS_quotactl, "quotactl"),
    (n::SYS_quotactl_fd, "quotactl_fd"), (n::SYS_acct, "acct"), (n::SYS_swapon, "swapon"), (n::SYS_swapoff, "swapoff"),
    (n::SYS_kexec_load, "kexec_load"), (n::SYS_kexec_file_load, "kexec_file_load"), (n::SYS_init_module, "init_module"),
    (n::SYS_finit_module, "finit_module"), (n::SYS_delete_module, "delete_module"), (n::SYS_reboot, "reboot"),
    (n::SYS_syslog, "syslog"), (n::SYS_sethostname, "sethostname"), (n::SYS_setdomainname, "setdomainname"),
    (n::SYS_vhangup, "vhangup"), (n::SYS_personality, "personality"), (n::SYS_ioctl, "ioctl"), (n::SYS_fcntl, "fcntl"),
    (n::SYS_mlock, "mlock"), (n::SYS_mlockall, "mlockall"), (n::SYS_mmap, "mmap"), (n::SYS_mprotect, "mprotect"),
    (n::SYS_prctl, "prctl"), (n::SYS_seccomp, "seccomp"), (n::SYS_setuid, "setuid"), (n::SYS_setgid, "setgid"),
    (n::SYS_setresuid, "setresuid"), (n::SYS_setresgid, "setresgid"), (n::SYS_setreuid, "setreuid"), (n::SYS_setregid, "setregid"),
    (n::SYS_setgroups, "setgroups"), (n::SYS_setfsuid, "setfsuid"), (n::SYS_setfsgid, "setfsgid"), (n::SYS_capset, "capset"),
    (n::SYS_adjtimex, "adjtimex"), (n::SYS_clock_settime, "clock_settime"), (n::SYS_clock_adjtime, "clock_adjtime"),
    (n::SYS_settimeofday, "settimeofday"), (n::SYS_mq_open, "mq_open"), (n::SYS_mq_unlink, "mq_unlink"), (n::SYS_shmget, "shmget"),
    (n::SYS_shmat, "shmat"), (n::SYS_shmctl, "shmctl"), (n::SYS_semget, "semget"), (n::SYS_semctl, "semctl"),
    (n::SYS_msgget, "msgget"), (n::SYS_msgctl, "msgctl"), (n::SYS_memfd_create, "memfd_create"), (n::SYS_memfd_secret, "memfd_secret"),
    (n::SYS_renameat, "renameat"), (n::SYS_newfstatat, "newfstatat"),
    #[cfg(target_arch = "x86_64")]
    (n::SYS_open, "open"),
    #[cfg(target_arch = "x86_64")]
    (n::SYS_creat, "creat"),
    #[cfg(target_arch = "x86_64")]
    (n::SYS_mkdir, "mkdir"),
    #[cfg(target_arch = "x86_64")]
    (n::SYS_mknod, "mknod"),
    #[cfg(target_arch = "x86_64")]
    (n::SYS_unlink, "unlink"),
    #[cfg(target_arch = "x86_64")]
    (n::SYS_rmdir, "rmdir"),
    #[cfg(target_arch = "x86_64")]
    (n::SYS_rename, "rename"),
    #[cfg(target_arch = "x86_64")]
    (n::SYS_link, "link"),
    #[cfg(target_arch = "x86_64")]
    (n::SYS_symlink, "symlink"),
    #[cfg(target_arch = "x86_64")]
    (n::SYS_chmod, "chmod"),
    #[cfg(target_arch = "x86_64")]
    (n::SYS_chown, "chown"),
    #[cfg(target_arch = "x86_64")]
    (n::SYS_lchown, "lchown"),
    #[cfg(target_arch = "x86_64")]
    (n::SYS_utime, "utime"),
    #[cfg(target_arch = "x86_64")]
    (n::SYS_utimes, "utimes"),
    #[cfg(target_arch = "x86_64")]
    (n::SYS_futimesat, "futimesat"),
    #[cfg(target_arch = "x86_64")]
    (n::SYS_access, "access"),
    #[cfg(target_arch = "x86_64")]
    (n::SYS_stat, "stat"),
    #[cfg(target_arch = "x86_64")]
    (n::SYS_lstat, "lstat"),
    #[cfg(target_arch = "x86_64")]
    (n::SYS_readlink, "readlink"),
    #[cfg(target_arch = "x86_64")]
    (n::SYS_iopl, "iopl"),
    #[cfg(target_arch = "x86_64")]
    (n::SYS_ioperm, "ioperm"),
    #[cfg(target_arch = "x86_64")]
    (n::SYS_modify_ldt, "modify_ldt"),
    #[cfg(target_arch = "x86_64")]
    (n::SYS_uselib, "uselib"),
    #[cfg(target_arch = "x86_64")]
    (n::SYS_ustat, "ustat"),
    #[cfg(target_arch = "x86_64")]
    (n::SYS_sysfs, "sysfs"),
];
