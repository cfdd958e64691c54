use std::os::unix::fs::symlink;

use pretty_assertions::assert_eq;

use super::super::document::path;
use super::*;

fn set_model(folder: &Path) -> Result<bool, EditError> {
    change(folder, "config.toml", &[Change::Set { path: path(&["model"]), value: "m".into() }])
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().mode() & 0o777
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// X1.
#[test]
fn a_file_of_the_home_is_its_owners_alone_and_nothing_else_is_left() {
    let folder = tempfile::tempdir().unwrap();
    assert!(set_model(folder.path()).unwrap());
    let file = folder.path().join("config.toml");
    assert_eq!((fs::read_to_string(&file).unwrap().as_str(), mode(&file)), ("model = \"m\"\n", 0o600));
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    fs::write(&file, "model = \"x\"\n").unwrap();
    assert!(set_model(folder.path()).unwrap());
    assert_eq!(mode(&file), 0o600);
    assert!(!set_model(folder.path()).unwrap(), "there is nothing to change");
    assert_eq!(names(folder.path()), ["config.toml"]);
}

#[test]
fn a_link_is_followed_and_stays_a_link() {
    let (home, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let real = elsewhere.path().join("dotfiles.toml");
    fs::write(&real, "# mine\n").unwrap();
    fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
    symlink(&real, elsewhere.path().join("hop")).unwrap();
    symlink(elsewhere.path().join("hop"), home.path().join("config.toml")).unwrap();
    set_model(home.path()).unwrap();
    assert_eq!((fs::read_to_string(&real).unwrap().as_str(), mode(&real)), ("# mine\nmodel = \"m\"\n", 0o640));
    assert!(home.path().join("config.toml").is_symlink());

    fs::remove_file(&real).unwrap();
    set_model(home.path()).unwrap();
    assert_eq!(fs::read_to_string(&real).unwrap(), "model = \"m\"\n");

    fs::remove_file(home.path().join("config.toml")).unwrap();
    symlink("config.toml", home.path().join("config.toml")).unwrap();
    assert!(set_model(home.path()).unwrap_err().to_string().starts_with("Error: cannot read "));
}

#[test]
fn what_is_no_toml_is_left_alone_and_shown() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.toml");
    fs::write(&file, "a = 1\nmodel\n").unwrap();
    let error = set_model(folder.path()).unwrap_err().to_string();
    assert!(error.contains("config.toml:2:6: key with no value"), "{error}");
    assert_eq!(fs::read_to_string(&file).unwrap(), "a = 1\nmodel\n");
}

#[test]
fn a_sound_file_is_not_made_unsound_and_an_unsound_one_may_be_mended() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.toml");
    fs::write(&file, "model = \"m\"\n").unwrap();
    let wrong = [Change::Set { path: path(&["model"]), value: 5.into() }];
    let error = change(folder.path(), "config.toml", &wrong).unwrap_err().to_string();
    assert_eq!(error, "Invalid configuration: invalid type: integer `5`, expected a string\nin `model`");
    assert_eq!(fs::read_to_string(&file).unwrap(), "model = \"m\"\n");
    fs::write(&file, "model = 5\nnotify = 1\n").unwrap();
    assert!(set_model(folder.path()).unwrap());
}

#[test]
fn writers_take_turns() {
    let folder = tempfile::tempdir().unwrap();
    let writers: Vec<_> = (0..8)
        .map(|number| {
            let folder = folder.path().to_path_buf();
            std::thread::spawn(move || {
                let path = path(&["tui", "model_availability_nux", &format!("m{number}")]);
                change(&folder, "config.toml", &[Change::Set { path, value: number.into() }]).unwrap();
            })
        })
        .collect();
    writers.into_iter().for_each(|writer| writer.join().unwrap());
    let table: toml::Table = toml::from_str(&fs::read_to_string(folder.path().join("config.toml")).unwrap()).unwrap();
    assert_eq!(table["tui"]["model_availability_nux"].as_table().unwrap().len(), 8);
}
