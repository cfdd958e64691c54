//! The command line of `codex exec`: flags, values, and how flags of an outer level reach an inner one.
//!
//! Pure parsing. What the flags mean for a run is decided in `request`; files and folders named here
//! are not looked at.

mod review;

use std::ffi::OsStr;
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::{PossibleValue, StringValueParser, TypedValueParser};
use clap::{Arg, Args, Command, Subcommand, ValueEnum, ValueHint};
use codex_config::features::{FEATURES, FeatureStage};
use codex_protocol::event::ReviewTarget;
use codex_protocol::policy::SandboxMode;

use crate::duration::parse_duration;

pub use review::ReviewArgs;

/// What `codex exec --help` ends with.
const AFTER_HELP: &str = "\
Exit codes:
  0    the turn was completed
  1    the turn failed, or could not start
  2    the command line was not understood
  3    --max-turns was reached
  4    --max-tokens was reached
  124  --timeout was reached
  129  ended by SIGHUP (the terminal is gone)
  130  ended by SIGINT (Ctrl-C)
  141  the reader of --json events went away
  143  ended by SIGTERM";

/// A sandbox mode as it is spelt on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SandboxFlag(pub SandboxMode);

impl ValueEnum for SandboxFlag {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self(SandboxMode::ReadOnly), Self(SandboxMode::WorkspaceWrite), Self(SandboxMode::DangerFullAccess)]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(match self.0 {
            SandboxMode::ReadOnly => "read-only",
            SandboxMode::WorkspaceWrite => "workspace-write",
            SandboxMode::DangerFullAccess => "danger-full-access",
        }))
    }
}

/// Takes any text, and offers some to the completions of shells. What is none of them is told later, in the words that scripts know.
#[derive(Clone, Copy, Debug)]
pub struct Offered(pub &'static [&'static str]);

impl TypedValueParser for Offered {
    type Value = String;

    fn parse_ref(&self, command: &Command, arg: Option<&Arg>, value: &OsStr) -> Result<String, clap::Error> {
        StringValueParser::new().parse_ref(command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(self.0.iter().map(PossibleValue::new)))
    }
}

/// Takes any text, and offers the names of features that still do something to the completions of shells.
#[derive(Clone, Copy, Debug)]
pub struct FeatureName;

impl TypedValueParser for FeatureName {
    type Value = String;

    fn parse_ref(&self, command: &Command, arg: Option<&Arg>, value: &OsStr) -> Result<String, clap::Error> {
        StringValueParser::new().parse_ref(command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        let useful = FEATURES.iter().filter(|feature| feature.stage != FeatureStage::Removed);
        Some(Box::new(useful.map(|feature| PossibleValue::new(feature.name))))
    }
}

/// When the human log is coloured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ColorChoice {
    /// Even into a file.
    Always,
    /// Not at all.
    Never,
    /// When standard error is a terminal.
    #[default]
    Auto,
}

/// `-c`, `--enable` and `--disable`.
#[derive(Args, Clone, Debug, Default)]
pub struct Overrides {
    /// Set a configuration key for this run. The key is a dotted path and the value is TOML, or
    /// plain text where it is no TOML: `-c model=gpt-5.1`, `-c 'notify=["say", "done"]'`
    #[arg(short = 'c', long = "config", value_name = "key=value")]
    pub config: Vec<String>,

    /// Turn a feature on (repeatable); the same as `-c features.<FEATURE>=true`
    #[arg(long, value_name = "FEATURE", value_parser = FeatureName, hide_possible_values = true)]
    pub enable: Vec<String>,

    /// Turn a feature off (repeatable); the same as `-c features.<FEATURE>=false`
    #[arg(long, value_name = "FEATURE", value_parser = FeatureName, hide_possible_values = true)]
    pub disable: Vec<String>,
}

impl Overrides {
    /// Puts `outer` before these: what stands later on the command line wins.
    pub fn behind(self, mut outer: Self) -> Self {
        outer.config.extend(self.config);
        outer.enable.extend(self.enable);
        outer.disable.extend(self.disable);
        outer
    }
}

/// Flags that choose the configuration; accepted by `codex` itself and by `codex exec`.
#[derive(Args, Clone, Debug, Default)]
pub struct ConfigFlags {
    /// Single keys and features.
    #[command(flatten)]
    pub overrides: Overrides,

    /// Model to use
    #[arg(short = 'm', long, value_name = "MODEL")]
    pub model: Option<String>,

