//! `tidings send`, and its dry run.

use serde_json::json;

use crate::support::{ANA, BEN, Office, key_in, notification};

#[tokio::test]
async fn what_is_sent_arrives_and_the_next_step_is_said() {
    let office = Office::open().await;
    let mut hello = notification("Deployed checkout v215", &[ANA, BEN]);
    hello["id"] = json!("deploy-215");
    let file = office.file("hello.json", &hello);
    let said = office.tidings(&["send", &file]).await.well();
    let key = key_in(&said);
    assert!(said.contains("deploy-215"), "{said}");
    assert!(
        said.contains(&format!("tidings report {}", &key[..8])),
        "{said}"
    );
    office.settle().await;
    assert_eq!(office.reads("ana", "Deployed checkout v215"), 1);
    assert_eq!(office.reads("ben", "Deployed checkout v215"), 1);
    assert_eq!(office.reads("chloe", "Deployed checkout v215"), 0);

    let again = office.tidings(&["send", &file]).await.well();
    assert!(again.contains("It was accepted before"), "{again}");
    office.settle().await;
    assert_eq!(office.reads("ana", "Deployed checkout v215"), 1);

    hello["what"] = json!("Something else");
    let file = office.file("other.json", &hello);
    let refused = office.tidings(&["send", &file]).await.badly();
    assert!(refused.contains("another notification has it"), "{refused}");
    assert_eq!(office.stack.dead_letters(), 0);
}

#[tokio::test]
async fn what_breaks_the_contract_is_named_and_nothing_is_queued() {
    let office = Office::open().await;
    let broken = json!({ "topic": "two words", "to": [ANA, "nobody"], "colour": 1 });
    let file = office.file("broken.json", &broken);
    for arguments in [vec!["send", &file], vec!["send", "--dry-run", &file]] {
        let refused = office.tidings(&arguments).await.badly();
        for place in ["topic", "to[1]", "what", "item", "actor", "colour"] {
            assert!(
                refused.contains(&format!("\n  {place}: ")),
                "{place}: {refused}"
            );
        }
    }
    let nothing = office.text_file("nothing.json", "{");
    office.tidings(&["send", &nothing]).await.badly();
    let missing = office.path("missing.json");
    let refused = office
        .tidings(&["send", missing.to_str().unwrap()])
        .await
        .badly();
    assert!(refused.contains("missing.json"), "{refused}");
    office.settle().await;
    assert_eq!(office.stack.dead_letters(), 0);
}

#[tokio::test]
async fn what_the_topic_does_not_allow_is_refused_before_it_is_queued() {
    let office = Office::open().await;
    let topic = json!({ "name": "deploys", "audienceAllowed": ["upn"] });
    let file = office.file("topic.json", &topic);
    office.tidings(&["topics", "put", &file]).await.well();
    let file = office.file("all.json", &notification("Hello", &["everyone"]));
    let refused = office.tidings(&["send", &file]).await.badly();
    assert!(refused.contains("audienceAllowed"), "{refused}");
}

#[tokio::test]
async fn a_dry_run_tells_who_would_get_it_and_sends_nothing() {
    let office = Office::open().await;
    let ana = office.teams.person("ana");
    assert!(ana.say("mute deploys").await.is_success());
    office.teams.person("chloe").uninstall().await;
    office.settle().await;
    let to = [
        "everyone",
        ANA,
        "aad:3b5e7d10-8c1f-4d4e-9c55-0a1b2c3d4e03",
        "upn:nobody@contoso.example",
        "-upn:ben@contoso.example",
    ];
    let file = office.file("all.json", &notification("Deployed checkout v216", &to));
    let said = office.tidings(&["send", "--dry-run", &file]).await.well();
    for line in [
        "nothing was sent",
        "  4  named by an address",
        "  1  of them named more than once",
        "  1  taken away",
        "  2  recipients",
        "  1  will not get it: muted",
        "  1  will not get it: not-installed",
        "  0  messages",
        "upn:nobody@contoso.example leads to nobody",
        "ana@contoso.example",
    ] {
        assert!(said.contains(line), "{line:?} is not in:\n{said}");
    }
    let file_of_all = office.path("plan.csv");
    let arguments = ["send", "--dry-run", &file, "--format", "csv", "--output"];
    let arguments: Vec<&str> = arguments.into_iter().chain(file_of_all.to_str()).collect();
    office.tidings(&arguments).await.well();
    let csv = std::fs::read_to_string(&file_of_all).unwrap();
    assert!(
        csv.contains("ana@contoso.example,skipped,muted\r\n"),
        "{csv}"
    );
    let said = office
        .tidings(&["send", "--dry-run", &file, "--format", "json"])
        .await
        .well();
    let json: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!(
        (&json["recipients"], &json["messages"]),
        (&json!(2), &json!(0))
    );

    office.settle().await;
    for who in ["ana", "ben", "chloe"] {
        assert_eq!(office.reads(who, "Deployed checkout v216"), 0);
    }
    let listed = office.tidings(&["report"]).await.well();
    assert!(listed.contains("No notification was accepted"), "{listed}");
}
