//! The tracer's loop: which threads there are, where each is, and what each was refused.
//!
//! Threads are resumed to their next event while they are the helper's, and to their next system call from the moment on
//! at which the helper has become the command. A thread may be heard of before its maker tells of it; it waits until then.

use std::collections::HashMap;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::calls::{self, Place};
use super::ptrace::{self, Change, Syscall, Tid};
use super::start::shell_code;
use super::{Answer, Outcome, Refusal, Target, names};
use crate::call::ROLE;

/// Different refusals that are kept; the rest is counted.
const MOST_REFUSALS: usize = 500;

/// Longest path that is read.
const PATH_LIMIT: usize = 4096;

/// What is known of a thread.
#[derive(Clone, Debug)]
struct Thread {
    /// The command's program; `None` while it is the helper's.
    program: Option<Rc<str>>,
    /// The call it is in.
    within: Option<(i64, [u64; 6])>,
}

impl Thread {
    fn of_the_helper() -> Self {
        Self { program: None, within: None }
    }

    /// One that was just made by this one.
    fn made(&self) -> Self {
        Self { program: self.program.clone(), within: None }
    }
}

/// Follows `root` and all that comes of it until it has ended, and the helper behind it as well.
///
/// Nobody is killed when the tracer dies: `root` dies with it, as it would without a tracer, and the helper then ends the command
/// and puts things in order.
pub(super) fn until_the_end(root: Tid) -> Outcome {
    let mut tracer = Tracer::default();
    tracer.threads.insert(root, Thread::of_the_helper());
    let mut code = None;
    while let Some((tid, change)) = ptrace::wait() {
        if let Change::Stopped(signal, event) = change {
            tracer.stopped(tid, signal, event);
            continue;
        }
        tracer.ended(tid, change);
        if tid == root {
            code = shell_code(change);
        }
        if code.is_some() && tracer.threads.values().all(|thread| thread.program.is_some()) {
            break;
        }
    }
    Outcome { code: code.unwrap_or(u8::MAX), refusals: tracer.log.refusals, more: tracer.log.more, not_followed: None }
}

#[derive(Default)]
struct Tracer {
    threads: HashMap<Tid, Thread>,
    /// Stopped, and of unknown making.
    unknown: Vec<Tid>,
    log: Log,
}

impl Tracer {
    fn stopped(&mut self, tid: Tid, signal: i32, event: i32) {
        match event {
            libc::PTRACE_EVENT_FORK | libc::PTRACE_EVENT_VFORK | libc::PTRACE_EVENT_CLONE => {
                self.has_made(tid);
                self.go_on(tid, 0);
            }
            libc::PTRACE_EVENT_EXEC => {
                self.has_become(tid);
                self.go_on(tid, 0);
            }
            ptrace::EVENT_STOP if matches!(signal, libc::SIGSTOP | libc::SIGTSTP | libc::SIGTTIN | libc::SIGTTOU) => {
                if self.threads.contains_key(&tid) {
                    ptrace::listen(tid);
                } else {
                    self.unknown.push(tid);
                }
            }
            ptrace::EVENT_STOP if !self.threads.contains_key(&tid) => self.unknown.push(tid),
            0 if signal == libc::SIGTRAP | 0x80 => {
                self.at_a_call(tid);
                self.go_on(tid, 0);
            }
            // A signal on its way to the thread, which it shall get.
            0 => self.go_on(tid, signal),
            _ => self.go_on(tid, 0),
        }
    }

    fn go_on(&self, tid: Tid, signal: i32) {
        match self.threads.get(&tid) {
            Some(Thread { program: None, .. }) => ptrace::go_on(tid, signal),
            _ => ptrace::go_on_to_call(tid, signal),
        }
    }

    /// A thread has made another one.
    fn has_made(&mut self, maker: Tid) {
        let Some(made) = ptrace::event_message(maker) else { return };
        let thread = self.threads.get(&maker).map_or_else(Thread::of_the_helper, Thread::made);
        self.threads.insert(made, thread);
        if let Some(at) = self.unknown.iter().position(|tid| *tid == made) {
            self.unknown.swap_remove(at);
            self.go_on(made, 0);
        }
    }

    /// A thread runs another program now, under the number of its process.
    fn has_become(&mut self, tid: Tid) {
        let former = ptrace::event_message(tid).unwrap_or(tid);
        let thread = self.threads.remove(&former).or_else(|| self.threads.remove(&tid));
        let was_the_helper = thread.is_none_or(|thread| thread.program.is_none());
        let program = if was_the_helper && is_helper(tid) { None } else { Some(program_name(tid)) };
        self.threads.insert(tid, Thread { program, within: None });
    }

