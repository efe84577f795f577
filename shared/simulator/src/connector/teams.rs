//! `GET v3/teams/…`
//!
//! Get Teams specific context for your bot (protocol reference §4.7).

use serde_json::{Value, json};

use crate::Reply;
use crate::connector::Ask;
use crate::model::{Model, Place, TeamState};

/// `GET v3/teams/{id}`
pub(crate) fn details(ask: &Ask<'_>) -> Result<Reply, Reply> {
    let model = ask.model();
    let team = team(ask, &model)?;
    Ok(Reply::json(
        200,
        json!({
            "id": team.id,
            "name": team.name,
            "aadGroupId": team.group_id,
            "type": "standard",
            "tenantId": model.tenant,
            "channelCount": team.channels.iter().filter(|channel| !channel.deleted).count(),
            "memberCount": team.members.len(),
        }),
    ))
}

/// `GET v3/teams/{id}/conversations`
pub(crate) fn channels(ask: &Ask<'_>) -> Result<Reply, Reply> {
    let model = ask.model();
    let team = team(ask, &model)?;
    let channels: Vec<Value> = team
        .channels
        .iter()
        .filter(|channel| !channel.deleted)
        .map(|channel| {
            if channel.id == team.id {
                // General has no name: clients write it in their language.
                json!({"id": channel.id, "name": null, "type": "standard"})
            } else {
                json!({"id": channel.id, "name": channel.name, "type": "standard"})
            }
        })
        .collect();
    Ok(Reply::json(200, json!({ "conversations": channels })))
}

fn team<'a>(ask: &Ask<'_>, model: &'a Model) -> Result<&'a TeamState, Reply> {
    let index = model
        .team_by_id(&ask.address.first)
        .ok_or_else(Reply::conversation_not_found)?;
    model.admit(Place::Channel(index, 0))?;
    Ok(&model.teams[index as usize])
}
