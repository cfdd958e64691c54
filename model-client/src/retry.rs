//! Whether a failed request is tried again, and after how long.
//!
//! Pure apart from jitter: the turn loop asks [`RetryState::next`] after each failure and does the waiting itself, so
//! that it can be cancelled. One `match` over [`ErrorKind`] decides the class.

use std::time::Duration;

use codex_config::provider::ProviderInfo;

use crate::error::{ErrorKind, ModelError};
use crate::random::random_u64;
use crate::wait::in_words;

/// A server that asks for more than this fails the turn at once, with the time named.
pub const LONGEST_NAMED_WAIT: Duration = Duration::from_secs(5 * 60);

/// All waits between two completed answers together are never longer than this.
pub const LONGEST_TOTAL_WAIT: Duration = Duration::from_secs(10 * 60);

const FIRST_STEP: Duration = Duration::from_millis(200);
const FIRST_STEP_OVERLOADED: Duration = Duration::from_secs(2);
const LONGEST_STEP: Duration = Duration::from_secs(30);
const EMPTY_RESPONSE_RETRIES: u64 = 2;
const MALFORMED_CALL_RETRIES: u64 = 2;
const RECONNECTS: u64 = 3;

/// What to do after a failure.
#[derive(Clone, Debug)]
pub enum Retry {
    /// Wait, then send the request again.
    Wait {
        /// How long.
        delay: Duration,
        /// Which retry this is, from 1.
        attempt: u64,
        /// How many there are at most.
        max: u64,
        /// `Reconnecting... 1/5`.
        message: String,
        /// Why, and how long it takes.
        details: String,
    },
    /// The turn fails with this error; it may say more than the one that was handed in.
    GiveUp(ModelError),
}

/// The failures since the last completed answer.
#[derive(Clone, Debug)]
pub struct RetryState {
    request_retries: u64,
    stream_retries: u64,
    failures: u64,
    empty_responses: u64,
    malformed_calls: u64,
    reconnects: u64,
    waited: Duration,
}

/// How a kind of error is met.
enum Class {
    Backoff {
        first: Duration,
    },
    EmptyResponse,
    /// The same request may well come out better.
    Resample,
    /// A new connection mends it.
    Reconnect,
    Never,
}

impl RetryState {
    /// No failures yet.
    pub fn new(provider: &ProviderInfo) -> Self {
        Self {
            request_retries: provider.request_max_retries,
            stream_retries: provider.stream_max_retries,
            failures: 0,
            empty_responses: 0,
            malformed_calls: 0,
            reconnects: 0,
            waited: Duration::ZERO,
        }
    }

    /// Forgets the failures, after a completed answer.
    pub fn reset(&mut self) {
        self.failures = 0;
        self.empty_responses = 0;
        self.malformed_calls = 0;
        self.reconnects = 0;
        self.waited = Duration::ZERO;
    }

    /// Decides on the next attempt and counts the failure.
    ///
    /// A request that got no answer may be sent again as often as the larger of `request_max_retries` and
    /// `stream_max_retries` says; an answer that broke off only as often as `stream_max_retries` says.
    pub fn next(&mut self, error: &ModelError) -> Retry {
        let first = match class_of(error) {
            Class::Never => return Retry::GiveUp(error.clone()),
            Class::EmptyResponse => {
                self.empty_responses += 1;
                if self.empty_responses > EMPTY_RESPONSE_RETRIES {
                    return Retry::GiveUp(error.clone());
                }
                FIRST_STEP
            }
            Class::Resample => {
                self.malformed_calls += 1;
                return at_once(error, self.malformed_calls, MALFORMED_CALL_RETRIES);
            }
            Class::Reconnect => {
                self.reconnects += 1;
                return at_once(error, self.reconnects, RECONNECTS);
            }
            Class::Backoff { first } => first,
        };
        let max = if error.in_stream { self.stream_retries } else { self.stream_retries.max(self.request_retries) };
        self.failures += 1;
        if self.failures > max {
            return Retry::GiveUp(error.clone());
        }
        let delay = match error.retry_after {
            Some(named) if named > LONGEST_NAMED_WAIT => return Retry::GiveUp(too_long(error, named)),
            Some(named) => named,
            None => jittered(step(first, self.failures)),
        };
        if self.waited + delay > LONGEST_TOTAL_WAIT {
            return Retry::GiveUp(waited_enough(error, self.waited));
        }
        self.waited += delay;
        let attempt = self.failures;
        Retry::Wait { delay, attempt, max, message: format!("Reconnecting... {attempt}/{max}"), details: details(error, delay) }
    }
}

