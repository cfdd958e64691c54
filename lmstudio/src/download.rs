//! Downloads models by LM Studio's own tool, `lms`.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::Command;

use crate::error::LmStudioError;

/// How many lines of the tool's output are kept for an error.
const LAST_LINES: usize = 5;

/// Where `lms` is: in an absolute folder of `PATH`, else where LM Studio puts it in the home folder.
pub fn find_lms(env: &BTreeMap<String, String>) -> Option<PathBuf> {
    let is_program = |path: &Path| path.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0);
    let folders = env.get("PATH").map(|path| path.split(':')).into_iter().flatten().map(PathBuf::from);
    let home = env.get("HOME").map(|home| Path::new(home).join(".lmstudio/bin"));
    folders.chain(home).filter(|folder| folder.is_absolute()).map(|folder| folder.join("lms")).find(|path| is_program(path))
}

/// A download that can be started.
#[derive(Clone, Debug)]
pub struct Download {
    /// The tool, see [`find_lms`].
    pub lms: PathBuf,
    /// Its environment.
    pub env: BTreeMap<String, String>,
    /// Where it runs.
    pub cwd: PathBuf,
}

impl Download {
    /// Downloads a model and tells what the tool says, line by line. Dropping the future ends the tool.
    ///
    /// # Errors
    /// [`LmStudioError::Download`] with the last of what the tool said.
    pub async fn run(&self, model: &str, mut tell: impl FnMut(&str)) -> Result<(), LmStudioError> {
        let failed = |why: String| LmStudioError::Download { model: model.to_owned(), why };
        if model.starts_with('-') {
            return Err(failed("no model has such a name".to_owned()));
        }
        let mut child = Command::new(&self.lms)
            .args(["get", "--yes", model])
            .env_clear()
            .envs(&self.env)
            .current_dir(&self.cwd)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| failed(format!("cannot start {}: {error}", self.lms.display())))?;
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let mut last: Vec<String> = Vec::new();
        tokio::join!(
            each_line(stdout, &mut tell),
            each_line(stderr, |line| {
                last.push(line.to_owned());
                if last.len() > LAST_LINES {
                    last.remove(0);
                }
            })
        );
        let status = child.wait().await.map_err(|error| failed(error.to_string()))?;
        if status.success() {
            return Ok(());
        }
        last.push(format!("`lms get` ended with {status}"));
        Err(failed(last.join("; ")))
    }
}

async fn each_line(stream: Option<impl AsyncRead + Unpin>, mut tell: impl FnMut(&str)) {
    let Some(stream) = stream else { return };
    let mut lines = BufReader::new(stream).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        tell(&line);
    }
}
