//! Makes the program start with less to load and to adjust.
//!
//! Every command of the model starts the program once more, as the sandbox helper, so this is felt. Where the tools cannot do
//! it, nothing is changed.

#![allow(clippy::disallowed_methods, clippy::print_stdout)] // Both are how a build script and cargo speak.

use std::path::PathBuf;
use std::process::Command;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    println!("cargo:rerun-if-changed=build.rs");
    let target = |name: &str| env::var(format!("CARGO_CFG_TARGET_{name}")).unwrap_or_default();
    if (target("OS"), target("ENV")) != ("linux".into(), "gnu".into()) || env::var("HOST") != env::var("TARGET") {
        return Ok(());
    }
    // The unwinder, for which the program would load `libgcc_s.so`, is linked in: the first folder that has a library wins.
    if let (Some(unwinder), Some(runtime)) = (library("libgcc_eh.a"), library("libgcc.a")) {
        let folder = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
        let script = format!("GROUP ( {} {} AS_NEEDED ( -lc ) )\n", unwinder.display(), runtime.display());
        fs::write(folder.join("libgcc_s.a"), script)?;
        println!("cargo:rustc-link-search=native={}", folder.display());
    }
    // A sixtieth of the table of addresses to adjust, where the C library of this machine can read that form.
    let reads_packed = |file: PathBuf| fs::read(file).is_ok_and(|text| text.windows(PACKED.len()).any(|part| part == PACKED));
    if library("libc.so.6").is_some_and(reads_packed) {
        println!("cargo:rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    }
    Ok(())
}

/// The version of the C library's interface that stands for packed relative relocations.
const PACKED: &[u8] = b"GLIBC_ABI_DT_RELR";

/// Where the C compiler has a library of its own.
fn library(name: &str) -> Option<PathBuf> {
    let output = Command::new("cc").arg(format!("-print-file-name={name}")).output().ok()?;
    let path = PathBuf::from(String::from_utf8(output.stdout).ok()?.trim());
    path.is_absolute().then_some(path)
}