fn class_of(error: &ModelError) -> Class {
    let backoff = Class::Backoff { first: FIRST_STEP };
    let class = match error.kind {
        ErrorKind::RateLimited | ErrorKind::Server | ErrorKind::Connect | ErrorKind::StreamCut => backoff,
        ErrorKind::Overloaded => Class::Backoff { first: FIRST_STEP_OVERLOADED },
        ErrorKind::EmptyResponse => Class::EmptyResponse,
        ErrorKind::MalformedToolCall => Class::Resample,
        ErrorKind::ConnectionState => Class::Reconnect,
        ErrorKind::Quota
        | ErrorKind::Auth
        | ErrorKind::Permission
        | ErrorKind::NotFound
        | ErrorKind::ContextOverflow
        | ErrorKind::TooLarge
        | ErrorKind::ContentFilter
        | ErrorKind::BadRequest
        | ErrorKind::Configuration
        | ErrorKind::Replay
        | ErrorKind::Cancelled => Class::Never,
    };
    match (error.should_retry, class) {
        (Some(false), _) => Class::Never,
        (Some(true), Class::Never) => Class::Backoff { first: FIRST_STEP },
        (_, class) => class,
    }
}

/// A retry without a wait, which is no failure of the connection.
fn at_once(error: &ModelError, attempt: u64, max: u64) -> Retry {
    if attempt > max {
        return Retry::GiveUp(error.clone());
    }
    let delay = Duration::ZERO;
    Retry::Wait { delay, attempt, max, message: format!("Reconnecting... {attempt}/{max}"), details: details(error, delay) }
}

fn step(first: Duration, failures: u64) -> Duration {
    let doublings = u32::try_from(failures.saturating_sub(1)).unwrap_or(u32::MAX).min(16);
    first.saturating_mul(1 << doublings).min(LONGEST_STEP)
}

/// Between 90 % and 110 %, so that clients which failed together do not come back together.
fn jittered(delay: Duration) -> Duration {
    let percent = 90 + u32::try_from(random_u64() % 21).unwrap_or(10);
    delay * percent / 100
}

fn details(error: &ModelError, delay: Duration) -> String {
    let why = error.cause.as_deref().unwrap_or(&error.message);
    let asked = if error.retry_after.is_some() { ", as the server asks" } else { "" };
    format!("{why}; next try in {}{asked}", in_words(delay))
}

fn too_long(error: &ModelError, named: Duration) -> ModelError {
    let longest = in_words(LONGEST_NAMED_WAIT);
    let message = format!("{}; the server asks to wait {}, and a turn waits {longest} at most", error.message, in_words(named));
    ModelError { message, ..error.clone() }
}

