//! `fs/*`: files and folders by absolute path, as the user of the server may. Nothing of a model gets here.

use std::fs;
use std::io;
use std::path::Path;
use std::time::SystemTime;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use codex_app_server_protocol::types as wire;

use crate::error::Failure;

/// `fs/readFile`.
pub(crate) fn read(params: &wire::FsReadFileParams) -> Result<wire::FsReadFileResponse, Failure> {
    let bytes = fs::read(params.path.as_path())?;
    Ok(wire::FsReadFileResponse { data_base64: STANDARD.encode(bytes) })
}

/// `fs/writeFile`.
pub(crate) fn write(params: &wire::FsWriteFileParams) -> Result<wire::FsWriteFileResponse, Failure> {
    let bytes = STANDARD
        .decode(&params.data_base64)
        .map_err(|error| Failure::invalid(format!("fs/writeFile requires valid base64 dataBase64: {error}")))?;
    fs::write(params.path.as_path(), bytes)?;
    Ok(wire::FsWriteFileResponse {})
}

/// `fs/createDirectory`.
pub(crate) fn create_directory(params: &wire::FsCreateDirectoryParams) -> Result<wire::FsCreateDirectoryResponse, Failure> {
    let path = params.path.as_path();
    if params.recursive.unwrap_or(true) {
        fs::create_dir_all(path)?
    } else {
        fs::create_dir(path)?
    }
    Ok(wire::FsCreateDirectoryResponse {})
}

/// `fs/getMetadata`.
pub(crate) fn metadata(params: &wire::FsGetMetadataParams) -> Result<wire::FsGetMetadataResponse, Failure> {
    let about = fs::metadata(params.path.as_path())?;
    Ok(wire::FsGetMetadataResponse {
        created_at_ms: about.created().map_or(0, millis),
        is_directory: about.is_dir(),
        is_file: about.is_file(),
        modified_at_ms: about.modified().map_or(0, millis),
    })
}

fn millis(time: SystemTime) -> i64 {
    time.duration_since(SystemTime::UNIX_EPOCH).ok().and_then(|since| i64::try_from(since.as_millis()).ok()).unwrap_or(0)
}

/// `fs/readDirectory`.
pub(crate) fn read_directory(params: &wire::FsReadDirectoryParams) -> Result<wire::FsReadDirectoryResponse, Failure> {
    let mut entries = Vec::new();
    for entry in fs::read_dir(params.path.as_path())? {
        let entry = entry?;
        // A link that leads nowhere is neither.
        let about = fs::metadata(entry.path()).ok();
        entries.push(wire::FsReadDirectoryEntry {
            file_name: entry.file_name().to_string_lossy().into_owned(),
            is_directory: about.as_ref().is_some_and(fs::Metadata::is_dir),
            is_file: about.as_ref().is_some_and(fs::Metadata::is_file),
        });
    }
    Ok(wire::FsReadDirectoryResponse { entries })
}

/// `fs/remove`.
pub(crate) fn remove(params: &wire::FsRemoveParams) -> Result<wire::FsRemoveResponse, Failure> {
    let path = params.path.as_path();
    let removed = fs::symlink_metadata(path).and_then(|about| match (about.is_dir(), params.recursive.unwrap_or(true)) {
        (false, _) => fs::remove_file(path),
        (true, true) => fs::remove_dir_all(path),
        (true, false) => fs::remove_dir(path),
    });
    match removed {
        Err(error) if error.kind() == io::ErrorKind::NotFound && params.force.unwrap_or(true) => {}
        removed => removed?,
    }
    Ok(wire::FsRemoveResponse {})
}

/// `fs/copy`.
pub(crate) fn copy(params: &wire::FsCopyParams) -> Result<wire::FsCopyResponse, Failure> {
    let (from, to) = (params.source_path.as_path(), params.destination_path.as_path());
    if !fs::metadata(from)?.is_dir() {
        fs::copy(from, to)?;
        return Ok(wire::FsCopyResponse {});
    }
    if !params.recursive {
        return Err(Failure::invalid("fs/copy requires recursive: true when sourcePath is a directory"));
    }
    let real = from.canonicalize()?;
    let target = match (to.canonicalize(), to.parent().map(Path::canonicalize), to.file_name()) {
        (Ok(target), ..) => target,
        (Err(_), Some(Ok(parent)), Some(name)) => parent.join(name),
        _ => to.to_path_buf(),
    };
    if target.starts_with(&real) {
        return Err(Failure::invalid("fs/copy cannot copy a directory to itself or one of its descendants"));
    }
    copy_folder(from, to)?;
    Ok(wire::FsCopyResponse {})
}

fn copy_folder(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (kind, target) = (entry.file_type()?, to.join(entry.file_name()));
        if kind.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else if kind.is_symlink() {
            std::os::unix::fs::symlink(fs::read_link(entry.path())?, target)?;
        } else if kind.is_file() {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
