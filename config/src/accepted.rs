//! Keys that are read, typed and checked, and change nothing yet, because what they are about is not in this program.
//!
//! A start says nothing of them; `codex config check` names them. A test compares this list with the schema: each key
//! is either here or has a test that shows its effect. Keys of `[profiles.NAME]` count as the keys they stand for.

/// Dotted keys; `*` stands for a name that the user chooses.
pub const WITHOUT_EFFECT_YET: &[&str] = &[];

/// Keys that never will have an effect again.
pub const RETIRED: &[&str] = &[
    "disable_response_storage",
    "experimental_instructions_file",
    "experimental_resume",
    "hooks",
    "include_apply_patch_tool",
    "instructions",
    "preferred_auth_method",
    "sandbox_permissions",
    "tools_view_image",
];

/// Whether a key, by its segments, is in one of the lists.
pub(crate) fn is_without_effect(path: &[String]) -> bool {
    let path = match path {
        [profiles, _, rest @ ..] if profiles == "profiles" && !rest.is_empty() => rest,
        all => all,
    };
    WITHOUT_EFFECT_YET.iter().chain(RETIRED).any(|listed| matches(listed, path))
}

fn matches(listed: &str, path: &[String]) -> bool {
    let mut own = listed.split('.');
    let mut all = path.iter();
    loop {
        match (own.next(), all.next()) {
            (None, None) => return true,
            (Some(own), Some(segment)) if own == "*" || own == segment => {}
            // A value of a listed key may be a table itself.
            (None, Some(_)) => return true,
            (Some(_), Some(_) | None) => return false,
        }
    }
}