fn waited_enough(error: &ModelError, waited: Duration) -> ModelError {
    let message = format!("{}; gave up after waiting {} in all", error.message, in_words(waited));
    ModelError { message, ..error.clone() }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use pretty_assertions::assert_eq;

    use super::*;

    fn state(request: u64, stream: u64) -> RetryState {
        RetryState {
            request_retries: request,
            stream_retries: stream,
            failures: 0,
            empty_responses: 0,
            malformed_calls: 0,
            reconnects: 0,
            waited: Duration::ZERO,
        }
    }

    fn delays(state: &mut RetryState, error: &ModelError) -> Vec<u128> {
        let mut delays = Vec::new();
        while let Retry::Wait { delay, .. } = state.next(error) {
            delays.push(delay.as_millis());
        }
        delays
    }

    #[test]
    fn back_off_doubles_from_200_ms_within_ten_percent_and_stops_at_30_s() {
        let error = ModelError::new(ErrorKind::Server, "x");
        let got = delays(&mut state(0, 12), &error);
        assert_eq!(got.len(), 12);
        for (at, delay) in got.iter().enumerate() {
            let wanted = (200 << at).min(30_000);
            assert!(*delay >= wanted * 9 / 10 && *delay <= wanted * 11 / 10, "{at}: {delay} for {wanted}");
        }
    }

    #[test]
    fn an_overloaded_server_gets_two_seconds_first() {
        let got = delays(&mut state(4, 0), &ModelError::new(ErrorKind::Overloaded, "x"));
        assert!(got.len() == 4 && (1800..=2200).contains(&got[0]), "{got:?}");
    }

    #[test]
    fn an_answer_that_broke_off_counts_against_the_stream_retries_alone() {
        let cut = ModelError::new(ErrorKind::StreamCut, "x");
        assert_eq!(delays(&mut state(4, 1), &cut.clone().in_stream()).len(), 1);
        assert_eq!(delays(&mut state(4, 1), &cut).len(), 4);
        assert_eq!(delays(&mut state(0, 0), &cut).len(), 0);
    }

    #[test]
    fn a_named_wait_is_obeyed_in_full() {
        let mut error = ModelError::new(ErrorKind::RateLimited, "exceeded").with_cause("429 Too Many Requests: slow");
        error.retry_after = Some(Duration::from_millis(1500));
        let Retry::Wait { delay, attempt, max, message, details } = state(4, 5).next(&error) else { panic!("no wait") };
        assert_eq!((delay, attempt, max), (Duration::from_millis(1500), 1, 5));
        assert_eq!(message, "Reconnecting... 1/5");
        assert_eq!(details, "429 Too Many Requests: slow; next try in 1.5 s, as the server asks");
    }

    #[test]
    fn a_named_wait_beyond_five_minutes_fails_at_once_and_says_so() {
        let mut error = ModelError::new(ErrorKind::RateLimited, "slow");
        error.retry_after = Some(Duration::from_secs(7_500));
        let Retry::GiveUp(error) = state(4, 5).next(&error) else { panic!("waits") };
        assert_eq!(error.message, "slow; the server asks to wait 2 h 5 min, and a turn waits 5 min at most");
    }

    #[test]
    fn all_waits_together_stay_below_ten_minutes_until_an_answer_completes() {
        let mut error = ModelError::new(ErrorKind::RateLimited, "slow");
        error.retry_after = Some(Duration::from_secs(250));
        let mut state = state(100, 100);
        assert_eq!(delays(&mut state, &error).len(), 2);
        let Retry::GiveUp(last) = state.next(&error) else { panic!("waits") };
        assert_eq!(last.message, "slow; gave up after waiting 8 min 20 s in all");
        state.reset();
        assert_eq!(delays(&mut state, &error).len(), 2);
    }

    #[test]
    fn the_server_may_override_the_class() {
        let mut error = ModelError::new(ErrorKind::Server, "x");
        error.should_retry = Some(false);
        assert_eq!(delays(&mut state(4, 5), &error).len(), 0);
        let mut error = ModelError::new(ErrorKind::BadRequest, "x");
        error.should_retry = Some(true);
        assert_eq!(delays(&mut state(4, 5), &error).len(), 5);
    }

    #[test]
    fn refusals_are_final_and_empty_answers_are_asked_for_twice() {
        for kind in [ErrorKind::Auth, ErrorKind::BadRequest, ErrorKind::Quota, ErrorKind::ContextOverflow, ErrorKind::Cancelled] {
            assert_eq!(delays(&mut state(4, 5), &ModelError::new(kind, "x")).len(), 0, "{kind:?}");
        }
        let empty = ModelError::new(ErrorKind::EmptyResponse, "x").in_stream();
        assert_eq!(delays(&mut state(4, 5), &empty).len(), 2);
    }

    #[test]
    fn a_call_that_the_server_could_not_read_is_asked_for_again_at_once() {
        let malformed = ModelError::new(ErrorKind::MalformedToolCall, "x");
        assert_eq!(delays(&mut state(0, 0), &malformed), [0, 0]);
        let lost = ModelError::new(ErrorKind::ConnectionState, "x");
        assert_eq!(delays(&mut state(0, 0), &lost), [0, 0, 0]);
    }
}
