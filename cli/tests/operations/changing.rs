//! `tidings cancel`, `resend`, `recall` and `update`.

use serde_json::json;
use simulator::{Fault, Operation, Reply};

use crate::support::{ANA, BEN, Office, notification};

#[tokio::test]
async fn what_is_cancelled_before_its_time_reaches_nobody() {
    let office = Office::open().await;
    let mut later = notification("Maintenance tonight", &[ANA, BEN]);
    later["notBefore"] = json!("2999-01-01T00:00:00Z");
    let key = office.send(&later).await;

    for command in ["recall", "resend"] {
        let mut arguments = vec![command, &key, "--yes"];
        arguments.extend((command == "resend").then_some("--failed"));
        let refused = office.tidings(&arguments).await.badly();
        assert!(
            refused.contains("is not planned yet, it waits for 2999"),
            "{refused}"
        );
    }
    let refused = office.tidings(&["cancel", &key]).await.badly();
    assert!(refused.contains("--yes"), "nobody was asked: {refused}");
    let refused = office
        .tidings_answered(&["cancel", &key], "n\n")
        .await
        .badly();
    assert!(refused.contains("Nothing was changed."), "{refused}");
    let said = office
        .tidings_answered(&["cancel", &key], "y\n")
        .await
        .well();
    assert!(said.contains("Cancelled"), "{said}");
    let refused = office.tidings(&["cancel", &key, "--yes"]).await.badly();
    assert!(refused.contains("was cancelled before"), "{refused}");
    let refused = office.tidings(&["resend", &key, "--failed"]).await.badly();
    assert!(refused.contains("was cancelled before"), "{refused}");
    assert_eq!(office.reads("ana", "Maintenance"), 0);
}

#[tokio::test]
async fn what_waits_for_teams_is_cancelled_and_the_report_waits_for_the_end() {
    let office = Office::open().await;
    for who in ["ana", "ben"] {
        // Longer than an invocation waits, so that a copy of the chunk waits in the queue.
        let busy = Fault::Answer(Reply::throttled(Some(6)));
        let conversation = office.teams.person(who).conversation_id();
        office
            .teams
            .fail_next_in(&conversation, Operation::Send, busy);
    }
    let key = office.send(&notification("Too late", &[ANA, BEN])).await;
    let now = office.tidings(&["report", &key, "--now"]).await.well();
    assert!(now.contains("2  waiting"), "{now}");
    let refused = office.tidings(&["resend", &key, "--failed"]).await.badly();
    assert!(refused.contains("has not ended"), "{refused}");

    let said = office.tidings(&["cancel", &key, "--yes"]).await.well();
    assert!(said.contains("nothing more is sent. 0"), "{said}");
    let whole = office.tidings(&["report", &key]).await.well();
    assert!(whole.contains("2  skipped  2 cancelled"), "{whole}");
    assert_eq!(
        (
            office.reads("ana", "Too late"),
            office.reads("ben", "Too late")
        ),
        (0, 0)
    );
}

#[tokio::test]
async fn what_has_ended_cannot_be_cancelled_but_recalled() {
    let office = Office::open().await;
    let key = office.send(&notification("A mistake", &[ANA, BEN])).await;
    let refused = office.tidings(&["cancel", &key, "--yes"]).await.badly();
    assert!(refused.contains("has ended"), "{refused}");
    assert!(refused.contains("tidings recall"), "{refused}");
    assert_eq!(office.reads("ana", "A mistake"), 1);

    let said = office.tidings(&["recall", &key, "--yes"]).await.well();
    assert!(said.contains("2 messages"), "{said}");
    office.settle().await;
    assert_eq!(office.reads("ana", "A mistake"), 0);
    assert_eq!(office.reads("ben", "A mistake"), 0);
    let report = office.tidings(&["report", &key]).await.well();
    assert!(report.contains("2  recalled"), "{report}");
}

#[tokio::test]
async fn an_update_replaces_what_people_read_without_a_new_message() {
    let office = Office::open().await;
    let key = office
        .send(&notification("Deployed v2l8", &[ANA, BEN]))
        .await;
    let right = office.file("right.json", &notification("Deployed v218", &[]));
    let said = office.tidings(&["update", &key, &right, "--yes"]).await;
    // An empty `to` breaks the contract; without one it is fine.
    said.badly();
    let mut content = notification("Deployed v218", &[ANA]);
    if let Some(fields) = content.as_object_mut() {
        fields.remove("to");
    }
    let right = office.file("right.json", &content);
    let said = office
        .tidings(&["update", &key, &right, "--yes"])
        .await
        .well();
    assert!(said.contains("2 messages"), "{said}");
    office.settle().await;
    for who in ["ana", "ben"] {
        assert_eq!(office.reads(who, "Deployed v218"), 1, "{who}");
        assert_eq!(office.reads(who, "Deployed v2l8"), 0, "{who}");
    }
    // An event does as well, as for `send`.
    content["what"] = json!("Deployed v219");
    let event = json!({ "version": "0", "id": "8f1c0c2e-61d4-4f1e-9a57-2f0f7b1d4c11", "source": "com.example.ci",
        "detail-type": "tidings.notification", "account": "123456789012", "region": "eu-west-1",
        "time": "2026-10-01T08:00:00Z", "resources": [], "detail": content });
    let event = office.file("event.json", &event);
    let said = office.tidings(&["update", &key, &event, "--yes"]).await;
    said.well();
    office.settle().await;
    assert_eq!(office.reads("ana", "Deployed v219"), 1);
    content["topic"] = json!("another");
    let other = office.file("other.json", &content);
    let refused = office
        .tidings(&["update", &key, &other, "--yes"])
        .await
        .badly();
    assert!(refused.contains("topic another"), "{refused}");
}

#[tokio::test]
async fn a_resend_reaches_those_who_failed_and_nobody_else() {
    let office = Office::open().await;
    let ana = office.teams.person("ana");
    let too_big = Fault::Answer(Reply::error(413, "MessageSizeTooBig", "too big"));
    office
        .teams
        .fail_next_in(&ana.conversation_id(), Operation::Send, too_big);
    let key = office
        .send(&notification("Deployed v219", &[ANA, BEN]))
        .await;
    assert_eq!(
        (office.reads("ana", "v219"), office.reads("ben", "v219")),
        (0, 1)
    );

    let refused = office
        .tidings(&["resend", &key, "--unknown", "--yes"])
        .await
        .badly();
    assert!(refused.contains("nobody's outcome"), "{refused}");
    let said = office.tidings(&["resend", &key, "--failed"]).await.well();
    assert!(said.contains("1 recipient (failed)"), "{said}");
    office.settle().await;
    assert_eq!(
        (office.reads("ana", "v219"), office.reads("ben", "v219")),
        (1, 1)
    );
    let report = office.tidings(&["report", &key]).await.well();
    assert!(report.contains("2  sent"), "{report}");
    let refused = office.tidings(&["resend", &key, "--failed"]).await.badly();
    assert!(refused.contains("nobody's outcome"), "{refused}");
}

#[tokio::test]
async fn of_a_notification_that_is_not_there_nothing_is_changed() {
    let office = Office::open().await;
    let file = office.file("new.json", &notification("New", &[ANA]));
    let key = "0123456789abcdef0123456789abcdef";
    for arguments in [
        vec!["cancel", key, "--yes"],
        vec!["recall", key, "--yes"],
        vec!["resend", key, "--failed"],
        vec!["update", key, &file, "--yes"],
    ] {
        let refused = office.tidings(&arguments).await.badly();
        assert!(
            refused.contains("no notification has"),
            "{arguments:?}: {refused}"
        );
    }
}
