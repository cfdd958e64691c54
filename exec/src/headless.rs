//! `codex exec` from its arguments to its exit code: prepare, open the thread, run it, tell the rest.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use codex_core::{Runtime, StartError, Thread, ThreadManager, is_prompt_line};
use codex_protocol::Op;
use codex_protocol::user_input::UserInput;
use codex_state::StateError;
use tokio::time::{Instant, timeout};

use crate::ambient::{Ambient, StreamKind};
use crate::args::{ColorChoice, ConfigFlags, ExecArgs, Request, Target};
use crate::error::{ExecError, with_causes};
use crate::human::{HeaderFacts, HumanView, ShownReasoning};
use crate::jsonl::JsonView;
use crate::last_message::write_last_message;
use crate::outcome::Outcome;
use crate::output::{Output, Stream};
use crate::prepare::{Prepared, prepare};
use crate::run::{Ended, Run, TimeLimit};
use crate::sanitize::sanitize;
use crate::signals::Signals;
use crate::style::Paint;
use crate::view::{Shown, View};

/// Runs `codex exec` and returns its exit code.
///
/// `outer` are the flags before `exec`. Needs a tokio runtime with time, I/O and signals.
///
/// # Errors
/// When the run could not start; the text is the whole message and the exit code is 1.
pub async fn run(args: ExecArgs, outer: ConfigFlags, ambient: &Ambient) -> Result<u8, ExecError> {
    let started = Instant::now();
    let request = args.into_request(outer);
    let mut prepared = prepare(&request, ambient)?;
    if request.config.oss && request.run.replay.is_none() && request.run.remote.is_none() {
        prepared.config = crate::oss::ready(&prepared.config, ambient).await?;
    }
    let view = make_view(&request, &prepared, ambient);
    let system = |what: &'static str| move |source: io::Error| ExecError::System { what, source };
    let signals = Signals::listen().map_err(system("cannot listen for signals"))?;
    let output = Output::start(io::stdout(), io::stderr()).map_err(system("cannot start a thread"))?;
    let thread = match &request.run.remote {
        Some(address) => crate::remote::open(address, &request, &prepared.config.cwd, ambient).await?,
        None => open_thread(&request, &prepared, Arc::clone(&ambient.runtime)).await?,
    };
    let op = with_prompt_of_server(&thread, prepared.op).await?;
    if thread.submit(op).await.is_err() {
        return Err(ExecError::Start("the thread ended at once".to_owned()));
    }
    let limit = request.run.timeout.map(|length| TimeLimit { length, at: started + length });
    let (ended, telemetry) = Run::new(thread, view, output, signals, limit).told_to(prepared.telemetry).follow_to_the_end().await;
    let code = tell_the_rest(ended, &request, ambient).await.exit_code();
    if let Some(telemetry) = telemetry {
        telemetry.finish().await;
    }
    Ok(code)
}

/// A turn whose text names a prompt of an MCP server becomes one with what the server wrote.
async fn with_prompt_of_server(thread: &Thread, op: Op) -> Result<Op, ExecError> {
    let Op::UserTurn(mut turn) = op else { return Ok(op) };
    let line = turn.input.iter().position(|input| matches!(input, UserInput::Text { text, .. } if is_prompt_line(text)));
    if let Some(at) = line
        && let UserInput::Text { text, .. } = &turn.input[at]
    {
        let filled = thread.fill_mcp_prompt(text).await.map_err(ExecError::Prompt)?;
        turn.input.splice(at..=at, filled);
    }
    Ok(Op::UserTurn(turn))
}

fn make_view(request: &Request, prepared: &Prepared, ambient: &Ambient) -> View {
    if request.run.json {
        return View::new(Shown::Json(JsonView::default()));
    }
    let coloured = match request.color {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto => ambient.wants_colour(),
    };
    let config = &prepared.config;
    let reasoning = match (config.hide_agent_reasoning, config.show_raw_agent_reasoning) {
        (true, _) => ShownReasoning::Hidden,
        (false, true) => ShownReasoning::Raw,
        (false, false) => ShownReasoning::Summaries,
    };
    let facts = HeaderFacts {
        version: ambient.runtime.version.clone(),
        summary: config.summary,
        replayed_from: request.run.replay.as_ref().map(|path| path.display().to_string()),
    };
    let paint = if coloured { Paint::Colour } else { Paint::Plain };
    View::new(Shown::Human(Box::new(HumanView::new(paint, reasoning, facts, prepared.prompt.clone()))))
}

