use pretty_assertions::assert_eq;

use super::*;

fn framed(body: &str) -> String {
    format!("*** Begin Patch\n{body}*** End Patch")
}

fn add(path: &str, contents: &str) -> Section {
    Section::Add { path: path.into(), contents: contents.into() }
}

fn chunk(context: Option<&str>, lines: &[&str], end_of_file: bool) -> Chunk {
    let lines = lines.iter().map(|line| marked(line).unwrap()).collect();
    Chunk { context: context.map(Into::into), lines, end_of_file }
}

fn update(path: &str, move_to: Option<&str>, chunks: Vec<Chunk>) -> Section {
    Section::Update { path: path.into(), move_to: move_to.map(Into::into), chunks }
}

#[test]
fn every_kind_of_section_is_read() {
    let text = framed(
        "*** Add File: a\n+one\n+*** End Patch\n*** Add File:  b \n  *** Delete File: c  \n*** Update File: d\n*** Move to: e f \n old\n-x\n++y\n\n\
         @@ def f():  \n+z\n*** End of File\n\n  \n@@\n-w\n",
    );
    let want = vec![
        add("a", "one\n*** End Patch\n"),
        add(" b", ""),
        Section::Delete { path: "c".into() },
        update(
            "d",
            Some("e f"),
            vec![chunk(None, &[" old", "-x", "++y", ""], false), chunk(Some("def f():  "), &["+z"], true), chunk(None, &["-w"], false)],
        ),
    ];
    assert_eq!(parse(&text).unwrap().sections, want);
}

#[test]
fn a_carriage_return_before_a_line_end_is_part_of_the_line_end() {
    let crlf = framed("*** Update File: d\n@@ x\n-a\n+b\n").replace('\n', "\r\n");
    assert_eq!(parse(&crlf).unwrap().sections, vec![update("d", None, vec![chunk(Some("x"), &["-a", "+b"], false)])]);
}

#[test]
fn white_space_and_a_here_document_around_a_patch_are_ignored() {
    let patch = framed("*** Add File: a\n+x\n");
    let want = Ok(Patch { sections: vec![add("a", "x\n")] });
    for text in [
        format!("\u{a0}\n\n {patch} \n\n"),
        format!("<<EOF\n{patch}\nEOF"),
        format!("<<'EOF'\n{patch}\nEOF\n"),
        format!("\n<<\"EOF\"\n{patch}\nMY_EOF"),
    ] {
        assert_eq!(parse(&text), want, "{text}");
    }
    assert_eq!(parse("*** Begin Patch\n*** End Patch"), Ok(Patch { sections: vec![] }));
}

#[test]
fn a_broken_frame_is_refused() {
    let patch = framed("*** Add File: a\n+x\n");
    for text in ["<<EOF\n\n{}\nEOF", "<<-EOF\n{}\nEOF", "<<'EOF\"\n{}\nEOF", "<<PATCH\n{}\nPATCH", "```\n{}\n```", "\u{feff}{}", "x {}"] {
        assert_eq!(parse(&text.replace("{}", &patch)), Err(ParseError::MissingBegin), "{text}");
    }
    for text in ["", " \n", "*** Begin Patch", "*** Begin Patch\n+x", "<<EOF\n*** Begin Patch\n*** Add File: a\nEOF"] {
        assert_eq!(parse(text), Err(ParseError::MissingEnd), "{text}");
    }
    assert_eq!(parse(&format!("{patch}\nbye")), Err(ParseError::MissingEnd));
}

