//! How the stand-alone tool is called; what it does with patches is in the recorded cases.

use std::ffi::OsString;
use std::io::{self, Read};
use std::path::Path;

use codex_apply_patch::run_executable;
use pretty_assertions::assert_eq;

use crate::tree::Tree;

fn run(args: &[&str], stdin: &mut dyn Read, cwd: &Path) -> (u8, String, String) {
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let status = run_executable(args.iter().map(OsString::from), stdin, &mut stdout, &mut stderr, cwd);
    (status, String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

/// Fails the test when anybody reads it.
struct Untouched;

impl Read for Untouched {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        panic!("standard input was read");
    }
}

#[test]
fn wrong_calls_end_with_status_2() {
    let tree = Tree::new();
    let usage = "Usage: apply_patch 'PATCH'\n       echo 'PATCH' | apply_patch\n";
    assert_eq!(run(&[], &mut io::empty(), &tree.root), (2, String::new(), usage.into()));
    let too_many = "Error: apply_patch accepts exactly one argument.\n";
    assert_eq!(run(&["a", "b"], &mut Untouched, &tree.root), (2, String::new(), too_many.into()));
}

#[test]
fn standard_input_that_is_no_text_is_reported() {
    let tree = Tree::new();
    let want = "Error: Failed to read PATCH from stdin.\nstream did not contain valid UTF-8\n";
    assert_eq!(run(&[], &mut &b"*** Begin\xff"[..], &tree.root), (1, String::new(), want.into()));
}

#[test]
fn standard_input_is_left_alone_when_there_is_an_argument() {
    let tree = Tree::new();
    let patch = "*** Begin Patch\n*** Add File: a\n+x\n*** End Patch";
    let want = (0, "Success. Updated the following files:\nA a\n".into(), String::new());
    assert_eq!(run(&[patch], &mut Untouched, &tree.root), want);
}

#[test]
fn a_closed_standard_output_does_not_turn_success_into_failure() {
    struct Closed;
    impl io::Write for Closed {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let tree = Tree::new();
    let patch = OsString::from("*** Begin Patch\n*** Add File: a\n+x\n*** End Patch");
    let status = run_executable([patch].into_iter(), &mut io::empty(), &mut Closed, &mut io::sink(), &tree.root);
    assert_eq!((status, tree.text("a")), (0, "x\n".into()));
}
