//! Rosters, teams and meetings.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use simulator::{ChatSpec, Config, Meeting, TeamSpec, World};

use crate::support::{Api, segment, start, with_bot_everywhere};

#[tokio::test]
async fn a_roster_comes_in_pages_of_50_to_500() {
    let world = World::empty()
        .with_crowd(1_230)
        .with_team(TeamSpec::new("All hands"))
        .with_bot_everywhere();
    let simulator = start(Config {
        world,
        ..Config::default()
    })
    .await;
    let api = Api::of(&simulator);
    let team = segment(&simulator.team("All hands").id());
    for (asked, size) in [
        ("", 200),
        ("?pageSize=1", 50),
        ("?pageSize=100", 100),
        ("?pageSize=9999", 500),
    ] {
        let page = api
            .get(&format!("v3/conversations/{team}/pagedmembers{asked}"))
            .await
            .json();
        assert_eq!(page["members"].as_array().unwrap().len(), size, "{asked}");
    }
    let mut ids = BTreeSet::new();
    let mut token: Option<String> = None;
    let mut pages = 0;
    loop {
        let next = token.map_or(String::new(), |token| format!("&continuationToken={token}"));
        let path = format!("v3/conversations/{team}/pagedMembers?pageSize=500{next}");
        let page = api.get(&path).await.json();
        pages += 1;
        for member in page["members"].as_array().unwrap() {
            ids.insert(member["id"].as_str().unwrap().to_owned());
        }
        token = page["continuationToken"].as_str().map(str::to_owned);
        if token.is_none() {
            assert!(
                page.get("continuationToken").is_none(),
                "the last page has none"
            );
            break;
        }
    }
    assert_eq!((pages, ids.len()), (3, 1_230));
}

#[tokio::test]
async fn wrong_pages_are_refused() {
    let simulator = with_bot_everywhere().await;
    let api = Api::of(&simulator);
    let team = segment(&simulator.team("Platform").id());
    for query in [
        "continuationToken=abc",
        "continuationToken=MA",
        "pageSize=many",
    ] {
        let answer = api
            .get(&format!("v3/conversations/{team}/pagedmembers?{query}"))
            .await;
        assert_eq!(answer.refusal(), (400, "BadArgument".to_owned()), "{query}");
    }
    let thread = segment(&format!("{};messageid=17", simulator.team("Platform").id()));
    let answer = api
        .get(&format!("v3/conversations/{thread}/pagedmembers"))
        .await;
    assert_eq!(answer.refusal(), (404, "ConversationNotFound".to_owned()));
}

#[tokio::test]
async fn a_member_is_found_by_each_id() {
    let simulator = with_bot_everywhere().await;
    let api = Api::of(&simulator);
    let team = segment(&simulator.team("Platform").id());
    let chloe = simulator.person("chloe");
    let expected = json!({
        "id": chloe.teams_id(),
        "name": "Chloé Martin",
        "objectId": "3b5e7d10-8c1f-4d4e-9c55-0a1b2c3d4e03",
        "givenName": "Chloé",
        "surname": "Martin",
        "email": "chloe@contoso.example",
        "userPrincipalName": "chloe@contoso.example",
        "tenantId": simulator.tenant(),
        "userRole": "user",
    });
    for id in [
        chloe.teams_id(),
        chloe.object_id(),
        "chloe@contoso.example".to_owned(),
    ] {
        let answer = api
            .get(&format!("v3/conversations/{team}/members/{}", segment(&id)))
            .await;
        assert_eq!(
            (answer.status, answer.json()),
            (200, expected.clone()),
            "{id}"
        );
    }
    for (id, status, code) in [
        ("28:x", 404, "MemberNotFoundInConversation"),
        (
            "nobody@contoso.example",
            404,
            "MemberNotFoundInConversation",
        ),
        (
            "00000000-0000-4000-8000-000000000000",
            404,
            "MemberNotFoundInConversation",
        ),
        ("29:1abc", 400, "BadArgument"),
    ] {
        let answer = api
            .get(&format!("v3/conversations/{team}/members/{}", segment(id)))
            .await;
        assert_eq!(answer.refusal(), (status, code.to_owned()), "{id}");
    }
    let all = api.get(&format!("v3/conversations/{team}/members")).await;
    assert_eq!(all.json().as_array().unwrap().len(), 3);
    let own = segment(&chloe.conversation_id());
    let alone = api.get(&format!("v3/conversations/{own}/members")).await;
    assert_eq!(alone.json(), json!([expected]));
}

