//! What may be read unasked: the gap `cat ~/.ssh/id_rsa` and everything that comes down to it.

use codex_shell_command::{FileKind, Verdict};

use crate::machine::Machine;

#[test]
fn keys_and_passwords_are_not_shown_unasked() {
    let machine = Machine::new();
    machine.asks(&[
        "cat ~/.ssh/id_rsa",
        "cat /etc/shadow",
        "cat /home/u/.ssh/id_rsa",
        "cat /home/other/.ssh/config",
        "cat '/etc/shadow'",
        "cat /etc/../etc//shadow",
        "cat ../etc/shadow",
        "head -1 /etc/gshadow",
        "tail /etc/sudoers",
        "grep root /etc/shadow",
        "grep -f /etc/shadow x",
        "grep --file=/etc/shadow x",
        "grep -e x /etc/shadow",
        "base64 ~/.aws/credentials",
        "rg . ~/.ssh",
        "rg -e . /etc/shadow",
        "rg --ignore-file=/etc/shadow x",
        "nl ~/.netrc",
        "tac < ~/.netrc",
        "sed -n 1,9p ~/.git-credentials",
        "cut -c1- /etc/shadow",
        "paste a /etc/shadow",
        "wc /etc/shadow",
        "uniq ~/.pgpass",
        "rev ~/.config/gh/hosts.yml",
        "cat /etc/ssh/ssh_host_rsa_key",
        "cat ~/.codex/auth.json",
        "cat ~other/x",
        "cat id_rsa",
        "cat /proc/self/environ",
        "cat /proc/1/environ",
        "cat /proc/self/root/etc/shadow",
        "cd ~/.ssh && cat id_rsa.old",
        "cd ~/.ssh; cat known_hosts",
        "cd && cat .ssh/config",
        "cd / && cat etc/shadow",
        "cd ~ || cd x; cat .netrc",
        "cd - && cat x",
        "cd $X && cat x",
        "bash -c 'cd ~/.ssh && cat config'",
    ]);
    machine.runs(&[
        "cat f /w/src/x.rs ../w/f",
        "cat /etc/passwd /etc/hosts",
        "cat /proc/cpuinfo /proc/meminfo",
        "cat ~/notes.txt",
        "cat -",
        "ls ~/.ssh",
        "stat /etc/shadow",
        "find / -name id_rsa",
        "grep /etc/shadow f",
        "rg .ssh src",
        "echo ~/.ssh/id_rsa",
        "cd sub && cat f",
        "cd ~ && ls",
    ]);
}

#[test]
fn what_the_shell_puts_in_is_weighed_before() {
    let machine = Machine::new();
    machine.asks(&[
        "cat /etc/shad*",
        "cat /etc/*",
        "cat /et?/shadow",
        "cat /*/shadow",
        "cat ~/.s*/id_rsa",
        "cat ~/.[s]sh/config",
        "cat /home/*/.ssh/config",
        "cat /home/u/.s*",
        "cat {/etc/shadow,x}",
        "cat x{/../../etc/shadow,}",
        "cat /etc/{shadow,passwd}",
        "cat ~/{.ssh,x}/config",
        "cat ~/.{s,x}sh/config",
        "grep {x,/etc/shadow}",
        "cat ~/.codex/*",
        "cat ../*/shadow",
        "cat i{d_rsa,x}",
    ]);
    machine.runs(&["cat *", "cat src/*.rs", "cat {a,b}.txt", "cat src/{a,b}/mod.rs", "cat ~/notes/*.md", "head -3 *.toml", "grep x *"]);
}

#[test]
fn searches_through_everything_are_asked_about() {
    let mut machine = Machine::new();
    machine.asks(&[
        "grep -r x /",
        "grep -R x /etc",
        "grep -nr x ~",
        "grep --recursive x ~",
        "grep -d recurse x /etc",
        "grep --directories=recurse x /",
        "rg x /",
        "rg x /etc",
        "rg --hidden x ~",
        "rg -. x ~",
        "rg -uu x /home",
        "cd ~ && grep -r x",
        "cd / && rg x",
        "cd ~; rg --hidden x",
    ]);
    machine.runs(&["grep -r x .", "grep -rn x src", "rg x", "rg x ~", "rg --hidden x", "rg --files /", "grep -d skip x *"]);
    machine.cwd = "/home/u".into();
    machine.asks(&["grep -r x .", "rg --hidden x"]);
    machine.runs(&["rg x", "grep -r x src", "cat *"]);
}

#[test]
fn what_never_ends_is_asked_about() {
    let mut machine = Machine::new();
    machine.files.put("/w/pipe", FileKind::Special, 1000, 0o644);
    machine.asks(&["tail -f /dev/null", "cat /dev/zero", "head -c 5 /dev/urandom", "cat pipe", "wc /dev/tty"]);
    machine.runs(&["cat /dev/null", "grep x f /dev/null"]);
}

#[test]
fn links_do_not_hide_what_they_lead_to() {
    let mut machine = Machine::new();
    machine.files.link("/w/harmless", "/etc/shadow", FileKind::Regular, 0, 0o640);
    machine.files.link("/w/dir", "/home/u/.ssh", FileKind::Folder, 1000, 0o700);
    machine.files.link("/w/up/../shadow", "/etc/shadow", FileKind::Regular, 0, 0o640);
    machine.asks(&["cat harmless", "rg x dir", "grep -r x dir", "cat up/../shadow"]);
    machine.runs(&["cat f", "ls -l harmless"]);
}

#[test]
fn without_a_home_every_use_of_it_is_unknown() {
    let mut machine = Machine::new();
    machine.home = None;
    machine.asks(&["cat ~/x", "cd ~ && cat x", "cd && cat x"]);
    machine.runs(&["cat x", "ls ~"]);
    machine.cwd = "relative".into();
    assert_eq!(machine.judge(&["cat", "x"]), Verdict::Unknown);
}
