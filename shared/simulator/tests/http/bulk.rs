//! Bulk messaging.

use std::time::Duration;

use serde_json::{Value, json};
use simulator::{Clock, Config, DEFAULT_TENANT, World};

use crate::support::{Api, message, start, with_bot_everywhere};

async fn state(api: &Api, operation: &str) -> Value {
    api.get(&format!("v3/batch/conversation/{operation}"))
        .await
        .json()
}

fn operation(answer: &crate::support::Answer) -> String {
    assert_eq!(answer.status, 201, "{}", answer.text);
    answer.json()["operationId"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn people_channels_teams_and_everybody_are_reached() {
    let simulator = with_bot_everywhere().await;
    let api = Api::of(&simulator);
    let team = simulator.team("Platform");
    let (ana, ben) = (simulator.person("ana"), simulator.person("ben"));
    for (path, mut body) in [
        (
            "users",
            json!({"members": [{"id": ana.teams_id()}, {"id": ben.object_id()}]}),
        ),
        (
            "channels/",
            json!({"members": [{"id": team.channel("Incidents").id()}]}),
        ),
        ("team", json!({"teamId": team.id()})),
        ("tenant", json!({})),
    ] {
        body["activity"] = message(path);
        body["tenantId"] = DEFAULT_TENANT.into();
        let answer = api
            .call("POST", &format!("v3/batch/conversation/{path}"), Some(body))
            .await;
        let state = state(&api, &operation(&answer)).await;
        assert_eq!(state["state"], "Completed", "{path}");
        assert!(state.get("retryAfter").is_none());
    }
    let texts = |messages: Vec<simulator::Message>| -> Vec<String> {
        messages
            .iter()
            .filter_map(|m| m.text())
            .map(str::to_owned)
            .collect()
    };
    assert_eq!(
        texts(simulator.messages_to(&ana)),
        ["users", "team", "tenant"]
    );
    assert_eq!(
        texts(simulator.messages_to(&simulator.person("chloe"))),
        ["team", "tenant"]
    );
    assert_eq!(texts(team.channel("Incidents").from_bot()), ["channels/"]);
}

#[tokio::test]
async fn entries_that_fail_are_listed_with_their_reason() {
    let simulator = with_bot_everywhere().await;
    let api = Api::of(&simulator);
    let (ana, ben, chloe) = (
        simulator.person("ana"),
        simulator.person("ben"),
        simulator.person("chloe"),
    );
    ben.block_bot();
    chloe.uninstall().await;
    simulator.team("Platform").uninstall(&ana).await;
    let body = json!({
        "activity": message("hi"),
        "tenantId": DEFAULT_TENANT,
        "members": [{"id": ana.teams_id()}, {"id": ben.teams_id()}, {"id": chloe.teams_id()}, {"id": "29:1x"}],
    });
    let answer = api
        .call("POST", "v3/batch/conversation/users", Some(body))
        .await;
    let id = operation(&answer);
    assert_eq!(
        state(&api, &id).await["statusMap"],
        json!({"201": 1, "400": 1, "403": 2})
    );
    let failed = api
        .get(&format!("v3/batch/conversation/failedentries/{id}"))
        .await
        .json();
    let failed = failed["failedEntryResponses"].as_array().unwrap().clone();
    assert_eq!(
        failed[0],
        json!({"entryId": ben.teams_id(), "error": "MessageWritesBlocked"})
    );
    assert_eq!(failed[1]["error"], "ForbiddenOperationException");
    assert_eq!(failed[2]["error"], "BadArgument");
}

#[tokio::test]
async fn failed_entries_come_in_pages() {
    let simulator = with_bot_everywhere().await;
    let api = Api::of(&simulator);
    let members: Vec<Value> = (0..150)
        .map(|n| json!({"id": format!("29:1x{n}")}))
        .collect();
    let body = json!({"activity": message("hi"), "tenantId": DEFAULT_TENANT, "members": members});
    let id = operation(
        &api.call("POST", "v3/batch/conversation/users", Some(body))
            .await,
    );
    assert_eq!(state(&api, &id).await["state"], "Failed", "not one arrived");
    let path = format!("v3/batch/conversation/failedentries/{id}");
    let first = api.get(&path).await.json();
    assert_eq!(first["failedEntryResponses"].as_array().unwrap().len(), 100);
    let token = first["continuationToken"].as_str().unwrap();
    let second = api
        .get(&format!("{path}?continuationToken={token}"))
        .await
        .json();
    assert_eq!(second["failedEntryResponses"].as_array().unwrap().len(), 50);
    assert!(second.get("continuationToken").is_none());
}

#[tokio::test]
async fn an_operation_takes_its_time_and_can_be_cancelled() {
    let (clock, hand) = Clock::manual("2026-11-24T09:00:00Z".parse().unwrap());
    let simulator = start(Config {
        world: World::crowd(100),
        clock,
        bulk_takes: Duration::from_secs(100),
        ..Config::default()
    })
    .await;
    let api = Api::of(&simulator);
    let body = json!({"activity": message("hi"), "tenantId": DEFAULT_TENANT});
    let id = operation(
        &api.call("POST", "v3/batch/conversation/tenant", Some(body))
            .await,
    );
    hand.advance(Duration::from_secs(40));
    let now = state(&api, &id).await;
    assert_eq!(
        (&now["state"], &now["statusMap"]),
        (&json!("Ongoing"), &json!({"201": 40}))
    );
    assert_eq!(now["retryAfter"], "2026-11-24T09:00:41Z");
    assert_eq!(now["totalEntriesCount"], 100);
    let path = format!("v3/batch/conversation/{id}");
    assert_eq!(api.call("DELETE", &path, None).await.status, 200);
    hand.advance(Duration::from_secs(100));
    assert_eq!(state(&api, &id).await["state"], "Failed");
    assert_eq!(simulator.tally(), [(0, 60), (1, 40)].into());
}

#[tokio::test]
async fn wrong_operations_are_refused() {
    let simulator = with_bot_everywhere().await;
    let api = Api::of(&simulator);
    let good =
        json!({"activity": message("hi"), "tenantId": DEFAULT_TENANT, "members": [{"id": "x"}]});
    let with = |name: &str, value: Option<Value>| {
        let mut body = good.clone();
        match value {
            Some(value) => body[name] = value,
            None => drop(body.as_object_mut().unwrap().remove(name)),
        }
        body
    };
    for (what, path, body, status) in [
        ("no activity", "users", with("activity", None), 400),
        (
            "a bad activity",
            "users",
            with("activity", Some(json!({}))),
            400,
        ),
        ("no tenant", "users", with("tenantId", None), 400),
        (
            "another tenant",
            "users",
            with("tenantId", Some(json!("x"))),
            403,
        ),
        ("nobody", "users", with("members", Some(json!([]))), 400),
        (
            "members without id",
            "users",
            with("members", Some(json!([{}]))),
            400,
        ),
        ("no team", "team", good.clone(), 400),
        (
            "an unknown team",
            "team",
            with("teamId", Some(json!("19:x@thread.tacv2"))),
            404,
        ),
    ] {
        let answer = api
            .call("POST", &format!("v3/batch/conversation/{path}"), Some(body))
            .await;
        assert_eq!(answer.status, status, "{what}");
    }
    assert_eq!(api.get("v3/batch/conversation/x").await.status, 404);
    assert_eq!(
        api.get("v3/batch/conversation/failedentries/x")
            .await
            .status,
        404
    );
    assert_eq!(
        api.call("DELETE", "v3/batch/conversation/x", None)
            .await
            .status,
        404
    );
}
