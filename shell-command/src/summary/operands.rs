//! Arguments without their options.

/// The operands of a command: options and the values of those in `valued` are left out, and `--` ends options.
pub(super) fn of<'a>(args: &[&'a str], valued: &[&str]) -> Vec<&'a str> {
    let mut operands = Vec::new();
    let mut words = args.iter();
    while let Some(word) = words.next() {
        if *word == "--" {
            operands.extend(words.copied());
            break;
        }
        if !word.starts_with('-') || *word == "-" {
            operands.push(word);
        } else if valued.contains(word) {
            words.next();
        }
    }
    operands
}
