use std::time::Duration;

use activity::ids::TeamId;
use simulator::{Fault, Operation, Reply, TeamSpec, World};
use work_items::{ForgetTeam, SyncRoster, Task};

use super::roster;
use crate::bot::Bot;
use crate::stage::killed_after;

/// A tenant whose one team has this many members, and the bot in it.
async fn team_of(people: u32) -> (Bot, simulator::Team) {
    let world = World::empty()
        .with_crowd(people)
        .with_team(TeamSpec::new("Everybody"));
    let bot = Bot::with(world).await;
    let team = bot.stage.teams.team("Everybody");
    let by = bot.stage.teams.people().remove(0);
    team.install(&by, &team.general()).await;
    (bot, team)
}

fn sync(bot: &Bot, team: &simulator::Team) -> Task {
    Task::SyncRoster(SyncRoster {
        tenant: bot.stage.teams.tenant().into(),
        team: team.id().into(),
        generation: None,
        continuation: None,
        since: None,
    })
}

async fn queue(bot: &Bot, task: &Task) {
    let message = aws::OutgoingMessage::new(task.to_body());
    aws::Queue::send(&*bot.task_mail, vec![message])
        .await
        .unwrap();
}

/// A Teams in which each page of a roster takes long to come.
struct SlowPages(startup::ManualClock);

impl simulator::Faults for SlowPages {
    fn before(&self, call: &simulator::Call) -> Option<Fault> {
        if call.operation == Operation::PagedMembers {
            self.0.advance(Duration::from_secs(25));
        }
        None
    }
}

#[tokio::test]
async fn a_long_roster_is_read_over_several_invocations() {
    let (bot, team) = team_of(1_200).await;
    let slow = SlowPages(bot.stage.clock.clone());
    bot.stage.teams.set_faults(Some(std::sync::Arc::new(slow)));
    let mut invocations = 0;
    while bot.task_mail.len() > 0 && roster(&bot, &team.id()).await.len() < 1_200 {
        assert_eq!(bot.work_off_once().await, Vec::<String>::new());
        invocations += 1;
    }
    assert_eq!(invocations, 2, "two pages in the first");
    bot.work_off().await;
    assert_eq!(roster(&bot, &team.id()).await.len(), 1_200);
    assert_eq!(
        bot.stage.teams.count(Operation::PagedMembers),
        3,
        "no page is read twice"
    );
    let id = TeamId::from(team.id());
    let known = bot.stage.store.teams().get(&id).await.unwrap().unwrap();
    assert!(known.roster_as_of.is_some());
    assert_eq!(
        team.general().unread().len(),
        1,
        "one welcome for the channel"
    );
    assert_eq!(bot.stage.teams.tally().len(), 1, "and none for the members");
}

#[tokio::test]
async fn reading_goes_on_where_it_was_killed() {
    for waits in [10, 25, 60, 110] {
        let (bot, team) = team_of(60).await;
        let bodies = bot.task_mail.take_all();
        let bodies: Vec<&str> = bodies.iter().map(String::as_str).collect();
        let batch = crate::stage::batch("tasks", &bodies);
        let killed = killed_after(waits, bot.invoke_tasks(&batch)).await;
        // The queue shows again what nobody acknowledged.
        if killed.is_none() {
            bot.later(Duration::from_secs(360));
            bot.invoke_tasks(&batch).await.unwrap();
        }
        bot.work_off().await;
        assert_eq!(
            roster(&bot, &team.id()).await.len(),
            60,
            "killed after {waits}"
        );
        team.general().unread();
    }
}

#[tokio::test]
async fn whoever_left_while_the_bot_did_not_hear_of_it_is_gone_after_the_next_reading() {
    let bot = Bot::nowhere().await;
    let team = bot.installed_in_team("Ben").await;
    let (ben, chloe) = (
        bot.stage.teams.person("Ben"),
        bot.stage.teams.person("Chloé"),
    );
    let nobody =
        simulator::BotEndpoint::in_process(|_| async { http::Response::new(bytes::Bytes::new()) });
    bot.stage.teams.set_bot_endpoint(nobody);
    team.remove_member(&chloe, &ben).await;
    bot.later(Duration::from_secs(600));
    queue(&bot, &sync(&bot, &team)).await;
    bot.work_off().await;
    assert_eq!(roster(&bot, &team.id()).await.len(), 2);
}

