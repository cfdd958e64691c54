//! Paths as people read them.

use std::path::Path;

use super::sanitize::sanitize_line;

/// Returns `path` relative to `cwd` where it lies inside, else with `~` for the home folder, else as it is.
pub fn display_path(path: &Path, cwd: Option<&Path>, home: Option<&Path>) -> String {
    if let Some(inside) = cwd.and_then(|cwd| path.strip_prefix(cwd).ok())
        && !inside.as_os_str().is_empty()
    {
        return sanitize_line(&inside.to_string_lossy());
    }
    tilde(path, home)
}

/// Returns `path` with `~` for the home folder.
pub fn tilde(path: &Path, home: Option<&Path>) -> String {
    let text = match home.filter(|home| home.parent().is_some()).and_then(|home| path.strip_prefix(home).ok()) {
        Some(inside) if inside.as_os_str().is_empty() => "~".to_owned(),
        Some(inside) => format!("~/{}", inside.to_string_lossy()),
        None => path.to_string_lossy().into_owned(),
    };
    sanitize_line(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shortest_form_that_is_clear_is_shown() {
        let (cwd, home) = (Some(Path::new("/home/me/code")), Some(Path::new("/home/me")));
        for (path, shown) in [
            ("/home/me/code/src/main.rs", "src/main.rs"),
            ("/home/me/code", "~/code"),
            ("/home/me/other.txt", "~/other.txt"),
            ("/home/me", "~"),
            ("/etc/hosts", "/etc/hosts"),
            ("/etc/\x1b[2Jx", "/etc/x"),
        ] {
            assert_eq!(display_path(Path::new(path), cwd, home), shown);
        }
    }
}
