//! The format of our queues, frozen: a message that an older version queued must
//! be read by a newer one. A change here needs a new version beside the old one.
#![expect(clippy::unwrap_used, reason = "a panic in a test is its report")]

use jiff::Timestamp;
use notifications::{NotificationKey, RecipientKey};
use work_items::{
    BroadcastStep, ChunkKey, DeliveryChunk, EditPoll, ForgetTeam, GoOn, HeldFor, Lane, PlanPage,
    Planning, PublishAction, QueueName, Recall, RefreshSigningKeys, Resend, Settle, SyncRoster,
    Task, Update, Welcome, WelcomeTo, Which, Work, WorkItemError,
};

const PERSON: &str = "p:3b5e7d10-8c1f-4d4e-9c55-0a1b2c3d4e01";

fn person() -> RecipientKey {
    PERSON.parse().unwrap()
}

fn notification() -> NotificationKey {
    "0123456789abcdef0123456789abcdef".parse().unwrap()
}

fn at() -> Timestamp {
    "2026-11-24T03:46:00Z".parse().unwrap()
}

#[test]
fn a_delivery_chunk_of_version_1_is_read_and_written() {
    let chunk = DeliveryChunk {
        tenant: "contoso".into(),
        notification: notification(),
        chunk: ChunkKey::starting_with(&person()),
        lane: Lane::Broadcast,
        work: Work::Send,
        of: None,
        recipients: vec![person(), "c:19:a@thread.tacv2".parse().unwrap()],
    };
    let bucket = person().bucket();
    let body = format!(
        r#"{{"v":1,"kind":"delivery-chunk","tenant":"contoso","notification":"0123456789abcdef0123456789abcdef","chunk":"{bucket}#{PERSON}","lane":"broadcast","recipients":["{PERSON}","c:19:a@thread.tacv2"]}}"#
    );
    assert_eq!(chunk.to_body(), body);
    assert_eq!(DeliveryChunk::parse(&body).unwrap(), chunk);
    assert_eq!(chunk.chunk.bucket(), bucket);
    assert!(!chunk.is_all());

    // What an older version passes over.
    let counted = DeliveryChunk {
        of: Some(2),
        ..chunk
    };
    let body = body.replace(r#","recipients""#, r#","of":2,"recipients""#);
    assert_eq!(counted.to_body(), body);
    assert_eq!(DeliveryChunk::parse(&body).unwrap(), counted);
    assert!(counted.is_all());
}

#[test]
fn a_delivery_chunk_of_version_2_says_what_is_to_be_done() {
    let chunk = |work| DeliveryChunk {
        tenant: "contoso".into(),
        notification: notification(),
        chunk: ChunkKey::starting_with(&person()),
        lane: Lane::Broadcast,
        work,
        of: None,
        recipients: vec![person()],
    };
    let bucket = person().bucket();
    let body = |work: &str| {
        format!(
            r#"{{"v":2,"kind":"delivery-chunk","tenant":"contoso","notification":"0123456789abcdef0123456789abcdef","chunk":"{bucket}#{PERSON}","lane":"broadcast"{work},"recipients":["{PERSON}"]}}"#
        )
    };
    let update = Work::Update {
        revision: "r-1".to_owned(),
    };
    for (work, text) in [
        (Work::Recall, r#","work":"recall""#),
        (update, r#","work":{"update":{"revision":"r-1"}}"#),
    ] {
        assert_eq!(chunk(work.clone()).to_body(), body(text));
        assert_eq!(DeliveryChunk::parse(&body(text)).unwrap(), chunk(work));
    }
    for send in ["", r#","work":"send""#] {
        let read = DeliveryChunk::parse(&body(send)).unwrap();
        assert_eq!(read, chunk(Work::Send), "{send}");
    }
    let error = DeliveryChunk::parse(&body(r#","work":"burn""#)).unwrap_err();
    assert_eq!(error.error_type(), "WorkItemMalformed");
}

#[test]
fn a_plan_page_of_version_1_is_read_and_written() {
    let page = PlanPage {
        notification: notification(),
        page: 7,
    };
    let body =
        r#"{"v":1,"kind":"plan-page","notification":"0123456789abcdef0123456789abcdef","page":7}"#;
    assert_eq!(page.to_body(), body);
    assert_eq!(PlanPage::parse(body).unwrap(), page);
    assert!(PlanPage::is_one(body));
    let newer = body.replace("\"v\":1", "\"v\":2");
    assert!(PlanPage::is_one(&newer), "ours, though not readable here");
    for other in [
        r#"{"topic":"deploys","what":"x"}"#,
        "[]",
        "",
        r#"{"kind":"plan-page"}"#,
    ] {
        assert!(!PlanPage::is_one(other), "{other}");
    }
}

#[test]
fn a_broadcast_step_of_version_1_is_read_and_written() {
    let step = BroadcastStep {
        notification: notification(),
        page: 3,
    };
    let body = r#"{"v":1,"kind":"broadcast-step","notification":"0123456789abcdef0123456789abcdef","page":3}"#;
    assert_eq!(step.to_body(), body);
    assert_eq!(BroadcastStep::parse(body).unwrap(), step);
}

#[test]
fn our_own_work_is_told_apart_from_what_senders_write() {
    let page = PlanPage {
        notification: notification(),
        page: 7,
    };
    let step = BroadcastStep {
        notification: notification(),
        page: 0,
    };
    let read = |body: &str| Planning::read(body).unwrap();
    assert_eq!(read(&page.to_body()).unwrap(), Planning::Page(page.clone()));
    assert_eq!(read(&step.to_body()).unwrap(), Planning::Broadcast(step));
    let newer = page.to_body().replace("\"v\":1", "\"v\":9");
    assert!(read(&newer).is_err(), "ours, though not readable here");
    for other in [
        r#"{"topic":"deploys","what":"x"}"#,
        "[]",
        r#"{"v":1,"kind":"other"}"#,
    ] {
        assert!(Planning::read(other).is_none(), "{other}");
    }
}

#[test]
fn tasks_of_version_1_are_read_and_written() {
    let tasks = [
        (
            Task::SyncRoster(SyncRoster {
                tenant: "contoso".into(),
                team: "19:t@thread.tacv2".into(),
                generation: None,
                continuation: None,
                since: None,
            }),
            r#"{"v":1,"kind":"task","task":"sync-roster","tenant":"contoso","team":"19:t@thread.tacv2"}"#,
        ),
        (
            Task::SyncRoster(SyncRoster {
                tenant: "contoso".into(),
                team: "19:t@thread.tacv2".into(),
                generation: Some(at()),
                continuation: Some("page 2".to_owned()),
                since: None,
            }),
            r#"{"v":1,"kind":"task","task":"sync-roster","tenant":"contoso","team":"19:t@thread.tacv2","generation":"2026-11-24T03:46:00Z","continuation":"page 2"}"#,
        ),
        (
            Task::ForgetTeam(ForgetTeam {
                tenant: "contoso".into(),
                team: "19:t@thread.tacv2".into(),
                at: at(),
            }),
            r#"{"v":1,"kind":"task","task":"forget-team","tenant":"contoso","team":"19:t@thread.tacv2","at":"2026-11-24T03:46:00Z"}"#,
        ),
        (
            Task::Welcome(Welcome {
                tenant: "contoso".into(),
                to: WelcomeTo::Person(person()),
                installed_by: None,
                installed_by_object_id: None,
                locale: None,
                by: "turn-1".to_owned(),
            }),
            r#"{"v":1,"kind":"task","task":"welcome","tenant":"contoso","to":{"person":"p:3b5e7d10-8c1f-4d4e-9c55-0a1b2c3d4e01"},"by":"turn-1"}"#,
        ),
        (
            Task::Welcome(Welcome {
                tenant: "contoso".into(),
                to: WelcomeTo::Team {
                    team: "19:t@thread.tacv2".into(),
                    channel: "19:c@thread.tacv2".into(),
                },
                installed_by: Some("29:ana".into()),
                installed_by_object_id: Some("3b5e7d10-8c1f-4d4e-9c55-0a1b2c3d4e01".into()),
                locale: Some("es-MX".to_owned()),
                by: "turn-1".to_owned(),
            }),
            r#"{"v":1,"kind":"task","task":"welcome","tenant":"contoso","to":{"team":{"team":"19:t@thread.tacv2","channel":"19:c@thread.tacv2"}},"installed_by":"29:ana","installed_by_object_id":"3b5e7d10-8c1f-4d4e-9c55-0a1b2c3d4e01","locale":"es-MX","by":"turn-1"}"#,
        ),
        (
            Task::PublishAction(PublishAction {
                notification: notification(),
                verb: "ack".to_owned(),
                by: person(),
            }),
            r#"{"v":1,"kind":"task","task":"publish-action","notification":"0123456789abcdef0123456789abcdef","verb":"ack","by":"p:3b5e7d10-8c1f-4d4e-9c55-0a1b2c3d4e01"}"#,
        ),
        (
            Task::GoOn(GoOn {
                notification: notification(),
            }),
            r#"{"v":1,"kind":"task","task":"go-on","notification":"0123456789abcdef0123456789abcdef"}"#,
        ),
        (
            Task::Resend(Resend {
                notification: notification(),
                which: Which::Failed,
                request: "r-1".to_owned(),
                after: None,
            }),
            r#"{"v":1,"kind":"task","task":"resend","notification":"0123456789abcdef0123456789abcdef","which":"failed","request":"r-1"}"#,
        ),
        (
            Task::Recall(Recall {
                notification: notification(),
                request: "r-1".to_owned(),
                after: Some(ChunkKey::starting_with(&person())),
            }),
            r#"{"v":1,"kind":"task","task":"recall","notification":"0123456789abcdef0123456789abcdef","request":"r-1","after":"57#p:3b5e7d10-8c1f-4d4e-9c55-0a1b2c3d4e01"}"#,
        ),
        (
            Task::Update(Update {
                notification: notification(),
                revision: "r-1".to_owned(),
                after: None,
            }),
            r#"{"v":1,"kind":"task","task":"update","notification":"0123456789abcdef0123456789abcdef","revision":"r-1"}"#,
        ),
        (
            Task::Settle(Settle {
                notification: notification(),
                looks: 2,
            }),
            r#"{"v":1,"kind":"task","task":"settle","notification":"0123456789abcdef0123456789abcdef","looks":2}"#,
        ),
        (
            Task::EditPoll(EditPoll {
                notification: notification(),
            }),
            r#"{"v":1,"kind":"task","task":"edit-poll","notification":"0123456789abcdef0123456789abcdef"}"#,
        ),
        (
            Task::RefreshSigningKeys(RefreshSigningKeys {}),
            r#"{"v":1,"kind":"task","task":"refresh-signing-keys"}"#,
        ),
    ];
    for (task, body) in tasks {
        assert_eq!(task.to_body(), body);
        assert_eq!(Task::parse(body).unwrap(), task);
        assert!(body.contains(task.name()));
    }
}

#[test]
fn what_this_version_cannot_read_says_why_and_where() {
    let page =
        r#"{"v":1,"kind":"plan-page","notification":"0123456789abcdef0123456789abcdef","page":7}"#;
    let error = |body: &str| DeliveryChunk::parse(body).unwrap_err();

    let newer = error(&page.replace("\"v\":1", "\"v\":9"));
    assert!(matches!(
        newer,
        WorkItemError::UnknownVersion {
            found: 9,
            newest: 2
        }
    ));
    assert_eq!(
        (newer.error_type(), &*newer.error_path()),
        ("WorkItemVersion", "/v")
    );

    let stray = error(page);
    assert_eq!(
        (stray.error_type(), &*stray.error_path()),
        ("WorkItemKind", "/kind")
    );

    for body in [
        "",
        "not json",
        "[]",
        "{}",
        r#"{"v":"1","kind":"delivery-chunk"}"#,
        r#"{"v":1,"kind":"delivery-chunk","tenant":"contoso"}"#,
        // A key that does not fit the recipient it names.
        &format!(
            r#"{{"v":1,"kind":"delivery-chunk","tenant":"t","notification":"0123456789abcdef0123456789abcdef","chunk":"zz#{PERSON}","lane":"delivery","recipients":[]}}"#
        ),
    ] {
        let error = error(body);
        assert_eq!(error.error_type(), "WorkItemMalformed", "{body}");
        assert!(error.error_path().starts_with("line "), "{body}");
        assert!(!error.to_string().contains("contoso"));
    }
}

#[test]
fn the_words_of_held_items_are_those_of_the_wire() {
    for why in [
        HeldFor::NotBefore,
        HeldFor::Retry,
        HeldFor::QuietHours,
        HeldFor::Install,
        HeldFor::Schedule,
    ] {
        assert_eq!(why.as_str().parse(), Ok(why));
        assert_eq!(serde_json::to_value(why).unwrap(), why.as_str());
    }
    for queue in [
        QueueName::Notification,
        QueueName::Delivery,
        QueueName::Broadcast,
        QueueName::Task,
    ] {
        assert_eq!(queue.as_str().parse(), Ok(queue));
        assert_eq!(serde_json::to_value(queue).unwrap(), queue.as_str());
    }
    assert!("elsewhere".parse::<QueueName>().is_err());
}

#[test]
fn the_revision_of_an_edit_is_told_from_any_other() {
    assert_eq!(EditPoll::revision(7), "live-7");
    assert!(EditPoll::is_revision(&EditPoll::revision(7)));
    for other in ["closed", "open-2", "r-1", ""] {
        assert!(!EditPoll::is_revision(other), "{other}");
    }
}