#[tokio::test]
async fn the_second_activity_of_an_installation_does_not_read_the_roster_again() {
    let bot = Bot::nowhere().await;
    let (team, ben) = (
        bot.stage.teams.team("Platform"),
        bot.stage.teams.person("Ben"),
    );
    team.install(&ben, &team.channel("Incidents")).await;
    bot.work_off().await;
    team.channel("Incidents").next_message().await.unwrap();
    assert_eq!(bot.stage.teams.count(Operation::PagedMembers), 1);
}

#[tokio::test]
async fn throttling_makes_a_reading_wait_and_counts_no_try_against_it() {
    let bot = Bot::nowhere().await;
    let (team, ben) = (
        bot.stage.teams.team("Platform"),
        bot.stage.teams.person("Ben"),
    );
    let throttled = Fault::Answer(Reply::throttled(Some(300)));
    bot.stage
        .teams
        .fail_next(Operation::PagedMembers, throttled);
    team.install(&ben, &team.channel("Incidents")).await;
    let began = bot.stage.clock_now();
    assert_eq!(bot.work_off_once().await, Vec::<String>::new());
    bot.work_off().await;
    assert!(bot.stage.clock_now() >= began + jiff::SignedDuration::from_secs(300));
    assert_eq!(roster(&bot, &team.id()).await.len(), 3);
    team.channel("Incidents").next_message().await.unwrap();
}

#[tokio::test]
async fn the_channels_of_a_team_are_read_with_its_roster() {
    let bot = Bot::nowhere().await;
    let (team, ben) = (
        bot.stage.teams.team("Platform"),
        bot.stage.teams.person("Ben"),
    );
    let general = team.general();
    team.install(&ben, &general).await;
    bot.work_off().await;
    general.next_message().await.unwrap();
    let channels = bot
        .stage
        .store
        .teams()
        .channels(&team.id().as_str().into())
        .await
        .unwrap();
    let mut names: Vec<_> = channels.into_iter().map(|channel| channel.name).collect();
    names.sort();
    assert_eq!(names, [None, Some("Incidents".to_owned())]);
    let to = format!("channel:{}", team.channel("Incidents").id());
    bot.notified(&serde_json::json!({
        "id": "1", "topic": "deploys", "to": [to], "what": "Deployed", "item": { "name": "cart" },
        "actor": { "name": "Ben" },
    }))
    .await;
    assert_eq!(team.channel("Incidents").unread().len(), 1);
}

#[tokio::test]
async fn a_team_that_the_bot_has_left_is_not_read() {
    let bot = Bot::nowhere().await;
    let (team, ben) = (
        bot.stage.teams.team("Platform"),
        bot.stage.teams.person("Ben"),
    );
    team.install(&ben, &team.channel("Incidents")).await;
    bot.later(Duration::from_secs(1));
    team.uninstall(&ben).await;
    bot.work_off().await;
    assert_eq!(roster(&bot, &team.id()).await, Vec::<String>::new());
    assert_eq!(bot.stage.teams.count(Operation::PagedMembers), 0);
    assert_eq!(
        bot.stage.teams.count(Operation::Send),
        0,
        "and not welcomed"
    );
}

#[tokio::test]
async fn forgetting_a_team_spares_what_was_learned_later() {
    let bot = Bot::nowhere().await;
    let team = bot.installed_in_team("Ben").await;
    let ben = bot.stage.teams.person("Ben");
    let removed_at = bot.stage.clock_now();
    team.uninstall(&ben).await;
    bot.later(Duration::from_secs(60));
    // It is installed again before the task is worked on.
    team.install(&ben, &team.channel("Incidents")).await;
    bot.work_off().await;
    team.channel("Incidents").next_message().await.unwrap();
    let late = Task::ForgetTeam(ForgetTeam {
        tenant: bot.stage.teams.tenant().into(),
        team: team.id().into(),
        at: removed_at,
    });
    queue(&bot, &late).await;
    bot.work_off().await;
    assert_eq!(roster(&bot, &team.id()).await.len(), 3);
}
