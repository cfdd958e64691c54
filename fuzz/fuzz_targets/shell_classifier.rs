//! Any line given to a shell, judged on a machine that exists only here.
//!
//! Laws: a safe line is one line of plain words whose every part is safe by itself, holds nothing that would make bash run
//! something else, and no danger; a line with a second one behind a newline, `&` or a substitution is never safe.

#![no_main]

use std::path::{Path, PathBuf};

use codex_shell_command::{
    FileFacts, FileKind, Lookup, Surroundings, Verdict, classify, classify_leaves, dangers, destroys_root, is_dangerous, join, mentioned_commands,
    plain_commands, reduce, summarize,
};
use libfuzzer_sys::fuzz_target;

/// Every program of `/usr/bin` is there, and nothing else.
struct Machine;

impl Lookup for Machine {
    fn facts(&self, path: &Path) -> Option<FileFacts> {
        let kind = match path.parent() {
            Some(folder) if folder == Path::new("/usr/bin") => FileKind::Regular,
            _ if path == Path::new("/usr/bin") => FileKind::Folder,
            _ => return None,
        };
        Some(FileFacts { kind, owner: 0, mode: 0o755, real_path: path.to_owned() })
    }
}

fuzz_target!(|data: &[u8]| {
    let line = String::from_utf8_lossy(data).into_owned();
    let path = [PathBuf::from("/usr/bin")];
    let roots = [PathBuf::from("/w")];
    let surroundings = Surroundings {
        cwd: Path::new("/w"),
        home: Some(Path::new("/home/u")),
        path: &path,
        writable_roots: &roots,
        workspace: &[],
        private: &[],
        trusted: true,
        lookup: &Machine,
    };
    let shell = |line: &str| vec!["bash".to_owned(), "-c".to_owned(), line.to_owned()];
    let argv = shell(&line);
    let verdict = classify(&argv, &surroundings);
    let reduction = reduce(&argv);
    let leaves = classify_leaves(&reduction, &surroundings);
    assert_eq!(leaves.len(), reduction.leaves().len());
    let found = dangers(&argv, &surroundings);
    assert!(!is_dangerous(&argv) || !found.is_empty());
    assert!(!destroys_root(&argv, &surroundings) || matches!(verdict, Verdict::Dangerous(_)));
    summarize(&argv);
    join(&argv);
    mentioned_commands(&argv);
    if verdict == Verdict::Safe {
        assert!(found.is_empty() && leaves.iter().all(|leaf| *leaf == Verdict::Safe));
        assert!(reduction.is_fully_plain() && reduction.is_one_line() && plain_commands(&line).is_some());
        for hostile in ["\np", " & p", "; $(p)", " `p`", " > f", "; ./p", " && p", " | p", "\rp", " \u{2028}p"] {
            let longer = shell(&format!("{line}{hostile}"));
            assert_ne!(classify(&longer, &surroundings), Verdict::Safe, "{hostile:?}");
        }
        // Quoted, the whole line is a word; a backslash between double quotes is asked about.
        let echoed = join(&["echo", &line]);
        assert!(echoed.contains('\\') || classify(&shell(&echoed), &surroundings) == Verdict::Safe, "{echoed:?}");
    }
});
