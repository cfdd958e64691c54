//! Takes submissions in order: starts turns, steers them, ends them.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use codex_protocol::event::{ElicitationResolved, ReviewDecision, ReviewTarget, Warning};
use codex_protocol::op::UserTurn;
use codex_protocol::{ApprovalId, EventMsg, Op, Submission, SubmissionId, TurnId};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::{Session, rollback};
use crate::approval::pending::{Answer, Subject};
use crate::compact::run_compaction;
use crate::exec::user_shell;
use crate::mcp::questions::Reply;
use crate::review::run_review;
use crate::thread::Thread;
use crate::turn::control::TurnControl;
use crate::turn::run::run_turn;

/// How long the step in flight may go on after a limit was reached.
const STEP_GRACE: Duration = Duration::from_secs(10);

struct RunningTurn {
    control: Arc<TurnControl>,
    task: JoinHandle<()>,
}

/// Serves submissions until the thread is shut down or every handle to it is gone.
pub(crate) async fn serve(session: Arc<Session>, mut submissions: mpsc::Receiver<Submission>) {
    let mut running: Option<RunningTurn> = None;
    let mut waiting: VecDeque<Submission> = VecDeque::new();
    loop {
        if running.as_ref().is_some_and(|turn| turn.task.is_finished()) {
            running = None;
        }
        if running.is_none() {
            running = start_left_over(&session).or_else(|| waiting.pop_front().and_then(|next| start_waiting(&session, next)));
        }
        let submission = tokio::select! {
            biased;
            () = ended(&mut running), if running.is_some() => continue,
            submission = submissions.recv() => match submission {
                Some(submission) => submission,
                None => break,
            },
        };
        if running.as_ref().is_some_and(|turn| turn.task.is_finished()) {
            running = None;
        }
        match submission.op {
            Op::UserTurn(turn) => match &running {
                Some(_) => steer(&session, turn).await,
                None => {
                    session.events.answer_to(submission.id);
                    running = Some(start(&session, turn));
                }
            },
            Op::Steer { expected, input } => match &running {
                Some(turn) if turn.control.turn_id == expected => session.state().steered.push_back(input),
                _ => warn(&session, format!("turn {expected} is over: the input was not sent")).await,
            },
            Op::Interrupt => {
                if let Some(turn) = &running {
                    turn.control.interrupt();
                }
            }
            Op::InterruptAndSend => {
                if let Some(turn) = &running {
                    turn.control.interrupt_for_input();
                }
            }
            Op::StopAfterStep { code, message } => {
                if let Some(turn) = &running {
                    turn.control.stop_after_step(code, message);
                    cancel_after_grace(Arc::clone(&turn.control));
                }
            }
            // While a reviewer works, the questions are its own.
            op @ (Op::ExecApproval { .. } | Op::PatchApproval { .. } | Op::UserInputAnswer { .. } | Op::PermissionsAnswer { .. })
                if reviewer(running.as_ref()).is_some() =>
            {
                if let Some(reviewer) = reviewer(running.as_ref()) {
                    // It may have ended in this moment; then nobody waits for the answer.
                    let _ = reviewer.submit(op).await;
                }
            }
            Op::Review(target) => match &running {
                Some(_) => warn(&session, "a turn is running: the review was not begun".to_owned()).await,
                None => {
                    session.events.answer_to(submission.id);
                    running = Some(start_review(&session, target));
                }
            },
            Op::ExecApproval { id, turn_id, decision } => {
                answer(&session, running.as_ref(), Subject::Command, &id, turn_id.as_ref(), decision).await;
            }
            Op::PatchApproval { id, decision } => answer(&session, running.as_ref(), Subject::Patch, &id, None, decision).await,
            Op::UserInputAnswer { id, response } => {
                fit(&session, Subject::Choice, &id, None, Answer::Choice(response)).await;
            }
            Op::PermissionsAnswer { id, response } => {
                fit(&session, Subject::Permissions, &id, None, Answer::Permissions(response)).await;
            }
            Op::ResolveElicitation { id, action, content, meta } => session.mcp.answered(&id, Reply { action, content, meta }),
            Op::RestartMcp { server } => session.mcp.start_again(server.as_deref()),
            Op::Compact | Op::QueueTurn(_) => waiting.push_back(submission),
            Op::Rollback { turns } => match &running {
                Some(_) => warn(&session, "a turn is running: nothing was taken back".to_owned()).await,
                None => {
                    session.events.answer_to(submission.id);
                    rollback::take_back(&session, turns).await;
                }
            },
            Op::UserShell { command } => run_line(&session, &mut running, &mut waiting, submission.id, command),
            Op::StopBackgroundCommands => stop_background(Arc::clone(&session)),
            Op::OverrideDefaults(overrides) => {
                for refused in session.apply_overrides(&overrides) {
                    warn(&session, refused).await;
                }
            }
            Op::Shutdown => break,
            _ => warn(&session, "this request is not served yet".to_owned()).await,
        }
    }
    end(&session, running).await;
}

/// Ends what runs, writes what is left, and lets everybody go.
async fn end(session: &Session, running: Option<RunningTurn>) {
    if let Some(turn) = running {
        turn.control.interrupt();
        if turn.task.await.is_err() {
            tracing::error!("a turn ended by panic");
        }
    }
    session.cancel.cancel();
    let hurry = CancellationToken::new();
    tokio::join!(session.services.command_sessions.end_all(&hurry), session.mcp.stop());
    session.events.flush().await;
    session.events.release_file().await;
    session.events.show(EventMsg::ShutdownComplete).await;
    session.events.close();
}

