//! Makes the library of `faults.c`, and says what it is to do to a run.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

/// What happens to calls of one run that change files.
#[derive(Clone, Debug, Default)]
pub(crate) struct Faults {
    /// Folders in which calls count.
    pub(crate) under: Vec<PathBuf>,
    /// The first and the last call that is meant, from 1; 0 for none.
    pub(crate) at: u64,
    pub(crate) until: u64,
    /// What they fail with; 0 kills.
    pub(crate) errno: i32,
    /// For a kill: 0 before the call, 1 half-way, 2 after it.
    pub(crate) how: u64,
    /// Only writes that hold this.
    pub(crate) text: Option<&'static str>,
    /// Only calls that open files.
    pub(crate) opens: bool,
    /// Where the number of calls is written.
    pub(crate) count: Option<PathBuf>,
}

struct Library {
    _folder: tempfile::TempDir,
    path: PathBuf,
}

static LIBRARY: LazyLock<Library> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("faults.so");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/crash/faults.c");
    #[expect(clippy::disallowed_methods, reason = "a compiler is no command of a model")]
    let made = Command::new("cc").args(["-O1", "-shared", "-fPIC", "-o"]).arg(&path).arg(source).status();
    assert!(made.expect("a C compiler is there, as it has to be for building this").success(), "the library cannot be made");
    Library { _folder: folder, path }
});

impl Faults {
    /// Has the command start with them.
    pub(crate) fn apply(&self, command: &mut Command) {
        let under: Vec<String> = self.under.iter().map(|path| path.display().to_string()).collect();
        command.env("LD_PRELOAD", &LIBRARY.path).env("FAULT_UNDER", under.join(":"));
        command.env("FAULT_AT", self.at.to_string()).env("FAULT_UNTIL", self.until.to_string());
        command.env("FAULT_ERRNO", self.errno.to_string()).env("FAULT_HOW", self.how.to_string());
        command.env("FAULT_OPENS", u8::from(self.opens).to_string());
        command.envs(self.text.map(|text| ("FAULT_TEXT", text))).envs(self.count.as_ref().map(|path| ("FAULT_COUNT", path)));
    }
}
