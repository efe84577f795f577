//! `tidings report`.

use serde_json::{Value, json};
use simulator::{Fault, Operation, Reply};

use crate::support::{ANA, BEN, Office, notification};

#[tokio::test]
async fn a_report_counts_and_says_who_did_not_get_it_and_why() {
    let office = Office::open().await;
    assert!(
        office
            .teams
            .person("ana")
            .say("mute deploys")
            .await
            .is_success()
    );
    let chloe = office.teams.person("chloe");
    let too_big = Fault::Answer(Reply::error(413, "MessageSizeTooBig", "too big"));
    office
        .teams
        .fail_next_in(&chloe.conversation_id(), Operation::Send, too_big);
    let mut hello = notification(
        "Deployed checkout v217",
        &["everyone", "upn:nobody@contoso.example"],
    );
    hello["id"] = json!("deploy-217");
    let key = office.send(&hello).await;

    let whole = office.tidings(&["report", &key]).await.well();
    for line in [
        "Deployed checkout v217",
        "3  recipients",
        "1  sent",
        "1  skipped  1 muted",
        "1  failed   1 too-large",
        "1  address that leads to nobody",
        "ana@contoso.example",
        "chloe@contoso.example",
        "upn:nobody@contoso.example",
        &format!("tidings resend {} --failed", &key[..8]),
    ] {
        assert!(whole.contains(line), "{line:?} is not in:\n{whole}");
    }
    assert!(
        !whole.contains("ben@contoso.example"),
        "Ben got it:\n{whole}"
    );
    // Its key's beginning and the sender's id mean the same.
    for text in [&key[..8], "deploy-217"] {
        let json = office
            .tidings(&["report", text, "--format", "json"])
            .await
            .well();
        let json: Value = serde_json::from_str(&json).unwrap();
        assert_eq!(json["key"], json!(key));
        assert_eq!(
            (&json["state"], &json["sent"]),
            (&json!("ended"), &json!(1))
        );
        assert_eq!(json["people"].as_array().map(Vec::len), Some(2));
    }
    let file = office.path("report.csv");
    let path = file.to_str().unwrap();
    let arguments = [
        "report",
        &key,
        "--everyone",
        "--format",
        "csv",
        "--output",
        path,
    ];
    office.tidings(&arguments).await.well();
    let csv = std::fs::read_to_string(&file).unwrap();
    assert!(
        csv.contains("chloe@contoso.example,failed,too-large,1,"),
        "{csv}"
    );
    assert!(csv.contains("ben@contoso.example,sent,,1,"), "{csv}");
    let listed = office.tidings(&["report"]).await.well();
    assert!(
        listed.contains(&key[..8]) && listed.contains("deploy-217"),
        "{listed}"
    );
}

#[tokio::test]
async fn what_is_not_there_is_said_and_what_is_ambiguous_is_listed() {
    let office = Office::open().await;
    for text in ["nothing", "0123456789abcdef0123456789abcdef"] {
        let refused = office.tidings(&["report", "--now", text]).await.badly();
        assert!(
            refused.contains("no notification has the id or key"),
            "{refused}"
        );
    }
    // One id, of two senders.
    let (mut one, mut other) = (notification("One", &[ANA]), notification("Two", &[BEN]));
    (one["id"], other["id"]) = (json!("same"), json!("same"));
    let event =
        json!({ "source": "com.example", "detail-type": "tidings.notification", "detail": other });
    office.send(&one).await;
    let two = office.send(&event).await;
    let refused = office.tidings(&["report", "same"]).await.badly();
    assert!(
        refused.contains("several notifications") && refused.contains(&two),
        "{refused}"
    );
}

#[tokio::test]
async fn what_waits_for_its_time_is_not_waited_for() {
    let office = Office::open().await;
    let mut later = notification("Tomorrow", &[ANA]);
    later["notBefore"] = json!("2999-01-01T00:00:00Z");
    let key = office.send(&later).await;
    let said = office.tidings(&["report", &key]).await.well();
    assert!(said.contains("due       2999-01-01 00:00:00Z"), "{said}");
    assert!(said.contains("waits for its time"), "{said}");
}
