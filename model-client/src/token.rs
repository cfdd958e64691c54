//! Keys that a program prints, such as a short-lived token of a cloud.
//!
//! The program is named in the user's own configuration and runs outside any repository. Its key is used until it is
//! old or refused; of requests at the same time only one asks for a new one. What the program prints is told nowhere.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use codex_config::provider::AuthCommand;
use tokio::process::Command;
use tokio::sync::Mutex;

use crate::error::ModelError;
use crate::http::configuration;

/// The longest key; more is a mistake, such as a whole file.
const LONGEST: usize = 64 * 1024;
/// What is told of the program's errors.
const TOLD: usize = 300;

/// A program and the key that it printed last.
#[derive(Debug)]
pub(crate) struct CommandKey {
    provider: String,
    command: AuthCommand,
    env: BTreeMap<String, String>,
    last: Mutex<Option<(String, Instant)>>,
}

impl CommandKey {
    pub(crate) fn new(provider: &str, command: AuthCommand, env: &BTreeMap<String, String>) -> Self {
        let is_loader = |name: &str| name.starts_with("LD_") || name.starts_with("DYLD_");
        let env = env.iter().filter(|(name, _)| !is_loader(name)).map(|(name, value)| (name.clone(), value.clone())).collect();
        Self { provider: provider.to_owned(), command, env, last: Mutex::new(None) }
    }

    /// The key, fresh enough and not the one that was refused.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`](crate::ErrorKind::Configuration) when the program gives none.
    pub(crate) async fn key(&self, refused: Option<&str>) -> Result<String, ModelError> {
        let mut last = self.last.lock().await;
        if let Some((key, since)) = &*last {
            let interval = self.command.refresh_interval;
            let is_fresh = interval == Duration::ZERO || since.elapsed() < interval;
            if is_fresh && refused != Some(key) {
                return Ok(key.clone());
            }
        }
        let key = self.run().await?;
        *last = Some((key.clone(), Instant::now()));
        Ok(key)
    }

    async fn run(&self) -> Result<String, ModelError> {
        let name = &self.command.command;
        let wrong = |why: String| configuration(format!("the auth command `{name}` of model provider `{}` {why}", self.provider));
        let program = self.program().ok_or_else(|| wrong("was not found".to_owned()))?;
        let running = Command::new(program)
            .args(&self.command.args)
            .env_clear()
            .envs(&self.env)
            .current_dir(&self.command.cwd)
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .process_group(0)
            .output();
        let output = match tokio::time::timeout(self.command.timeout, running).await {
            Ok(Ok(output)) => output,
            Ok(Err(error)) => return Err(wrong(format!("cannot be started: {error}"))),
            Err(_) => return Err(wrong(format!("took longer than {} ms", self.command.timeout.as_millis()))),
        };
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
            return Err(wrong(format!("ended with {}: {}", output.status, &said[..said.floor_char_boundary(TOLD)])));
        }
        match String::from_utf8(output.stdout) {
            Ok(key) if key.len() > LONGEST => Err(wrong("printed too much for a key".to_owned())),
            Ok(key) if key.trim().is_empty() => Err(wrong("printed no key".to_owned())),
            Ok(key) => Ok(key.trim().to_owned()),
            Err(_) => Err(wrong("printed no text".to_owned())),
        }
    }

    /// The program: a path, or a name in an absolute folder of `PATH`. A relative folder there would be the repository's.
    fn program(&self) -> Option<PathBuf> {
        let name = Path::new(&self.command.command);
        if self.command.command.contains('/') {
            return Some(self.command.cwd.join(name));
        }
        let is_program = |path: &Path| path.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0);
        let folders = self.env.get("PATH")?.split(':').map(Path::new).filter(|folder| folder.is_absolute());
        folders.map(|folder| folder.join(name)).find(|path| is_program(path))
    }
}
