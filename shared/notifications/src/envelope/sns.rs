//! SNS envelopes, as a queue or a subscribed function receives them.

use crate::contract::ContractErrors;
use serde_json::Value;

/// What an SNS envelope carries.
pub(super) struct Message<'a> {
    pub(super) id: Option<&'a str>,
    pub(super) topic: &'a str,
    pub(super) text: &'a str,
}

/// Opens an SNS envelope; `None` when the JSON is none (a subscription with
/// raw delivery has none either).
pub(super) fn open(json: &Value) -> Result<Option<Message<'_>>, ContractErrors> {
    let envelope = match subscribed(json)? {
        Some(envelope) => envelope,
        None => json,
    };
    let text = |name: &str| envelope.get(name).and_then(Value::as_str);
    let (Some(kind), Some(topic)) = (text("Type"), text("TopicArn")) else {
        return Ok(None);
    };
    if kind != "Notification" {
        // A subscription to be confirmed: a person must do it, so it goes to
        // the dead letters, where a person looks.
        return Err(ContractErrors::one(
            "Type",
            "an SNS message of another type",
            "\"Notification\" (confirm the subscription of this queue)",
        ));
    }
    let Some(text) = text("Message") else {
        return Err(ContractErrors::one(
            "Message",
            "nothing",
            "the text of an SNS message",
        ));
    };
    Ok(Some(Message {
        id: envelope.get("MessageId").and_then(Value::as_str),
        topic,
        text,
    }))
}

/// The form in which SNS invokes a function: one record around the envelope.
fn subscribed(json: &Value) -> Result<Option<&Value>, ContractErrors> {
    let Some(records) = json.get("Records").and_then(Value::as_array) else {
        return Ok(None);
    };
    match records.as_slice() {
        [record] => Ok(record.get("Sns")),
        _ => Err(ContractErrors::one(
            "Records",
            format!("{} records", records.len()),
            "one record of SNS",
        )),
    }
}
