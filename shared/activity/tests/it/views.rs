//! What can be asked of an activity.

use activity::{
    Activity, ActivityType, ChannelEventType, ConversationEvent, ConversationKind,
    InstallationAction, ReactionType,
};
use serde_json::json;

fn sample(name: &str) -> Activity {
    let path = format!("{}/tests/samples/{name}.json", env!("CARGO_MANIFEST_DIR"));
    Activity::parse(&std::fs::read(path).unwrap()).unwrap()
}

#[test]
fn an_install_in_a_team_names_who_where_and_the_channel_picked() {
    let activity = sample("installation-update-add-team");
    assert_eq!(
        activity.installation_update(),
        Some(&InstallationAction::Add)
    );
    assert_eq!(
        activity.conversation_kind(),
        Some(ConversationKind::Channel)
    );
    assert_eq!(
        activity.from_object_id(),
        Some("11111111-aaaa-4aaa-8aaa-111111111111".into())
    );
    let team = activity.team().unwrap();
    assert_eq!(team.name.as_deref(), Some("Platform"));
    assert_ne!(
        activity.conversation_id().unwrap().as_str(),
        team.id.as_str()
    );
    assert_eq!(
        activity.selected_channel().unwrap().id.as_str(),
        activity.conversation_id().unwrap().as_str()
    );
    assert_eq!(activity.sender_locale().as_deref(), Some("es-ES"));
}

#[test]
fn an_upgrade_that_brings_the_bot_is_no_removal() {
    let action = |action: &str| InstallationAction::from(action);
    assert!(action("add").installs() && action("add-upgrade").installs());
    assert!(action("remove").removes() && action("remove-upgrade").removes());
    let unknown = action("rearranged");
    assert!(!unknown.installs() && !unknown.removes());
}

#[test]
fn a_channel_message_gives_the_command_and_the_thread() {
    let activity = sample("message-channel-mention");
    assert_eq!(activity.activity_type, ActivityType::Message);
    assert_eq!(activity.text_without_mention(), "mute deploys for 2h");
    let conversation = activity.conversation_id().unwrap();
    assert_eq!(conversation.thread_root(), activity.id.clone());
    assert_eq!(activity.sender_timezone().as_deref(), Some("Europe/Madrid"));
    assert_eq!(
        activity
            .timestamp
            .unwrap()
            .instant()
            .unwrap()
            .as_millisecond(),
        1_772_000_000_123
    );
}

#[test]
fn a_reaction_has_the_id_of_the_message_it_is_about() {
    let activity = sample("message-reaction");
    assert_eq!(activity.id, activity.reply_to_id);
    assert_eq!(
        activity.reactions_added[0].reaction_type,
        Some(ReactionType::Like)
    );
    assert_eq!(
        activity.reactions_removed[0].reaction_type,
        Some(ReactionType::Other("1f600_grinningface".into()))
    );
}

#[test]
fn an_edit_says_so_in_its_channel_data() {
    assert_eq!(
        sample("message-update").event_type(),
        Some(ChannelEventType::EditMessage)
    );
}

#[test]
fn a_rename_of_a_channel_is_a_conversation_update() {
    let activity = sample("conversation-update-channel-renamed");
    let update = activity.conversation_update().unwrap();
    assert_eq!(
        update.event,
        ConversationEvent::Named(ChannelEventType::ChannelRenamed)
    );
    assert_eq!(update.channel.unwrap().name.as_deref(), Some("Deploys"));
}

#[test]
fn members_of_a_roster_carry_their_object_id_under_either_name() {
    for name in ["aadObjectId", "objectId"] {
        let member: activity::ChannelAccount =
            serde_json::from_value(json!({ "id": "29:a", name: "oid" })).unwrap();
        assert_eq!(member.object_id(), Some("oid".into()));
        assert_eq!(member.user_id(), Some("29:a".into()));
        assert_eq!(member.bot_id(), None);
    }
}

#[test]
fn the_tenant_is_the_conversations_else_the_channel_datas() {
    let both = json!({
        "type": "message",
        "conversation": { "tenantId": "one" },
        "channelData": { "tenant": { "id": "two" } },
    });
    let activity: Activity = serde_json::from_value(both.clone()).unwrap();
    assert_eq!(activity.tenant_id(), Some("one".into()));
    let mut one = both;
    one["conversation"] = json!(null);
    let activity: Activity = serde_json::from_value(one).unwrap();
    assert_eq!(activity.tenant_id(), Some("two".into()));
}

#[test]
fn an_activity_without_anything_answers_every_question() {
    let activity = Activity::parse(br#"{"type":"somethingNew"}"#).unwrap();
    assert_eq!(activity.tenant_id(), None);
    assert_eq!(activity.conversation_kind(), None);
    assert_eq!(activity.from_user_id(), None);
    assert_eq!(activity.text_without_mention(), "");
    assert!(!activity.is_targeted() && !activity.mentions_bot());
    assert!(activity.invoke().is_none() && activity.event().is_none());
}