#[tokio::test]
async fn a_team_is_described_and_its_general_channel_has_no_name() {
    let simulator = with_bot_everywhere().await;
    let api = Api::of(&simulator);
    let team = simulator.team("Platform");
    let details = api
        .get(&format!("v3/teams/{}", segment(&team.id())))
        .await
        .json();
    assert_eq!(details["name"], "Platform");
    assert_eq!(details["aadGroupId"], team.group_id());
    assert_eq!(
        (&details["channelCount"], &details["memberCount"]),
        (&json!(2), &json!(3))
    );
    let channels = api
        .get(&format!("v3/teams/{}/conversations", segment(&team.id())))
        .await
        .json();
    assert_eq!(channels["conversations"][0]["id"], team.id());
    assert_eq!(channels["conversations"][0]["name"], Value::Null);
    assert_eq!(channels["conversations"][1]["name"], "Incidents");

    let incidents = segment(&team.channel("Incidents").id());
    let answer = api.get(&format!("v3/teams/{incidents}")).await;
    assert_eq!(answer.status, 404, "a channel is no team");
    team.uninstall(&simulator.person("ana")).await;
    let answer = api.get(&format!("v3/teams/{}", segment(&team.id()))).await;
    assert_eq!(
        answer.refusal(),
        (403, "BotNotInConversationRoster".to_owned())
    );
}

#[tokio::test]
async fn too_many_members_are_listed_in_pages_only() {
    let world = World::empty()
        .with_crowd(10_001)
        .with_team(TeamSpec::new("All hands"))
        .with_bot_everywhere();
    let simulator = start(Config {
        world,
        ..Config::default()
    })
    .await;
    let team = segment(&simulator.team("All hands").id());
    let answer = Api::of(&simulator)
        .get(&format!("v3/conversations/{team}/members"))
        .await;
    assert_eq!(answer.refusal(), (400, "BadArgument".to_owned()));
}

#[tokio::test]
async fn a_meeting_is_described_and_its_participants_are_notified() {
    let contoso = World::contoso();
    let ana = contoso.people[0].object_id.clone();
    let meeting = Meeting {
        id: "MCMxOTptZWV0aW5n".to_owned(),
        title: "Stand-up".to_owned(),
        organizer: ana.clone(),
        start: "2026-11-24T09:00:00Z".to_owned(),
        end: "2026-11-24T09:15:00Z".to_owned(),
        present: vec![ana.clone()],
    };
    let world = contoso
        .with_chat(ChatSpec::of_meeting(meeting))
        .with_bot_everywhere();
    let simulator = start(Config {
        world,
        ..Config::default()
    })
    .await;
    let api = Api::of(&simulator);
    let (ana, ben) = (simulator.person("ana"), simulator.person("ben"));
    let base = "v1/meetings/MCMxOTptZWV0aW5n";

    let details = api.get(base).await.json();
    assert_eq!(details["details"]["title"], "Stand-up");
    assert_eq!(details["organizer"]["objectId"], ana.object_id());

    let tenant = simulator.tenant();
    let of = |person: &str| format!("{base}/participants/{person}?tenantId={tenant}");
    let organizer = api.get(&of(&ana.object_id())).await.json();
    assert_eq!(
        organizer["meeting"],
        json!({"role": "Organizer", "inMeeting": true})
    );
    let absent = api.get(&of(&ben.object_id())).await.json();
    assert_eq!(absent["meeting"]["inMeeting"], false);
    let without_tenant = api
        .get(&format!("{base}/participants/{}", ana.object_id()))
        .await;
    assert_eq!(without_tenant.status, 400);
    assert_eq!(
        api.get(&of("00000000-0000-4000-8000-000000000000"))
            .await
            .status,
        404
    );
    assert_eq!(api.get("v1/meetings/x").await.status, 404);

    let notification = |recipients: Value| {
        json!({
            "type": "targetedMeetingNotification",
            "value": {"recipients": recipients, "surfaces": [{"surface": "meetingTabIcon", "tabEntityId": "x"}]},
        })
    };
    let path = format!("{base}/notification");
    let all = api
        .call(
            "POST",
            &path,
            Some(notification(json!([ana.teams_id(), ben.teams_id()]))),
        )
        .await;
    assert_eq!((all.status, all.json()), (202, json!({})));
    let partly = api
        .call(
            "POST",
            &path,
            Some(notification(json!([ana.teams_id(), "29:1abc"]))),
        )
        .await;
    assert_eq!(partly.status, 207);
    assert_eq!(
        partly.json()["recipientsFailureInfo"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    assert_eq!(
        api.call("POST", &path, Some(json!({"type": "x"})))
            .await
            .status,
        400
    );
}