    /// Use a model server on this machine
    #[arg(long)]
    pub oss: bool,

    /// Which local server --oss means: `lmstudio` or `ollama`
    #[arg(long, value_name = "PROVIDER", value_parser = Offered(&["lmstudio", "ollama"]), hide_possible_values = true)]
    pub local_provider: Option<String>,

    /// What commands may touch
    #[arg(short = 's', long, value_name = "MODE", value_enum)]
    pub sandbox: Option<SandboxFlag>,

    /// Profile of config.toml to use
    #[arg(short = 'p', long, value_name = "PROFILE")]
    pub profile: Option<String>,

    /// Let commands write in the workspace without being asked (`--sandbox workspace-write`)
    #[arg(long)]
    pub full_auto: bool,

    /// Run every command unasked and without a sandbox. Only for machines that are a sandbox themselves
    #[arg(long = "dangerously-bypass-approvals-and-sandbox", alias = "yolo", conflicts_with = "full_auto")]
    pub bypass: bool,

    /// Folder to work in
    #[arg(short = 'C', long = "cd", value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub cd: Option<PathBuf>,

    /// Further folder that may be written to (repeatable)
    #[arg(long = "add-dir", value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub add_dirs: Vec<PathBuf>,

    /// Whether a key that nobody knows is an error. A flag of `codex` itself, which every subcommand takes.
    #[arg(skip)]
    pub strict_config: bool,
}

impl ConfigFlags {
    /// Refuses flags that would have no effect, once all levels of the command line are folded into these.
    ///
    /// # Errors
    /// With the whole line for a person.
    pub fn check(&self) -> Result<(), String> {
        match &self.local_provider {
            Some(server) if !self.oss => Err(format!("Error: `--local-provider {server}` says which server `--oss` means; add `--oss`")),
            _ => Ok(()),
        }
    }

    /// Fills what is not set here from an outer level of the command line.
    pub fn behind(self, mut outer: Self) -> Self {
        outer.add_dirs.extend(self.add_dirs);
        Self {
            overrides: self.overrides.behind(outer.overrides),
            model: self.model.or(outer.model),
            oss: self.oss || outer.oss,
            local_provider: self.local_provider.or(outer.local_provider),
            sandbox: self.sandbox.or(outer.sandbox),
            profile: self.profile.or(outer.profile),
            full_auto: self.full_auto || outer.full_auto,
            bypass: self.bypass || outer.bypass,
            cd: self.cd.or(outer.cd),
            strict_config: self.strict_config || outer.strict_config,
            add_dirs: outer.add_dirs,
        }
    }
}

/// Flags about one run; accepted before and after `resume`.
#[derive(Args, Clone, Debug, Default)]
pub struct RunFlags {
    /// Work outside a git repository too
    #[arg(long)]
    pub skip_git_repo_check: bool,

    /// Keep no session file
    #[arg(long)]
    pub ephemeral: bool,

    /// Write events to standard output, one JSON object a line
    #[arg(long, alias = "experimental-json")]
    pub json: bool,

    /// Write the final message to this file
    #[arg(short = 'o', long = "output-last-message", value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub last_message: Option<PathBuf>,

    /// End the turn after this many requests to the model
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub max_turns: Option<u32>,

    /// End the turn once its requests have used this many tokens, input and output
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(1..))]
    pub max_tokens: Option<i64>,

    /// End the turn after this time: `90`, `90s`, `5m`, `1h30m`
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    pub timeout: Option<Duration>,

    /// Keep a recording of the model traffic in this file, without secrets
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "replay")]
    pub record: Option<PathBuf>,

    /// Answer from a recording instead of a model server; tools are real, the network is not used
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub replay: Option<PathBuf>,

    /// Run in an app server elsewhere: `ws://HOST:PORT` or `unix://PATH`
    #[arg(long, value_name = "ADDR", value_hint = ValueHint::Url, conflicts_with_all = ["record", "replay", "max_turns", "max_tokens"])]
    pub remote: Option<String>,

    /// Variable that holds the bearer token for --remote
    #[arg(long, value_name = "ENV_VAR", requires = "remote")]
    pub remote_auth_token_env: Option<String>,

    /// Go on when a request differs from the recorded one
    #[arg(long, requires = "replay")]
    pub replay_lenient: bool,
}

