//! The names that deployments and dashboards rely on.

use serde_json::json;

use super::Problems;
use super::document::Template;

const PARAMETERS: [&str; 15] = [
    "MicrosoftAppId",
    "MicrosoftAppTenantId",
    "MicrosoftAppType",
    "MicrosoftAppPasswordSecretId",
    "MicrosoftAppCertificateSecretId",
    "MicrosoftAppFederated",
    "MicrosoftAppPassword",
    "MicrosoftCloud",
    "AzureAuthorityHost",
    "BotOpenIdMetadata",
    "MicrosoftGraphEndpoint",
    "TrustedServiceHosts",
    "AllowedTenants",
    "AwsEventSources",
    "Architecture",
];

const OUTPUTS: [&str; 9] = [
    "MessagingEndpoint",
    "NotificationQueueUrl",
    "NotificationDeadLetterQueueUrl",
    "DeliveryQueueUrl",
    "DeliveryDeadLetterQueueUrl",
    "BroadcastQueueUrl",
    "TaskQueueUrl",
    "EventBusName",
    "TableName",
];

/// Everything else has a default, so that a deployment names its bot and its credential only.
const REQUIRED: [&str; 2] = ["MicrosoftAppId", "MicrosoftAppTenantId"];

pub(super) fn check(template: &Template) -> Problems {
    let mut problems = Vec::new();
    let parameters = template.section("Parameters");
    let outputs = template.section("Outputs");
    for (kind, names, there) in [
        ("parameter", PARAMETERS.as_slice(), parameters),
        ("output", OUTPUTS.as_slice(), outputs),
    ] {
        let missing = names.iter().filter(|name| !there.contains_key(**name));
        problems.extend(missing.map(|name| format!("there is no {kind} {name}")));
    }
    for (name, parameter) in parameters {
        if parameter["Default"].is_null() != REQUIRED.contains(&name.as_str()) {
            problems.push(format!(
                "{name}: only the bot's id and tenant have no default"
            ));
        }
    }
    if template.all()["Parameters"]["MicrosoftAppPassword"]["NoEcho"] != true {
        problems.push("MicrosoftAppPassword: is shown".to_owned());
    }
    problems.extend(table(template));
    problems
}

/// The table is the one that `store` expects, and outlives its stack.
fn table(template: &Template) -> Problems {
    let mut problems = Vec::new();
    let table = template.resource("Table");
    let properties = &table["Properties"];
    let keys = json!([
        { "AttributeName": store::TABLE.partition_key, "KeyType": "HASH" },
        { "AttributeName": store::TABLE.sort_key, "KeyType": "RANGE" },
    ]);
    if properties["KeySchema"] != keys {
        problems.push("Table: other keys than the store's".to_owned());
    }
    let time_to_live = json!({ "AttributeName": store::TABLE.time_to_live, "Enabled": true });
    if properties["TimeToLiveSpecification"] != time_to_live {
        problems.push("Table: another time to live than the store's".to_owned());
    }
    let indexes = properties["GlobalSecondaryIndexes"].as_array();
    if indexes.map_or(0, Vec::len) != store::TABLE.indexes.len() {
        problems.push("Table: other indexes than the store's".to_owned());
    }
    if properties["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] != true {
        problems.push("Table: no point-in-time recovery".to_owned());
    }
    if properties["BillingMode"] != "PAY_PER_REQUEST" {
        problems.push("Table: is not on demand".to_owned());
    }
    if table["DeletionPolicy"] != "Retain" || table["UpdateReplacePolicy"] != "Retain" {
        problems.push("Table: is deleted with its stack".to_owned());
    }
    problems
}