fn no_such_name(session: &str) -> String {
    format!("no session has the name `{}`, or an id that begins like it", crate::sanitize(session))
}

async fn open_thread(request: &Request, prepared: &Prepared, runtime: Arc<Runtime>) -> Result<Thread, ExecError> {
    let manager = ThreadManager::new(Arc::clone(&prepared.config), runtime);
    let earlier: Option<PathBuf> = crate::resume::find(&request.target, &prepared.config)?;
    if let Some(fork) = request.fork {
        let missing = || match &request.target {
            Target::Session(session) => no_such_name(session),
            Target::New | Target::Newest { .. } => "name the session to copy, or give --last".to_owned(),
        };
        let path = earlier.ok_or_else(|| ExecError::Fork(missing()))?;
        let forked = manager.fork(&path, fork.keep_turns, prepared.start.clone()).await;
        return forked.map_err(|error| ExecError::Fork(with_causes(&error)));
    }
    match (&earlier, &request.target) {
        (None, Target::Newest { .. }) => write_directly("No earlier session to go on with; starting a new one.\n"),
        (None, Target::Session(session)) => write_directly(&format!("{}; starting a new one.\n", no_such_name(session))),
        _ => {}
    }
    match earlier {
        None => manager.start(prepared.start.clone()).await.map_err(|error| ExecError::Start(with_causes(&error))),
        Some(path) => manager.resume(&path, prepared.start.clone()).await.map_err(|error| {
            let way_out = match &error {
                StartError::State(StateError::Busy { .. }) => "; end the other program, or go on in a copy with `codex exec fork`",
                _ => "",
            };
            ExecError::Resume(format!("thread/resume failed: {}{way_out}", with_causes(&error)))
        }),
    }
}

/// Writes the file of `-o`, the end of the log and the final message.
async fn tell_the_rest(ended: Ended, request: &Request, ambient: &Ambient) -> Outcome {
    let Ended { outcome, last_message, waiting, output, mut signals, patience } = ended;
    let mut told = String::new();
    if let Some(path) = &request.run.last_message {
        told.extend(write_last_message(&ambient.cwd.join(path), path, last_message.as_deref()).map(|line| line + "\n"));
    }
    match &outcome {
        Outcome::Lost => told.push_str("Error: the thread ended without finishing its turn\n"),
        Outcome::Unwritable(reason) => told.push_str(&format!("Error: cannot write to standard output: {reason}\n")),
        _ => {}
    }
    let Some(output) = output else {
        write_directly(&told);
        return outcome;
    };
    let log = if request.run.json { Stream::Out } else { Stream::Err };
    let message = if request.run.json { None } else { final_message(last_message, ambient) };
    let chunks = [(log, waiting), (Stream::Err, told.into_bytes()), (Stream::Out, message.unwrap_or_default())];
    let patience = patience.map_or(std::time::Duration::MAX, |patience| patience);
    let written = tokio::select! {
        biased;
        signal = signals.next() => return Outcome::Signalled(signal),
        written = timeout(patience, write_rest(output, chunks)) => written.unwrap_or(Ok(())),
    };
    match written {
        Ok(()) => outcome,
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe && !request.run.json => outcome,
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Outcome::ReaderGone,
        Err(error) => {
            write_directly(&format!("Error: cannot write to standard output: {error}\n"));
            Outcome::Unwritable(error.to_string())
        }
    }
}

async fn write_rest(output: Output, chunks: [(Stream, Vec<u8>); 3]) -> io::Result<()> {
    for chunk in chunks {
        if chunk.1.is_empty() {
            continue;
        }
        match output.room().await {
            Some(room) => room.send(chunk),
            None => break,
        }
    }
    output.finish().await
}

/// The final message as it goes to standard output. On a terminal it is made safe, and left out where
/// the log has just shown it; into a file or pipe it goes as it is.
fn final_message(message: Option<String>, ambient: &Ambient) -> Option<Vec<u8>> {
    let message = message.filter(|_| !ambient.one_screen())?;
    let text = match ambient.stdout {
        StreamKind::Terminal => sanitize(&message).into_owned(),
        StreamKind::Other => message,
    };
    Some((text + "\n").into_bytes())
}

/// For the last words of a run whose writer is gone.
fn write_directly(text: &str) {
    // There is nobody left to tell when this fails.
    let _ = io::Write::write_all(&mut io::stderr(), text.as_bytes());
}