impl RunFlags {
    fn behind(self, outer: Self) -> Self {
        Self {
            skip_git_repo_check: self.skip_git_repo_check || outer.skip_git_repo_check,
            ephemeral: self.ephemeral || outer.ephemeral,
            json: self.json || outer.json,
            last_message: self.last_message.or(outer.last_message),
            max_turns: self.max_turns.or(outer.max_turns),
            max_tokens: self.max_tokens.or(outer.max_tokens),
            timeout: self.timeout.or(outer.timeout),
            record: self.record.or(outer.record),
            replay: self.replay.or(outer.replay),
            remote: self.remote.or(outer.remote),
            remote_auth_token_env: self.remote_auth_token_env.or(outer.remote_auth_token_env),
            replay_lenient: self.replay_lenient || outer.replay_lenient,
        }
    }
}

/// `codex exec`.
#[derive(Args, Clone, Debug, Default)]
#[command(after_help = AFTER_HELP)]
pub struct ExecArgs {
    /// What to do instead of starting a new thread.
    #[command(subcommand)]
    pub command: Option<ExecCommand>,

    /// Flags that choose the configuration.
    #[command(flatten)]
    pub config: ConfigFlags,

    /// Flags about the run.
    #[command(flatten)]
    pub run: RunFlags,

    /// Image to send with the prompt (repeatable, or several with commas); put the prompt before it
    #[arg(short = 'i', long = "image", value_name = "FILE", num_args = 1.., value_delimiter = ',', value_hint = ValueHint::FilePath)]
    pub images: Vec<PathBuf>,

    /// File with the JSON schema that the final message has to follow
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub output_schema: Option<PathBuf>,

    /// When to colour the log on standard error
    #[arg(long, value_name = "WHEN", value_enum, default_value_t)]
    pub color: ColorChoice,

    /// The task. Without it, or with `-`, it is read from standard input
    #[arg(value_name = "PROMPT")]
    pub prompt: Option<String>,
}

/// Commands below `codex exec`.
#[derive(Clone, Debug, Subcommand)]
pub enum ExecCommand {
    /// Go on with an earlier session, by id or name, or the newest
    Resume(Box<ResumeArgs>),

    /// Go on in a copy of an earlier session, which stays as it is
    Fork(Box<ForkArgs>),

    /// Review changes: uncommitted ones, a branch or a commit
    Review(Box<ReviewArgs>),
}

/// `codex exec resume`.
#[derive(Args, Clone, Debug, Default)]
pub struct ResumeArgs {
    /// Single keys and features.
    #[command(flatten)]
    pub overrides: Overrides,

    /// Model to use
    #[arg(short = 'm', long, value_name = "MODEL")]
    pub model: Option<String>,

    /// Let commands write in the workspace without being asked (`--sandbox workspace-write`)
    #[arg(long)]
    pub full_auto: bool,

    /// Run every command unasked and without a sandbox. Only for machines that are a sandbox themselves
    #[arg(long = "dangerously-bypass-approvals-and-sandbox", alias = "yolo", conflicts_with = "full_auto")]
    pub bypass: bool,

    /// Flags about the run.
    #[command(flatten)]
    pub run: RunFlags,

    /// Image to send with the prompt (repeatable, or several with commas)
    #[arg(short = 'i', long = "image", value_name = "FILE", value_delimiter = ',', value_hint = ValueHint::FilePath)]
    pub images: Vec<PathBuf>,

    /// The newest session of this folder; the one positional is the prompt then
    #[arg(long)]
    pub last: bool,

    /// With --last: the newest session of any folder
    #[arg(long)]
    pub all: bool,

    /// Id or name of the session
    #[arg(value_name = "SESSION_ID")]
    pub session: Option<String>,

    /// The task. Without it, or with `-`, it is read from standard input
    #[arg(value_name = "PROMPT")]
    pub prompt: Option<String>,
}

/// `codex exec fork`.
#[derive(Args, Clone, Debug, Default)]
pub struct ForkArgs {
    /// The rest is as for `resume`.
    #[command(flatten)]
    pub resume: ResumeArgs,

    /// Copy only the first N turns of the session
    #[arg(long, value_name = "N")]
    pub keep_turns: Option<usize>,
}

/// How much of a session a copy begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ForkPoint {
    /// `--keep-turns`; `None`: all of it.
    pub keep_turns: Option<usize>,
}

/// Which thread a run belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A new one.
    New,
    /// An earlier one, by id or name.
    Session(String),
    /// The newest; `any_folder` drops the rule that it was started in this folder.
    Newest {
        /// `--all`.
        any_folder: bool,
    },
}