/// Hands an answer about a command or a patch to its question.
async fn answer(
    session: &Session,
    running: Option<&RunningTurn>,
    subject: Subject,
    id: &ApprovalId,
    turn: Option<&TurnId>,
    decision: ReviewDecision,
) {
    let ends_turn = decision == ReviewDecision::Abort;
    let fitted = fit(session, subject, id, turn, Answer::Decision(decision)).await;
    if let Some(turn) = running.filter(|_| fitted && ends_turn) {
        turn.control.interrupt();
    }
}

/// Hands an answer to the question it belongs to, and tells every other front-end that it is answered. One that fits none, or
/// comes second, does nothing (A46, U6).
async fn fit(session: &Session, subject: Subject, id: &ApprovalId, turn: Option<&TurnId>, answer: Answer) -> bool {
    let fitted = session.approvals.pending.answer(subject, id, turn, answer);
    if fitted {
        session.events.show(EventMsg::ElicitationResolved(ElicitationResolved { id: id.clone() })).await;
    } else {
        tracing::warn!(%id, "an answer fits no open question and was ignored");
    }
    fitted
}

/// Waits for the end of the running turn.
async fn ended(running: &mut Option<RunningTurn>) {
    if let Some(turn) = running
        && (&mut turn.task).await.is_err()
    {
        tracing::error!("a turn ended by panic");
    }
    *running = None;
}

/// Starts a turn with input that came while the last one was ending.
fn start_left_over(session: &Arc<Session>) -> Option<RunningTurn> {
    let input: Vec<_> = session.state().steered.drain(..).flatten().collect();
    (!input.is_empty()).then(|| start(session, UserTurn { input, ..UserTurn::default() }))
}

/// Starts what waited for the end of a turn.
fn start_waiting(session: &Arc<Session>, submission: Submission) -> Option<RunningTurn> {
    session.events.answer_to(submission.id);
    match submission.op {
        Op::QueueTurn(turn) => Some(start(session, turn)),
        Op::UserShell { command } => Some(start_user_shell(session, command)),
        Op::Compact => {
            let control = Arc::new(TurnControl::new(session.cancel.child_token()));
            let task = tokio::spawn(run_compaction(Arc::clone(session), Arc::clone(&control)));
            Some(RunningTurn { control, task })
        }
        _ => None,
    }
}

fn start(session: &Arc<Session>, turn: UserTurn) -> RunningTurn {
    let refused = session.apply_overrides(&turn.overrides);
    let control = Arc::new(TurnControl::new(session.cancel.child_token()));
    let (of_task, session) = (Arc::clone(&control), Arc::clone(session));
    let task = tokio::spawn(async move {
        for refused in refused {
            warn(&session, refused).await;
        }
        run_turn(session, of_task, turn).await
    });
    RunningTurn { control, task }
}

fn start_review(session: &Arc<Session>, target: ReviewTarget) -> RunningTurn {
    let control = Arc::new(TurnControl::new(session.cancel.child_token()));
    let task = tokio::spawn(run_review(Arc::clone(session), Arc::clone(&control), target));
    RunningTurn { control, task }
}

/// Runs a line of the user: beside the running turn, else behind it; as a turn of its own when none runs.
fn run_line(
    session: &Arc<Session>,
    running: &mut Option<RunningTurn>,
    waiting: &mut VecDeque<Submission>,
    id: SubmissionId,
    command: String,
) {
    match running {
        Some(turn) if user_shell::begin_beside(session, &turn.control, &command) => {}
        Some(_) => waiting.push_back(Submission { id, op: Op::UserShell { command } }),
        None => {
            session.events.answer_to(id);
            *running = Some(start_user_shell(session, command));
        }
    }
}

/// Ends commands in the background. They are given time to end, and nothing else waits for that.
fn stop_background(session: Arc<Session>) {
    tokio::spawn(async move { session.services.command_sessions.end_all(&CancellationToken::new()).await });
}

fn start_user_shell(session: &Arc<Session>, command: String) -> RunningTurn {
    let control = Arc::new(TurnControl::new(session.cancel.child_token()));
    let task = tokio::spawn(user_shell::run_turn(Arc::clone(session), Arc::clone(&control), command));
    RunningTurn { control, task }
}

/// The thread that does the work of the running turn, when it is a review.
fn reviewer(running: Option<&RunningTurn>) -> Option<Thread> {
    running.and_then(|turn| turn.control.reviewer().clone())
}

async fn steer(session: &Session, turn: UserTurn) {
    let refused = session.apply_overrides(&turn.overrides);
    session.state().steered.push_back(turn.input);
    for refused in refused {
        warn(session, refused).await;
    }
}

/// A step that does not end by itself within the grace is cancelled.
fn cancel_after_grace(control: Arc<TurnControl>) {
    tokio::spawn(async move {
        tokio::select! {
            () = control.cancel.cancelled() => {}
            () = tokio::time::sleep(STEP_GRACE) => control.cancel.cancel(),
        }
    });
}

async fn warn(session: &Session, message: String) {
    session.events.show(EventMsg::Warning(Warning { message })).await;
}
