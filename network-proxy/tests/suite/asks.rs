//! Hosts that no rule names: who is asked, how often, and what the answer does.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use codex_network_proxy::{Answer, Decider, Question, Refusal, Rule, Verdict, Via};
use pretty_assertions::assert_eq;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::{Semaphore, mpsc, oneshot};

use super::harness::{Names, Place, Setup, allow, connect_head, in_time, read_to_end, socks_name};

/// Hands its questions to the test.
struct Person(mpsc::Sender<(Question, oneshot::Sender<Answer>)>);

#[async_trait]
impl Decider for Person {
    async fn decide(&self, question: Question) -> Answer {
        let (tell, answer) = oneshot::channel();
        self.0.send((question, tell)).await.unwrap();
        answer.await.expect("the person has gone away")
    }
}

type Questions = mpsc::Receiver<(Question, oneshot::Sender<Answer>)>;

/// Names lead to an address that the rules open and where nobody listens, so what is let through fails, and is no 403.
async fn place() -> (Place, Questions) {
    let (ask, questions) = mpsc::channel(64);
    let setup =
        Setup { decider: Some(Arc::new(Person(ask))), resolver: Some(Names::lead_to(&[&["127.77.0.1"]])), ..allow(&["127.77.0.1"]) };
    (setup.start().await, questions)
}

/// Sends a request; what it asks for lies with the proxy when this returns.
async fn spawn(place: &Place, target: &str) -> tokio::task::JoinHandle<String> {
    send(place.http, connect_head(target).as_bytes()).await
}

async fn send(to: SocketAddr, bytes: &[u8]) -> tokio::task::JoinHandle<String> {
    let mut client = TcpStream::connect(to).await.unwrap();
    client.write_all(bytes).await.unwrap();
    tokio::spawn(async move { String::from_utf8_lossy(&read_to_end(&mut client).await).into_owned() })
}

async fn let_through(task: tokio::task::JoinHandle<String>) -> bool {
    !in_time(task).await.unwrap().starts_with("HTTP/1.1 403 ")
}

#[tokio::test]
async fn one_question_serves_all_who_wait_for_it_and_once_is_once() {
    let (place, mut questions) = place().await;
    let first = spawn(&place, "new.example:443").await;
    let (question, answer) = in_time(questions.recv()).await.unwrap();
    assert_eq!((question.target.to_string().as_str(), &*question.client), ("new.example:443", "call-1"));
    // These come while the question is open; another host is another question.
    let others = [spawn(&place, "NEW.example.:443").await, spawn(&place, "new.example:443").await];
    let socks = send(place.socks, &socks_name("new.example", 443)).await;
    let other = spawn(&place, "other.example:443").await;
    let (question, no) = in_time(questions.recv()).await.unwrap();
    assert_eq!(question.target.to_string(), "other.example:443");
    no.send(Answer::Refuse).unwrap();
    let text = in_time(other).await.unwrap();
    assert!(text.contains("403 Forbidden") && text.contains("`other.example` was declined"), "{text}");
    taken_up(&place).await;
    answer.send(Answer::AllowOnce).unwrap();
    assert!(let_through(first).await);
    for other in others {
        assert!(let_through(other).await);
    }
    assert_eq!(in_time(socks).await.unwrap().as_bytes()[2..4], [5, 5]);
    // The next one is asked about again.
    let next = spawn(&place, "new.example:443").await;
    let (_, answer) = in_time(questions.recv()).await.unwrap();
    answer.send(Answer::Refuse).unwrap();
    assert!(!let_through(next).await);
}

/// Returns when the proxy has taken up what was sent to it before: connections are taken up in the order they come, and
/// these have been answered.
async fn taken_up(place: &Place) {
    for _ in 0..8 {
        assert!(place.http(connect_head("10.0.0.1:443")).await.starts_with("HTTP/1.1 403 "));
        assert_eq!(place.socks(socks_name("10.0.0.1", 443)).await[3], 2);
    }
}

#[tokio::test]
async fn for_the_session_is_for_this_host_and_port() {
    let (place, mut questions) = place().await;
    let first = spawn(&place, "new.example:443").await;
    in_time(questions.recv()).await.unwrap().1.send(Answer::AllowForSession).unwrap();
    assert!(let_through(first).await);
    assert!(let_through(spawn(&place, "new.example:443").await).await);
    let other_port = spawn(&place, "new.example:80").await;
    let (question, answer) = in_time(questions.recv()).await.unwrap();
    assert_eq!(question.target.port, 80);
    answer.send(Answer::Refuse).unwrap();
    assert!(!let_through(other_port).await);
    let below = spawn(&place, "x.new.example:443").await;
    in_time(questions.recv()).await.unwrap().1.send(Answer::Refuse).unwrap();
    assert!(!let_through(below).await);
}