/// Everything the command line asks of one run, with the levels folded into one.
#[derive(Clone, Debug)]
pub struct Request {
    /// The thread.
    pub target: Target,
    /// Flags that choose the configuration.
    pub config: ConfigFlags,
    /// Flags about the run.
    pub run: RunFlags,
    /// Image files.
    pub images: Vec<PathBuf>,
    /// Schema file.
    pub output_schema: Option<PathBuf>,
    /// Colour of the log.
    pub color: ColorChoice,
    /// The prompt as written.
    pub prompt: Option<String>,
    /// What is reviewed, when the run is a review.
    pub review: Option<ReviewSubject>,
    /// The run belongs to a copy of `target`.
    pub fork: Option<ForkPoint>,
}

/// What a review is about, as far as the command line says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReviewSubject {
    /// A flag names it.
    Named(ReviewTarget),
    /// What the prompt says.
    Prompt,
    /// Nothing was said.
    Missing,
}

impl ExecArgs {
    /// Folds the levels: flags before `exec`, flags of `exec`, flags after `resume`.
    pub fn into_request(self, outer: ConfigFlags) -> Request {
        let config = self.config.behind(outer);
        let mut request = Request {
            target: Target::New,
            config,
            run: self.run,
            images: self.images,
            output_schema: self.output_schema,
            color: self.color,
            prompt: self.prompt,
            review: None,
            fork: None,
        };
        match self.command {
            None => {}
            Some(ExecCommand::Review(review)) => request.review(*review),
            Some(ExecCommand::Resume(resume)) => request.resume(*resume),
            Some(ExecCommand::Fork(fork)) => {
                request.resume(fork.resume);
                request.fork = Some(ForkPoint { keep_turns: fork.keep_turns });
            }
        }
        request
    }
}

impl Request {
    fn review(&mut self, review: ReviewArgs) {
        let inner = ConfigFlags {
            overrides: review.overrides,
            model: review.model,
            full_auto: review.full_auto,
            bypass: review.bypass,
            ..ConfigFlags::default()
        };
        self.config = inner.behind(std::mem::take(&mut self.config));
        self.run = review.run.behind(std::mem::take(&mut self.run));
        self.prompt = review.prompt;
        self.review = Some(match (review.uncommitted, review.base, review.commit, &self.prompt) {
            (true, ..) => ReviewSubject::Named(ReviewTarget::UncommittedChanges),
            (_, Some(branch), ..) => ReviewSubject::Named(ReviewTarget::BaseBranch { branch }),
            (_, _, Some(sha), _) => ReviewSubject::Named(ReviewTarget::Commit { sha, title: review.title }),
            (_, _, _, Some(_)) => ReviewSubject::Prompt,
            (false, None, None, None) => ReviewSubject::Missing,
        });
    }

    fn resume(&mut self, resume: ResumeArgs) {
        let inner = ConfigFlags {
            overrides: resume.overrides,
            model: resume.model,
            full_auto: resume.full_auto,
            bypass: resume.bypass,
            ..ConfigFlags::default()
        };
        self.config = inner.behind(std::mem::take(&mut self.config));
        self.run = resume.run.behind(std::mem::take(&mut self.run));
        self.images.extend(resume.images);
        let (target, prompt) = match (resume.last, resume.session) {
            // With `--last` nothing names a session, so a lone positional is the prompt.
            (true, positional) => (Target::Newest { any_folder: resume.all }, resume.prompt.or(positional)),
            (false, Some(session)) => (Target::Session(session), resume.prompt),
            (false, None) => (Target::New, resume.prompt),
        };
        self.target = target;
        self.prompt = prompt.or(self.prompt.take());
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use pretty_assertions::assert_eq;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        exec: ExecArgs,
    }

    fn request(words: &[&str]) -> Request {
        let line = Line::try_parse_from(std::iter::once("exec").chain(words.iter().copied())).unwrap();
        line.exec.into_request(ConfigFlags::default())
    }

    fn refused(words: &[&str]) -> clap::error::ErrorKind {
        match Line::try_parse_from(std::iter::once("exec").chain(words.iter().copied())) {
            Ok(_) => panic!("{words:?} was accepted"),
            Err(error) => error.kind(),
        }
    }