#[test]
fn messages_name_the_line_and_both_spellings_are_exact() {
    const HEADERS: &str =
        "is not a valid hunk header. Valid hunk headers: '*** Add File: {path}', '*** Delete File: {path}', '*** Update File: {path}'";
    const MARKS: &str = "Every line should start with ' ' (context line), '+' (added line), or '-' (removed line)";
    let cases = [
        ("hello\n", 2, format!("'hello' {HEADERS}")),
        ("*** Add File: \n", 2, format!("'*** Add File:' {HEADERS}")),
        ("*** Add File: a\n+x\n\n+y\n", 4, format!("'' {HEADERS}")),
        ("*** Delete File: a\n -x\n", 3, format!("'-x' {HEADERS}")),
        ("*** Add File: a\n*** Move to: b\n", 3, format!("'*** Move to: b' {HEADERS}")),
        ("*** Update File: a\n-x\n*** End Patch\n", 4, format!("'*** End Patch' {HEADERS}")),
        ("*** Update File: a\n", 2, "Update file hunk for path 'a' is empty".into()),
        ("*** Add File: q\n*** Update File: a\n*** Move to: b\n\n*** Delete File: c\n", 3, "Update file hunk for path 'a' is empty".into()),
        ("*** Update File: a\n@@ x\n", 4, "Update hunk does not contain any lines".into()),
        ("*** Update File: a\n@@\n*** End of File\n", 4, "Update hunk does not contain any lines".into()),
        ("*** Update File: a\n@@\n\tx\n", 4, format!("Unexpected line found in update hunk: '\tx'. {MARKS}")),
        ("*** Update File: a\n@@ x\n@@ y\n-z\n", 4, format!("Unexpected line found in update hunk: '@@ y'. {MARKS}")),
        ("*** Update File: a\n@@x\n-z\n", 3, format!("Unexpected line found in update hunk: '@@x'. {MARKS}")),
        ("*** Update File: a\n-x\n y\nz\n", 5, "Expected update hunk to start with a @@ context marker, got: 'z'".into()),
        ("*** Update File: a\n-x\n*** End of File\n-y\n", 5, "Expected update hunk to start with a @@ context marker, got: '-y'".into()),
    ];
    for (body, line, message) in cases {
        let error = parse(&framed(body)).unwrap_err();
        assert_eq!(error.to_string(), format!("invalid hunk at line {line}, {message}"), "{body}");
        assert_eq!(error.executable_message(), format!("Invalid patch hunk on line {line}: {message}"), "{body}");
    }
    assert_eq!(ParseError::MissingBegin.to_string(), "invalid patch: The first line of the patch must be '*** Begin Patch'");
    assert_eq!(ParseError::MissingBegin.executable_message(), "Invalid patch: The first line of the patch must be '*** Begin Patch'");
    assert_eq!(ParseError::MissingEnd.to_string(), "invalid patch: The last line of the patch must be '*** End Patch'");
    assert_eq!(ParseError::MissingEnd.executable_message(), "Invalid patch: The last line of the patch must be '*** End Patch'");
}

#[test]
fn blanks_behind_a_chunk_header_are_no_line_to_look_for() {
    let text = framed("*** Update File: a\n@@  \t\n-x\n");
    assert_eq!(parse(&text).unwrap().sections, vec![update("a", None, vec![chunk(None, &["-x"], false)])]);
}

#[test]
fn blanks_behind_the_end_of_file_mark_do_no_harm() {
    let text = framed("*** Update File: a\n-x\n*** End of File \n");
    assert_eq!(parse(&text).unwrap().sections, vec![update("a", None, vec![chunk(None, &["-x"], true)])]);
}

proptest::proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(
        lines in proptest::collection::vec("(\\*\\*\\* (Add File|Update File|Move to|End of File)(: )?|@@|[-+ ]|<<|EOF)?[ a-c\r\t]{0,3}", 0..12),
    ) {
        let _ = parse(&framed(&format!("{}\n", lines.join("\n"))));
        let _ = parse(&lines.join("\n"));
    }
}

/// Z2.
#[test]
fn a_patch_of_any_size_is_read_or_refused_as_a_whole() {
    let of = |chunks: usize| format!("*** Begin Patch\n*** Update File: a\n{}*** End Patch", "@@\n-a\n+b\n".repeat(chunks));
    assert!(parse(&of(9_999)).is_ok());
    let refusal = parse(&of(10_000)).unwrap_err().to_string();
    assert_eq!(refusal, "invalid patch: it has more than 10000 files and hunks; split it into several");
    let long = format!("*** Begin Patch\n*** Add File: a\n+{}\n*** End Patch", "x".repeat(16 << 20));
    assert_eq!(parse(&long).unwrap_err().executable_message(), "Invalid patch: it is longer than 16 MiB; split it into several");
}
