//! Programs that run another command given in their arguments, and shells that run a script.

use crate::argv::program_name;

/// What a command comes down to.
pub(super) enum Unwrapped<'a> {
    /// It runs nothing.
    Nothing,
    /// It is no wrapper.
    Command,
    /// It runs this command.
    Inner(&'a [&'a str]),
    /// It runs this script.
    Script(String),
}

/// A program that runs the command behind its options.
struct Wrapper {
    name: &'static str,
    /// Options whose value is the next word.
    valued: &'static [&'static str],
    /// Words between the options and the command.
    operands: usize,
}

const fn wrapper(name: &'static str, valued: &'static [&'static str]) -> Wrapper {
    Wrapper { name, valued, operands: 0 }
}

const WRAPPERS: &[Wrapper] = &[
    wrapper(
        "sudo",
        &[
            "-u",
            "--user",
            "-g",
            "--group",
            "-h",
            "--host",
            "-p",
            "--prompt",
            "-C",
            "--close-from",
            "-T",
            "--command-timeout",
            "-U",
            "--other-user",
            "-D",
            "--chdir",
            "-R",
            "--chroot",
            "-r",
            "--role",
            "-t",
            "--type",
        ],
    ),
    wrapper("doas", &["-u", "-C", "-a"]),
    wrapper("env", &["-u", "--unset", "-C", "--chdir"]),
    wrapper("command", &[]),
    wrapper("builtin", &[]),
    wrapper("exec", &["-a"]),
    wrapper("nice", &["-n", "--adjustment"]),
    wrapper("ionice", &["-c", "--class", "-n", "--classdata"]),
    wrapper("nohup", &[]),
    wrapper("setsid", &[]),
    wrapper("stdbuf", &["-i", "--input", "-o", "--output", "-e", "--error"]),
    wrapper("time", &["-f", "--format", "-o", "--output"]),
    wrapper("busybox", &[]),
    wrapper("watch", &["-n", "--interval"]),
    wrapper("strace", &["-e", "-o", "-p", "-s", "-u", "-E", "-P"]),
    wrapper("parallel", &["-a", "--arg-file", "-d", "--delimiter", "-I", "-j", "--jobs", "-n", "--max-args"]),
    Wrapper { name: "flock", valued: &["-w", "--timeout", "-E", "--conflict-exit-code"], operands: 1 },
    Wrapper { name: "chroot", valued: &[], operands: 1 },
    Wrapper { name: "taskset", valued: &[], operands: 1 },
    Wrapper { name: "chrt", valued: &["-T", "-P", "-D"], operands: 1 },
    wrapper("!", &[]),
    wrapper("coproc", &[]),
    Wrapper { name: "timeout", valued: &["-s", "--signal", "-k", "--kill-after"], operands: 1 },
    wrapper(
        "xargs",
        &[
            "-a",
            "--arg-file",
            "-d",
            "--delimiter",
            "-E",
            "-I",
            "-L",
            "--max-lines",
            "-n",
            "--max-args",
            "-P",
            "--max-procs",
            "-s",
            "--max-chars",
            "--process-slot-var",
        ],
    ),
];

const SHELLS: &[&str] = &["bash", "sh", "zsh", "dash", "ksh", "ash"];

/// Takes one layer off a command.
pub(super) fn unwrap<'a>(argv: &'a [&'a str]) -> Unwrapped<'a> {
    let Some((program, args)) = argv.split_first() else { return Unwrapped::Nothing };
    let name = program_name(program);
    if SHELLS.contains(&name) {
        return shell(args);
    }
    if name == "eval" {
        return Unwrapped::Script(args.join(" "));
    }
    if name == "trap" {
        return args.first().map_or(Unwrapped::Nothing, |script| Unwrapped::Script((*script).to_owned()));
    }
    if matches!(name, "su" | "runuser" | "flock" | "script" | "watch" | "parallel")
        && let Some(script) = command_option(name, args)
    {
        return Unwrapped::Script(script);
    }
    if name == "env"
        && let Some(script) = env_split(args)
    {
        return Unwrapped::Script(script);
    }
    match WRAPPERS.iter().find(|wrapper| wrapper.name == name) {
        Some(wrapper) => behind_options(wrapper, args),
        None => Unwrapped::Command,
    }
}

fn behind_options<'a>(wrapper: &Wrapper, args: &'a [&'a str]) -> Unwrapped<'a> {
    let mut operands = wrapper.operands;
    let mut at = 0;
    let mut options_ended = false;
    while let Some(word) = args.get(at) {
        if *word == "--" && !options_ended {
            options_ended = true;
        } else if word.starts_with('-') && !options_ended {
            at += usize::from(wrapper.valued.contains(word));
        } else if is_assignment(word) && matches!(wrapper.name, "env" | "sudo") {
            // A variable for the command.
        } else if operands > 0 {
            operands -= 1;
        } else {
            return Unwrapped::Inner(&args[at..]);
        }
        at += 1;
    }
    Unwrapped::Nothing
}

/// The script of a shell: the word behind the options, one of which holds `c`.
fn shell<'a>(args: &'a [&'a str]) -> Unwrapped<'a> {
    let mut takes_script = false;
    let mut words = args.iter();
    while let Some(word) = words.next() {
        match word.strip_prefix(['-', '+']) {
            Some("-rcfile" | "-init-file" | "o" | "O") => {
                words.next();
            }
            Some(flags) if !flags.starts_with('-') => {
                takes_script |= flags.contains('c');
                // `-euo pipefail`: the name of the option follows.
                if flags.ends_with(['o', 'O']) {
                    words.next();
                }
            }
            Some(_) => {}
            None if takes_script => return Unwrapped::Script((*word).to_owned()),
            None => return Unwrapped::Nothing,
        }
    }
    Unwrapped::Nothing
}

/// `su -c 'rm -rf d'` runs a script; so does the only word behind `watch` or `parallel`.
fn command_option(name: &str, args: &[&str]) -> Option<String> {
    if matches!(name, "watch" | "parallel") {
        let [.., only] = args else { return None };
        return only.contains(' ').then(|| (*only).to_owned());
    }
    let at = args.iter().position(|word| matches!(*word, "-c" | "--command") || word.starts_with("--command="))?;
    match args[at].strip_prefix("--command=") {
        Some(script) => Some(script.to_owned()),
        None => args.get(at + 1).map(|script| (*script).to_owned()),
    }
}

/// `env -S 'rm -rf d'` splits one word into a command.
fn env_split(args: &[&str]) -> Option<String> {
    let at = args.iter().position(|word| word.starts_with("-S") || word.starts_with("--split-string"))?;
    let attached = args[at].strip_prefix("-S").or_else(|| args[at].strip_prefix("--split-string=")).unwrap_or_default();
    let mut words = vec![attached];
    words.extend(&args[at + 1..]);
    Some(words.join(" "))
}

fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| !name.is_empty() && name.chars().all(|c| c == '_' || c.is_ascii_alphanumeric()))
}