    fn at_a_call(&mut self, tid: Tid) {
        let Some(thread) = self.threads.get_mut(&tid) else { return };
        match ptrace::syscall(tid) {
            Syscall::Entry { number, args } => thread.within = Some((number, args)),
            Syscall::Exit { error } => {
                let (within, program) = (thread.within.take(), thread.program.clone());
                if let (Some((number, args)), Some(errno), Some(program)) = (within, error, program)
                    && calls::is_refusal(number, errno)
                {
                    self.log.add(&program, number, Answer::Errno(errno), targets(tid, number, &args));
                }
            }
            Syscall::Elsewhere => {}
        }
    }

    fn ended(&mut self, tid: Tid, change: Change) {
        let thread = self.threads.remove(&tid);
        self.unknown.retain(|unknown| *unknown != tid);
        if let (Change::Killed(libc::SIGSYS), Some(Thread { program: Some(program), within })) = (change, thread) {
            let number = within.map_or(-1, |(number, _)| number);
            self.log.add(&program, number, Answer::Killed, Vec::new());
        }
    }
}

#[derive(Default)]
struct Log {
    refusals: Vec<Refusal>,
    more: u64,
}

impl Log {
    fn add(&mut self, program: &str, number: i64, answer: Answer, targets: Vec<Target>) {
        let call = names::name(number).map_or_else(|| format!("system call {number}"), str::to_owned);
        let same = |known: &Refusal| known.program == program && known.call == call && known.answer == answer && known.targets == targets;
        match self.refusals.iter().position(same) {
            Some(at) => self.refusals[at].count += 1,
            None if self.refusals.len() < MOST_REFUSALS => {
                self.refusals.push(Refusal { program: program.to_owned(), call, answer, targets, count: 1 });
            }
            None => self.more += 1,
        }
    }
}

/// Whether a process that has just started a program is still the sandbox helper on its way.
fn is_helper(tid: Tid) -> bool {
    let words = std::fs::read(format!("/proc/{tid}/cmdline")).unwrap_or_default();
    words.split(|byte| *byte == 0).next() == Some(ROLE.as_bytes())
}

fn program_name(tid: Tid) -> Rc<str> {
    let name = std::fs::read_to_string(format!("/proc/{tid}/comm")).unwrap_or_default();
    Rc::from(name.trim_end_matches('\n'))
}

fn targets(tid: Tid, number: i64, args: &[u64; 6]) -> Vec<Target> {
    calls::places(number, args).into_iter().filter_map(|place| target(tid, place)).collect()
}

fn target(tid: Tid, place: Place) -> Option<Target> {
    match place {
        Place::Path { intent, folder, address } => {
            let folder = folder.unwrap_or(libc::AT_FDCWD);
            // Without a path, or with an empty one, the call is about the open file itself.
            let name = if address == 0 { Vec::new() } else { ptrace::read_string(tid, address, PATH_LIMIT)? };
            Some(Target::Path { intent, path: absolute(tid, folder, name) })
        }
        Place::PathAsIn { folder, address, how } => {
            let flags = ptrace::read(tid, how, 8).try_into().map_or(0, u64::from_ne_bytes);
            target(tid, Place::Path { intent: calls::of_flags(flags), folder: Some(folder), address })
        }
        Place::File { intent, fd } => {
            let path = std::fs::read_link(format!("/proc/{tid}/fd/{fd}")).ok()?;
            Some(Target::Path { intent, path })
        }
        Place::Socket { family } => Some(Target::Socket(calls::family_name(family))),
        Place::Address { address, length } => socket_address(tid, address, length),
        Place::Header { address } => {
            let word = |at: usize| ptrace::read(tid, address + at as u64, 8).try_into().ok().map(u64::from_ne_bytes);
            socket_address(tid, word(0)?, word(8)? & 0xffff_ffff)
        }
    }
}

fn socket_address(tid: Tid, address: u64, length: u64) -> Option<Target> {
    const LONGEST: u64 = size_of::<libc::sockaddr_storage>() as u64;
    if address == 0 {
        return None;
    }
    let bytes = ptrace::read(tid, address, usize::try_from(length.min(LONGEST)).ok()?);
    calls::address_text(&bytes).map(Target::Address)
}

/// The path with the folder it starts from in front.
fn absolute(tid: Tid, folder: i32, name: Vec<u8>) -> PathBuf {
    let name = PathBuf::from(OsString::from_vec(name));
    if name.is_absolute() {
        return name;
    }
    let link = if folder == libc::AT_FDCWD { format!("/proc/{tid}/cwd") } else { format!("/proc/{tid}/fd/{folder}") };
    match std::fs::read_link(link) {
        Ok(start) if name == Path::new("") => start,
        Ok(start) => start.join(name),
        Err(_) => name,
    }
}