    #[test]
    fn overrides_of_all_levels_keep_the_order_of_the_line() {
        let line = Line::try_parse_from(["exec", "-c", "b=2", "resume", "-c", "d=4", "--last", "go"]).unwrap();
        let outer = ConfigFlags {
            overrides: Overrides { config: vec!["a=1".to_owned()], ..Overrides::default() },
            model: Some("outer".to_owned()),
            ..ConfigFlags::default()
        };
        let request = line.exec.into_request(outer);
        assert_eq!(request.config.overrides.config, ["a=1", "b=2", "d=4"]);
        assert_eq!(request.config.model.as_deref(), Some("outer"));
        assert_eq!(request.target, Target::Newest { any_folder: false });
        assert_eq!(request.prompt.as_deref(), Some("go"));
    }

    #[test]
    fn images_swallow_words_and_split_at_commas() {
        let request = request(&["-i", "a.png,b.png", "c.png"]);
        assert_eq!(request.images, [PathBuf::from("a.png"), PathBuf::from("b.png"), PathBuf::from("c.png")]);
        assert_eq!(request.prompt, None);
    }

    #[test]
    fn flags_before_resume_count_for_the_resumed_run() {
        let request = request(&["-s", "workspace-write", "--json", "resume", "name", "-o", "f", "go"]);
        assert_eq!(request.config.sandbox, Some(SandboxFlag(SandboxMode::WorkspaceWrite)));
        assert_eq!(request.target, Target::Session("name".to_owned()));
        assert!(request.run.json);
        assert_eq!(request.run.last_message, Some(PathBuf::from("f")));
    }

    #[test]
    fn a_fork_takes_what_a_resume_takes_and_how_much_is_copied() {
        let forked = request(&["fork", "--last", "--keep-turns", "2", "go", "--json"]);
        assert_eq!(forked.target, Target::Newest { any_folder: false });
        assert_eq!(forked.fork, Some(ForkPoint { keep_turns: Some(2) }));
        assert!(forked.run.json && forked.prompt.as_deref() == Some("go"));
        assert_eq!(request(&["resume", "name", "go"]).fork, None);
    }

    #[test]
    fn the_hidden_spellings_are_understood() {
        let request = request(&["--yolo", "--experimental-json", "x"]);
        assert!(request.config.bypass && request.run.json);
    }

    #[test]
    fn what_does_not_go_together_is_refused() {
        use clap::error::ErrorKind;
        assert_eq!(refused(&["--yolo", "--full-auto", "x"]), ErrorKind::ArgumentConflict);
        assert_eq!(refused(&["--record", "a", "--replay", "b", "x"]), ErrorKind::ArgumentConflict);
        assert_eq!(refused(&["--replay-lenient", "x"]), ErrorKind::MissingRequiredArgument);
        assert_eq!(refused(&["-s", "open", "x"]), ErrorKind::InvalidValue);
        assert_eq!(refused(&["--max-turns", "0", "x"]), ErrorKind::ValueValidation);
        assert_eq!(refused(&["--timeout", "soon", "x"]), ErrorKind::ValueValidation);
        assert_eq!(refused(&["-a", "never", "x"]), ErrorKind::UnknownArgument);
        assert_eq!(refused(&["resume", "-C", "/", "x"]), ErrorKind::UnknownArgument);
    }

    #[test]
    fn a_review_has_one_subject() {
        use clap::error::ErrorKind;
        let subject = |words: &[&str]| request(words).review.unwrap();
        let named = ReviewSubject::Named;
        assert_eq!(subject(&["review", "--uncommitted"]), named(ReviewTarget::UncommittedChanges));
        assert_eq!(subject(&["review", "--base", "main"]), named(ReviewTarget::BaseBranch { branch: "main".to_owned() }));
        let commit = ReviewTarget::Commit { sha: "abc".to_owned(), title: Some("T".to_owned()) };
        assert_eq!(subject(&["review", "--commit", "abc", "--title", "T"]), named(commit));
        assert_eq!(subject(&["review", "the parser"]), ReviewSubject::Prompt);
        assert_eq!(subject(&["review"]), ReviewSubject::Missing);
        for words in [
            &["review", "--uncommitted", "--base", "main"][..],
            &["review", "--base", "main", "--commit", "abc"],
            &["review", "--uncommitted", "the parser"],
            &["review", "--commit", "abc", "the parser"],
        ] {
            assert_eq!(refused(words), ErrorKind::ArgumentConflict, "{words:?}");
        }
        assert_eq!(refused(&["review", "--title", "T"]), ErrorKind::MissingRequiredArgument);
    }
}