#[tokio::test]
async fn whoever_fails_to_answer_has_said_no() {
    let (place, mut questions) = place().await;
    let task = spawn(&place, "new.example:443").await;
    // The person's task panics.
    drop(in_time(questions.recv()).await.unwrap().1);
    assert!(!let_through(task).await);
    // And the question can be put again.
    let task = spawn(&place, "new.example:443").await;
    in_time(questions.recv()).await.unwrap().1.send(Answer::AllowOnce).unwrap();
    assert!(let_through(task).await);
}

#[tokio::test]
async fn nobody_is_asked_about_addresses_this_machine_or_other_ports() {
    let (mut place, mut questions) = place().await;
    for target in ["1.1.1.1:443", "10.0.0.1:80", "[::1]:443", "localhost:443", "x.localhost:80", "new.example:22", "new.example:8080"] {
        assert!(!let_through(spawn(&place, target).await).await, "{target}");
        assert!(matches!(place.attempt().await.verdict, Verdict::Refused(Refusal::Literal | Refusal::Localhost | Refusal::Port)));
    }
    assert!(questions.try_recv().is_err());
}

#[tokio::test]
async fn a_yes_does_not_open_a_private_network() {
    let (ask, mut questions) = mpsc::channel(64);
    let setup = Setup { decider: Some(Arc::new(Person(ask))), resolver: Some(Names::lead_to(&[&["192.168.1.1"]])), ..Setup::default() };
    let mut place = setup.start().await;
    let task = spawn(&place, "router.example:443").await;
    in_time(questions.recv()).await.unwrap().1.send(Answer::AllowForSession).unwrap();
    assert!(!let_through(task).await);
    assert!(matches!(place.attempt().await.verdict, Verdict::Refused(Refusal::Address(_))));
}

/// Never answers, and counts.
struct Silent(Mutex<usize>, Semaphore);

#[async_trait]
impl Decider for Silent {
    async fn decide(&self, _: Question) -> Answer {
        *self.0.lock().unwrap() += 1;
        let _ = self.1.acquire().await;
        Answer::AllowOnce
    }
}

#[tokio::test]
async fn a_flood_of_hosts_becomes_no_flood_of_questions() {
    let silent = Arc::new(Silent(Mutex::new(0), Semaphore::new(0)));
    let setup = Setup { decider: Some(silent.clone()), ..Setup::default() };
    let mut place = setup.start().await;
    let mut tasks = Vec::new();
    for number in 0..40 {
        tasks.push(spawn(&place, &format!("n{number}.example:443")).await);
    }
    for _ in 0..24 {
        assert_eq!(place.attempt().await.verdict, Verdict::Refused(Refusal::Declined));
    }
    assert_eq!(*silent.0.lock().unwrap(), 16);
    drop(place.proxy);
    for task in tasks {
        in_time(task).await.unwrap();
    }
}

#[tokio::test]
async fn a_rule_that_asks_is_asked_about_though_another_allows() {
    let (ask, mut questions) = mpsc::channel(64);
    let entry = |host: &str| Rule::new(host, None, Via::Any).unwrap();
    let setup = || Setup { ask: vec![entry("new.example"), entry("127.77.0.1")], ..allow(&["new.example", "127.77.0.1"]) };
    let mut place =
        Setup { decider: Some(Arc::new(Person(ask))), resolver: Some(Names::lead_to(&[&["127.77.0.1"]])), ..setup() }.start().await;
    let task = spawn(&place, "new.example:443").await;
    in_time(questions.recv()).await.unwrap().1.send(Answer::NobodyToAsk).unwrap();
    assert!(!let_through(task).await);
    let attempt = place.attempt().await;
    assert_eq!((attempt.verdict, attempt.rule.as_deref()), (Verdict::Refused(Refusal::Unasked), Some("new.example")));
    // An answer opens no address that is not public, even where the question was about that.
    let task = spawn(&place, "127.77.0.1:443").await;
    in_time(questions.recv()).await.unwrap().1.send(Answer::AllowOnce).unwrap();
    assert!(!let_through(task).await);
    let text = setup().start().await.http(connect_head("new.example:443")).await;
    assert!(text.ends_with("`new.example` is asked about by a rule, and nobody can be asked\n"), "{text}");
}
