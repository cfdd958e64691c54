//! What this user may do with a file when there is no sandbox around.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};

use codex_linux_sandbox::trace::Intent;
use rustix::fs::{Access, AtFlags, CWD};

/// What would happen outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// It would work.
    Granted,
    /// It would work by the administrator's power over other users' files, which commands in a sandbox do not have.
    ByPrivilege,
    /// It would be refused as well.
    Refused,
}

/// The world outside the sandbox, as far as judging a refusal needs it.
pub trait Outside {
    /// Where a path leads, links resolved as far as it exists. The last name is kept unresolved unless `follow`.
    fn real(&self, path: &Path, follow: bool) -> PathBuf;

    /// What would happen to this intent.
    fn permission(&self, path: &Path, intent: Intent) -> Permission;
}

/// This machine and this process's user.
#[derive(Clone, Copy, Debug, Default)]
pub struct Machine;

impl Outside for Machine {
    fn real(&self, path: &Path, follow: bool) -> PathBuf {
        // `/proc/self` of the command is not ours.
        if path.starts_with("/proc") {
            return path.to_owned();
        }
        if follow && let Ok(found) = path.canonicalize() {
            return found;
        }
        let (Some(parent), Some(Component::Normal(name))) = (path.parent(), path.components().next_back()) else { return path.to_owned() };
        match parent.canonicalize() {
            Ok(parent) => parent.join(name),
            Err(_) => path.to_owned(),
        }
    }

    fn permission(&self, path: &Path, intent: Intent) -> Permission {
        let user = User::of_this_process();
        match intent {
            Intent::Read => user.access(path, Access::READ_OK),
            Intent::Execute => user.access(path, Access::EXEC_OK),
            Intent::Write => user.access(path, Access::WRITE_OK),
            Intent::Create if path.symlink_metadata().is_ok() => user.access(path, Access::WRITE_OK),
            Intent::Create => user.in_folder(path, None),
            Intent::Remove => user.in_folder(path, path.symlink_metadata().ok().as_ref()),
            Intent::Change => user.owns(path),
        }
    }
}

struct User {
    uid: u32,
    groups: Vec<u32>,
}

impl User {
    fn of_this_process() -> Self {
        let groups = rustix::process::getgroups().unwrap_or_default();
        let groups = groups.into_iter().chain([rustix::process::getegid()]).map(rustix::fs::Gid::as_raw).collect();
        Self { uid: rustix::process::geteuid().as_raw(), groups }
    }

    /// Asks the system, and then whether the mode bits alone would have allowed it.
    fn access(&self, path: &Path, want: Access) -> Permission {
        if rustix::fs::accessat(CWD, path, want, AtFlags::EACCESS).is_err() {
            return Permission::Refused;
        }
        let ordinary = self.uid != 0 || (self.bits_allow(path, want) && self.reaches(path));
        if ordinary { Permission::Granted } else { Permission::ByPrivilege }
    }

    /// Making or removing a name: the folder has to be writable, and in a sticky one the name has to be one's own.
    fn in_folder(&self, path: &Path, present: Option<&Metadata>) -> Permission {
        let Some(folder) = path.parent() else { return Permission::Refused };
        let answer = self.access(folder, Access::WRITE_OK | Access::EXEC_OK);
        let (Ok(folder), Some(present)) = (folder.metadata(), present) else { return answer };
        let sticky = folder.mode() & libc_mode::STICKY != 0;
        let others = ![folder.uid(), present.uid()].contains(&self.uid);
        if answer == Permission::Granted && sticky && others { self.without_ownership() } else { answer }
    }

    fn owns(&self, path: &Path) -> Permission {
        match path.metadata() {
            Ok(found) if found.uid() == self.uid => Permission::Granted,
            Ok(_) => self.without_ownership(),
            Err(_) => Permission::Refused,
        }
    }

    fn without_ownership(&self) -> Permission {
        if self.uid == 0 { Permission::ByPrivilege } else { Permission::Refused }
    }

    fn bits_allow(&self, path: &Path, want: Access) -> bool {
        let Ok(found) = path.metadata() else { return false };
        let shift = if found.uid() == self.uid {
            6
        } else if self.groups.contains(&found.gid()) {
            3
        } else {
            0
        };
        let granted = found.mode() >> shift & 7;
        want.bits() & !granted & 7 == 0
    }

    /// Whether every folder on the way lets this user through.
    fn reaches(&self, path: &Path) -> bool {
        path.ancestors().skip(1).all(|folder| self.bits_allow(folder, Access::EXEC_OK))
    }
}

mod libc_mode {
    /// Names in such a folder are removed by their owner alone.
    pub(super) const STICKY: u32 = 0o1000;
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    #[test]
    fn links_are_followed_or_kept_as_asked() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().canonicalize().unwrap();
        fs::create_dir(place.join("a")).unwrap();
        fs::write(place.join("a/f"), "").unwrap();
        symlink("a", place.join("d")).unwrap();
        symlink("a/f", place.join("l")).unwrap();
        for (path, follow, real) in
            [("d/f", true, "a/f"), ("d/new", true, "a/new"), ("l", true, "a/f"), ("l", false, "l"), ("a/../d/f", false, "a/f")]
        {
            assert_eq!(Machine.real(&place.join(path), follow), place.join(real), "{path} {follow}");
        }
        assert_eq!(Machine.real(Path::new("/proc/self/exe"), true), Path::new("/proc/self/exe"));
        assert_eq!(Machine.real(Path::new("/no/such/folder"), true), Path::new("/no/such/folder"));
    }

    #[test]
    fn permissions_are_those_of_the_user_and_for_root_of_the_mode_bits() {
        let folder = tempfile::tempdir().unwrap();
        let [own, closed] = ["own", "closed"].map(|name| folder.path().join(name));
        fs::write(&own, "").unwrap();
        fs::write(&closed, "").unwrap();
        fs::set_permissions(&closed, fs::Permissions::from_mode(0o000)).unwrap();
        assert_eq!(Machine.permission(&own, Intent::Read), Permission::Granted);
        assert_eq!(Machine.permission(&own, Intent::Change), Permission::Granted);
        assert_eq!(Machine.permission(&folder.path().join("new"), Intent::Create), Permission::Granted);
        assert_eq!(Machine.permission(&folder.path().join("none/new"), Intent::Create), Permission::Refused);
        let unreadable = if User::of_this_process().uid == 0 { Permission::ByPrivilege } else { Permission::Refused };
        assert_eq!(Machine.permission(&closed, Intent::Read), unreadable);
    }
}
