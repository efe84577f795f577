//! What was never written is told apart from what may have arrived.

use std::time::Duration;

use activity::{ActivityInput, HostPolicy, ServiceUrl, TenantId, UserId};
use connector::retry::{End, Outcome};
use connector::{Connector, ConnectorError, PreparedActivity};
use http_client::{HttpClient, Timeouts};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::fake::{Fake, Tokens};

fn hello() -> ActivityInput {
    ActivityInput::message_text("hello")
}

fn connector() -> Connector {
    with_timeouts(Timeouts::default())
}

fn with_timeouts(timeouts: Timeouts) -> Connector {
    Connector::new(
        HttpClient::with_timeouts(timeouts),
        std::sync::Arc::<Tokens>::default(),
        HostPolicy::loopback(),
    )
}

/// A server that reads each request to its end, then says `answer` and hangs up,
/// or says nothing at all.
async fn server(answer: Option<&'static str>) -> ServiceUrl {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let mut silent = Vec::new();
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            read_request(&mut stream).await;
            match answer {
                Some(answer) => stream.write_all(answer.as_bytes()).await.unwrap(),
                None => silent.push(stream),
            }
        }
    });
    url.parse().unwrap()
}

async fn read_request(stream: &mut TcpStream) {
    let mut received = Vec::new();
    while !received.ends_with(b"}") && !received.ends_with(b"\r\n\r\n") {
        assert_ne!(stream.read_buf(&mut received).await.unwrap(), 0);
    }
}

#[tokio::test]
async fn without_a_connection_nothing_was_written() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let sent = connector()
        .send(&url.parse().unwrap(), &"a:1".into(), &hello())
        .await;
    let error = sent.unwrap_err();
    assert!(matches!(error, ConnectorError::NotSent(_)));
    assert!(
        !format!("{error:?}").contains("a%3A1"),
        "an id is in the error"
    );
}

#[tokio::test]
async fn silence_may_mean_that_it_arrived() {
    let url = server(None).await;
    let impatient = with_timeouts(Timeouts {
        total: Duration::from_millis(300),
        ..Timeouts::default()
    });
    let sent = impatient.send(&url, &"a:1".into(), &hello()).await;
    assert_eq!(sent.unwrap_err().outcome(), Outcome::Unanswered);
}

#[tokio::test]
async fn a_connection_that_breaks_may_mean_that_it_arrived() {
    for answer in ["", "HTTP/1.1 20"] {
        let url = server(Some(answer)).await;
        let sent = connector().send(&url, &"a:1".into(), &hello()).await;
        assert_eq!(sent.unwrap_err().outcome(), Outcome::Unanswered, "{answer}");
    }
}

#[tokio::test]
async fn the_status_counts_when_the_answer_breaks_off() {
    const CUT: &str = "HTTP/1.1 201 Created\r\nContent-Length: 100\r\n\r\n{\"id\":";
    let url = server(Some(CUT)).await;
    let sent = connector().send(&url, &"a:1".into(), &hello()).await;
    assert_eq!(sent.unwrap().id, None);

    let thread = connector()
        .create_channel_thread(&url, &"t".into(), &"19:c".into(), &hello())
        .await;
    assert_eq!(thread.unwrap_err().outcome(), Outcome::Unreadable);

    // Asking again is harmless here.
    let (tenant, user) = (TenantId::from("t"), UserId::from("29:a"));
    let personal = connector()
        .create_personal_conversation(&url, &tenant, &user)
        .await;
    assert_eq!(personal.unwrap_err().outcome(), Outcome::Unanswered);
}

#[tokio::test]
async fn a_refusal_counts_when_its_body_breaks_off() {
    const CUT: &str = "HTTP/1.1 404 Not Found\r\nContent-Length: 100\r\n\r\n{\"error\":";
    let url = server(Some(CUT)).await;
    let sent = connector().send(&url, &"a:1".into(), &hello()).await;
    assert_eq!(sent.unwrap_err().rejection().unwrap().status.as_u16(), 404);
}

#[tokio::test]
async fn what_is_too_large_is_not_sent() {
    let fake = Fake::start().await;
    let huge = ActivityInput::message_text("x".repeat(100_000));
    let sent = fake.connector().send(&fake.url, &"a:1".into(), &huge).await;
    assert_eq!(sent.unwrap_err().outcome(), Outcome::Refused(End::TooLarge));
    assert_eq!(fake.asked().len() + fake.tokens.asked(), 0);
}

#[tokio::test]
async fn a_prepared_activity_is_sent_as_it_is_to_any_number() {
    let fake = Fake::start().await;
    let connector = fake.connector();
    let prepared = PreparedActivity::new(&hello()).unwrap();
    for conversation in ["a:1", "a:2", "a:3"] {
        let sent = connector
            .send(&fake.url, &conversation.into(), &prepared)
            .await;
        sent.unwrap();
    }
    let bodies: Vec<_> = fake.asked().into_iter().map(|asked| asked.body).collect();
    assert_eq!(bodies.len(), 3);
    assert!(bodies.iter().all(|body| body.len() == prepared.len()));
    assert!(bodies.windows(2).all(|pair| pair[0] == pair[1]));
}
