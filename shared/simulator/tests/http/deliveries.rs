//! Reaching a bot over HTTP, waiting for what it posts, and the guard of tests.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::routing::post;
use serde_json::{Value, json};
use simulator::{Answer, BotEndpoint, Config, Event, Simulator, StartError, World};
use tokio::net::TcpListener;

use crate::support::{Api, Bot, start};

/// A bot behind a real listener; its address.
async fn listening(bot: Bot) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let handler = move |request: Request| async move {
        let (head, body) = request.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        let answer = bot.answer_to(http::Request::from_parts(head, body));
        answer.map(axum::body::Body::from)
    };
    let router = Router::new().route("/api/messages", post(handler));
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}/api/messages")
}

#[tokio::test]
async fn the_bot_is_reached_over_http_and_its_answer_is_remembered() {
    let simulator = start(Config::default()).await;
    let bot = Bot::default();
    bot.answers(200, json!({"ok": true}));
    let url = listening(bot.clone()).await;
    simulator.set_bot_endpoint(BotEndpoint::url(&url).unwrap());
    let [install, _] = simulator.person("ana").install().await.try_into().unwrap();
    assert_eq!(install.status(), Some(200));
    assert_eq!(install.body(), Some(&json!({"ok": true})));
    let headers = bot.last().headers;
    assert_eq!(headers["content-type"], "application/json; charset=utf-8");
    assert!(headers.contains_key("ms-cv"));
    assert!(url.contains(headers["host"].to_str().unwrap()));
    assert_eq!(simulator.deliveries().len(), 2);
}

#[tokio::test]
async fn the_host_header_can_be_another() {
    let simulator = start(Config::default()).await;
    let bot = Bot::default();
    let url = listening(bot.clone()).await;
    let host = "abc123.lambda-url.eu-west-1.on.aws";
    simulator.set_bot_endpoint(BotEndpoint::url_with_host(&url, host).unwrap());
    simulator.person("ana").install().await;
    assert_eq!(bot.last().headers["host"], host);
}

#[tokio::test]
async fn a_bot_that_is_not_there_or_does_not_answer_is_told_apart() {
    let simulator = start(Config {
        answer_limit: Duration::from_millis(30),
        ..Config::default()
    })
    .await;
    let ana = simulator.person("ana");
    let nowhere = ana.install().await;
    assert!(matches!(nowhere[0].answer, Answer::NotSent { .. }));

    simulator.set_bot_endpoint(BotEndpoint::url("http://127.0.0.1:9/api/messages").unwrap());
    let refused = ana.say("hi").await;
    assert!(
        matches!(refused.answer, Answer::Unreachable { .. }),
        "{refused:?}"
    );

    simulator.set_bot_endpoint(BotEndpoint::in_process(|_| std::future::pending()));
    assert_eq!(ana.say("hi").await.answer, Answer::TimedOut);
}

#[test]
fn an_address_that_is_none_is_no_endpoint() {
    for url in ["", "localhost:3978", "ftp://127.0.0.1/", "/api/messages"] {
        assert!(BotEndpoint::url(url).is_err(), "{url}");
    }
    assert!(BotEndpoint::url_with_host("http://127.0.0.1/", "a\nb").is_err());
}

#[tokio::test]
async fn the_bot_may_answer_through_the_connector_before_it_answers_the_request() {
    let simulator = std::sync::Arc::new(start(Config::default()).await);
    let api = std::sync::Arc::new(Api::of(&simulator));
    simulator.set_bot_endpoint(BotEndpoint::in_process(move |request| {
        let activity: Value = serde_json::from_slice(request.body()).unwrap();
        let api = api.clone();
        async move {
            let conversation = activity["conversation"]["id"].as_str().unwrap();
            let answer = api.say(conversation, "welcome").await;
            http::Response::builder()
                .status(answer.status)
                .body(bytes::Bytes::new())
                .unwrap()
        }
    }));
    let ana = simulator.person("ana");
    let deliveries = ana.install().await;
    assert!(
        deliveries
            .iter()
            .all(|delivery| delivery.status() == Some(201))
    );
    assert_eq!(ana.chat().from_bot().len(), 2);
}

#[tokio::test]
async fn waiting_ends_when_the_message_comes() {
    let simulator = start(Config {
        world: World::contoso().with_bot_everywhere(),
        ..Config::default()
    })
    .await;
    let api = Api::of(&simulator);
    let ana = simulator.person("ana");
    let chat = ana.chat();
    let waiting = chat.next_where(|message| message.says("second"));
    let posting = async {
        api.say(&ana.conversation_id(), "first").await;
        api.say(&ana.conversation_id(), "second").await
    };
    let (message, posted) = tokio::join!(waiting, posting);
    assert_eq!(message.unwrap().id, posted.id());
    assert_eq!(
        chat.next_message().await.unwrap().text(),
        Some("first"),
        "it is still unread"
    );
    let nothing = chat
        .within(Duration::from_millis(20))
        .next_message()
        .await
        .unwrap_err();
    assert!(nothing.to_string().contains("Ana García"), "{nothing}");
}

#[tokio::test]
async fn waiting_for_an_edit_ends_when_it_comes() {
    let simulator = start(Config {
        world: World::contoso().with_bot_everywhere(),
        ..Config::default()
    })
    .await;
    let api = Api::of(&simulator);
    let ana = simulator.person("ana");
    let id = api.say(&ana.conversation_id(), "before").await.id();
    let chat = ana.chat();
    let message = chat.next_message().await.unwrap();
    let conversation = ana.conversation_id();
    let (edited, _) = tokio::join!(
        chat.changed(&message, |now| now.text() == Some("after")),
        api.update(&conversation, &id, crate::support::message("after")),
    );
    assert_eq!(edited.unwrap().edits, 1);
}

