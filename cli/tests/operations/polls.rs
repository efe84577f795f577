//! `tidings poll`: a poll from its file to who voted what, and what operators are told on the way.

use serde_json::{Value, json};

use crate::support::{ANA, BEN, Office};

const CHLOE: &str = "upn:chloe@contoso.example";

fn survey(more: &Value) -> Value {
    let mut poll = json!({
        "title": "How do we celebrate the end of this very long year?", "owner": CHLOE, "to": [ANA, BEN],
        "questions": [
            { "id": "q1", "kind": "single", "text": "What?", "choices": ["Soup", "Pie"] },
            { "id": "q2", "kind": "text", "text": "Why?" },
        ],
    });
    for (name, value) in more.as_object().expect("an object") {
        poll[name] = value.clone();
    }
    poll
}

/// Creates a poll; its id, from the command that is printed last.
async fn created(office: &Office, more: &Value) -> String {
    let file = office.file("poll.json", &survey(more));
    let said = office.tidings(&["poll", "create", &file]).await.well();
    office.settle().await;
    id_in(&said)
}

fn id_in(said: &str) -> String {
    let command = said.lines().last().unwrap_or_default().trim();
    let id = command.strip_prefix("tidings poll results ");
    id.unwrap_or_else(|| panic!("{said}")).to_owned()
}

async fn vote(office: &Office, who: &str, what: &str, why: &str) {
    let person = office.teams.person(who);
    let card = office.teams.messages_to(&person).pop().expect("a card");
    let given = json!({ "answer.q1": what, "answer.q2": why });
    let voted = person.press_with("tidings.poll.vote", &card, &given).await;
    voted.expect("a vote");
}

fn narrow(said: &str) {
    for line in said.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
}

#[tokio::test]
async fn who_voted_what_in_a_named_poll_is_listed_for_people_programs_and_spreadsheets() {
    let office = Office::open().await;
    let id = created(&office, &json!({})).await;
    let nobody = office.tidings(&["poll", "results", &id, "--votes"]).await;
    assert!(nobody.well().contains("Nobody has voted."));
    vote(&office, "ben", "c2", "=1+1").await;
    vote(&office, "ana", "c1", "").await;

    for when in ["open", "closed"] {
        let shown = office.tidings(&["poll", "results", &id, "--votes"]).await;
        let shown = shown.well();
        narrow(&shown);
        let line = |who: &str| shown.lines().find(|line| line.starts_with(who));
        let ben = line("ben@contoso.example").expect("Ben's vote");
        assert!(ben.ends_with("Pie · =1+1"), "{when}: {ben}");
        let ana = line("ana@contoso.example").expect("Ana's vote");
        assert!(ana.ends_with("Soup · –"), "{when}: {ana}");

        let all = ["poll", "results", &id, "--votes", "--format"];
        let csv = office.tidings(&[&all[..], &["csv"]].concat()).await.well();
        let lines: Vec<&str> = csv.lines().collect();
        assert_eq!(lines[0], "voter,name,last voted,What?,Why?");
        assert!(lines[1].ends_with("Z,Pie,\"'=1+1\""), "no formula: {csv}");
        let json = office.tidings(&[&all[..], &["json"]].concat()).await.well();
        let json: Value = serde_json::from_str(&json).expect("JSON");
        assert_eq!(json["phase"], when);
        assert_eq!(
            json["votes"][0]["said"],
            json!({ "q1": "Pie", "q2": "=1+1" })
        );
        assert_eq!(
            json["votes"][1]["answers"],
            json!({ "q1": { "choices": ["c1"] } })
        );
        if when == "open" {
            office
                .tidings(&["poll", "close", &id, "--yes"])
                .await
                .well();
            office.settle().await;
        }
    }
}

#[tokio::test]
async fn nobody_is_listed_of_an_anonymous_poll_or_below_the_threshold() {
    let office = Office::open().await;
    let id = created(&office, &json!({ "anonymous": true })).await;
    vote(&office, "ben", "c2", "").await;
    let votes = ["poll", "results", &id, "--votes"];
    for when in ["open", "closed"] {
        let why = office.tidings(&votes).await.badly();
        assert!(why.contains("an anonymous poll cannot be listed"), "{why}");
        assert!(!why.contains("ben@"), "{why}");
        if when == "open" {
            office
                .tidings(&["poll", "close", &id, "--yes"])
                .await
                .well();
            office.settle().await;
        }
    }
    let id = created(&office, &json!({ "threshold": 2 })).await;
    vote(&office, "ben", "c2", "").await;
    let why = office.tidings(&["poll", "results", &id, "--votes"]).await;
    let why = why.badly();
    assert!(why.contains("fewer than 2 voted"), "{why}");
    assert!(!why.contains("ben@"), "{why}");
}

#[tokio::test]
async fn a_copy_says_its_id_and_lists_stay_within_80_columns_however_long_ids_are() {
    let office = Office::open().await;
    let id = created(&office, &json!({})).await;
    let said = office
        .tidings(&["poll", "clone", &id, "--yes"])
        .await
        .well();
    let copy = id_in(&said);
    assert_ne!(copy, id);
    let list = office.tidings(&["poll", "list"]).await.well();
    narrow(&list);
    for one in [&id, &copy] {
        assert!(list.lines().any(|line| line == one), "{one} in {list}");
        let times = office.tidings(&["poll", "list", one]).await.well();
        narrow(&times);
        assert!(times.contains(&format!("{one}@")), "{times}");
    }
}

#[tokio::test]
async fn a_mistyped_poll_is_answered_with_the_one_that_may_be_meant() {
    let office = Office::open().await;
    created(&office, &json!({"id": "lunch"})).await;
    created(&office, &json!({"id": "where-do-we-eat-f04fcb40e732"})).await;
    for (typed, meant) in [
        ("lunhc", "is lunch meant?"),
        ("where", "is where-do-we-eat-f04fcb40e732 meant?"),
        ("Lunch", "is lunch meant?"),
        ("lunch@2026", "tidings poll list lunch"),
        ("lunch@20200101T000000Z", "tidings poll list lunch"),
        ("breakfast", "there is no poll \"breakfast\". What there is"),
    ] {
        let why = office.tidings(&["poll", "results", typed]).await.badly();
        assert!(why.contains(meant), "{typed}: {why}");
    }
}