#[tokio::test]
async fn everything_that_happens_can_be_watched() {
    let simulator = start(Config {
        world: World::contoso().with_bot_everywhere(),
        ..Config::default()
    })
    .await;
    let mut events = simulator.events();
    let api = Api::of(&simulator);
    let chat = simulator.person("ana").conversation_id();
    let id = api.say(&chat, "hi").await.id();
    api.update(&chat, &id, crate::support::message("hello"))
        .await;
    api.delete(&chat, &id).await;
    api.delete(&chat, &id).await;
    api.send(&chat, json!({"type": "typing"})).await;
    simulator.set_bot_endpoint(Bot::default().in_process());
    simulator.person("ana").say("bye").await;
    drop(simulator);
    let mut seen = Vec::new();
    for _ in 0..6 {
        seen.push(match &*events.next().await.unwrap() {
            Event::Posted { place, message } => {
                format!("posted {} {}", place.name, message.readable())
            }
            Event::Edited { message, .. } => format!("edited {}", message.readable()),
            Event::Deleted { .. } => "deleted".to_owned(),
            Event::Refused { status, code, .. } => format!("{status} {}", code.as_deref().unwrap()),
            Event::Typing { .. } => "typing".to_owned(),
            Event::Delivered { delivery } => format!("delivered {}", delivery.activity_type()),
            other => format!("{other:?}"),
        });
    }
    assert_eq!(
        seen,
        [
            "posted Ana García hi",
            "edited hello",
            "deleted",
            "404 ActivityNotFoundInConversation",
            "typing",
            "delivered message",
        ]
    );
}

#[tokio::test]
async fn it_listens_on_loopback_only() {
    let refused = Simulator::start(Config {
        listen: "0.0.0.0:0".parse().unwrap(),
        ..Config::default()
    })
    .await;
    assert!(matches!(refused, Err(StartError::NotLoopback(_))));
    let first = start(Config::default()).await;
    let taken = Simulator::start(Config {
        listen: first.address(),
        ..Config::default()
    })
    .await;
    assert!(matches!(taken, Err(StartError::Listen { .. })));
}

#[tokio::test]
async fn a_stopped_simulator_leaves_its_port() {
    let first = start(Config::default()).await;
    let api = Api::of(&first);
    api.get("v3/teams/x").await;
    let address = first.address();
    first.stop().await;
    let again = start(Config {
        listen: address,
        ..Config::default()
    })
    .await;
    assert_eq!(again.address(), address);
}

#[tokio::test]
async fn a_world_with_a_mistake_does_not_start() {
    let mut world = World::contoso();
    world.people[0].object_id = "ana".to_owned();
    let config = Config {
        world,
        ..Config::default()
    };
    assert!(matches!(
        Simulator::start(config).await,
        Err(StartError::NotAnObjectId(_))
    ));
    let mut world = World::contoso();
    world.chats[0].members = simulator::Members::Named(vec!["zoe".to_owned()]);
    let config = Config {
        world,
        ..Config::default()
    };
    assert!(matches!(
        Simulator::start(config).await,
        Err(StartError::NobodyCalled(_))
    ));
}

#[tokio::test]
async fn a_test_fails_when_nobody_reads_what_the_bot_posted() {
    let with_message = async || {
        let simulator = Simulator::start(Config {
            world: World::contoso().with_bot_everywhere(),
            ..Config::test()
        })
        .await
        .unwrap();
        let chat = simulator.person("ana").conversation_id();
        Api::of(&simulator).say(&chat, "look at me").await;
        simulator
    };
    let unread = with_message().await;
    let panic = std::panic::catch_unwind(AssertUnwindSafe(move || drop(unread))).unwrap_err();
    let text = panic.downcast_ref::<String>().unwrap();
    assert!(text.contains("Ana García: look at me"), "{text}");

    let deleted = with_message().await;
    deleted.person("ana").delete_chat();
    assert_eq!(
        deleted.unread().len(),
        1,
        "a chat that is gone was not read either"
    );
    deleted.release_unread();
    drop(deleted);

    let read = with_message().await;
    read.messages_to(&read.person("ana"));
    assert!(read.unread().is_empty());
    drop(read);
    let released = with_message().await;
    released.release_unread();
    drop(released);
}

#[tokio::test]
async fn the_environment_points_a_function_at_it() {
    let simulator = start(Config::default()).await;
    let environment: std::collections::HashMap<_, _> =
        simulator.environment().into_iter().collect();
    assert_eq!(environment["MICROSOFT_APP_ID"], simulator::DEFAULT_APP_ID);
    assert_eq!(environment["AZURE_AUTHORITY_HOST"], simulator.url());
    assert_eq!(
        environment["TRUSTED_SERVICE_HOSTS"],
        simulator.address().to_string()
    );
    assert_eq!(
        environment["BOT_OPENID_METADATA"],
        simulator.openid_metadata_url()
    );
    assert_eq!(
        environment["MICROSOFT_APP_PASSWORD"],
        simulator::DEFAULT_APP_PASSWORD
    );
}

#[tokio::test]
async fn everything_can_be_put_back_to_the_start() {
    let simulator = start(Config::default()).await;
    let ana = simulator.person("ana");
    ana.install().await;
    Api::of(&simulator).say(&ana.conversation_id(), "hi").await;
    simulator.reset();
    assert!(!ana.has_bot() && simulator.requests().is_empty());
    assert_eq!(ana.chat().count(), 0);
}
