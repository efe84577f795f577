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

const OUTPUTS: [&str; 10] = [
    "MessagingEndpoint",
    "NotificationQueueUrl",
    "NotificationDeadLetterQueueUrl",
    "DeliveryQueueUrl",
    "DeliveryDeadLetterQueueUrl",
    "BroadcastQueueUrl",
    "TaskQueueUrl",
    "EventBusName",
    "TableName",
    "BallotTableName",
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
    problems.extend(tables(template));
    problems
}

/// The tables are those that `store` expects. The one outlives its stack and can be had as it was; the other, with the
/// ballots of anonymous polls, has no past.
fn tables(template: &Template) -> Problems {
    let mut problems = one_table(template, "Table", &store::TABLE);
    problems.extend(one_table(template, "BallotTable", &store::BALLOT_TABLE));
    let recovery = |name: &str| {
        let properties = &template.resource(name)["Properties"];
        properties["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"].clone()
    };
    if recovery("Table") != true {
        problems.push("Table: no point-in-time recovery".to_owned());
    }
    if recovery("BallotTable") != false {
        problems.push("BallotTable: its past states can be had".to_owned());
    }
    let ballots = &template.resource("BallotTable")["Properties"];
    for copies in ["StreamSpecification", "KinesisStreamSpecification", "Tags"] {
        // A backup plan selects by tags.
        if !ballots[copies].is_null() {
            problems.push(format!("BallotTable: {copies} makes copies of it"));
        }
    }
    let fate = |name: &str| {
        let table = template.resource(name);
        [&table["DeletionPolicy"], &table["UpdateReplacePolicy"]].map(|policy| policy.as_str())
    };
    if fate("Table") != [Some("Retain"); 2] {
        problems.push("Table: is deleted with its stack".to_owned());
    }
    if fate("BallotTable") != [Some("Delete"); 2] {
        problems.push("BallotTable: outlives its stack, or leaves a copy".to_owned());
    }
    problems
}

fn one_table(template: &Template, name: &str, definition: &store::TableDefinition) -> Problems {
    let mut problems = Vec::new();
    let properties = &template.resource(name)["Properties"];
    let keys = json!([
        { "AttributeName": definition.partition_key, "KeyType": "HASH" },
        { "AttributeName": definition.sort_key, "KeyType": "RANGE" },
    ]);
    if properties["KeySchema"] != keys {
        problems.push(format!("{name}: other keys than the store's"));
    }
    let time_to_live = json!({ "AttributeName": definition.time_to_live, "Enabled": true });
    if properties["TimeToLiveSpecification"] != time_to_live {
        problems.push(format!("{name}: another time to live than the store's"));
    }
    let indexes = properties["GlobalSecondaryIndexes"].as_array();
    if indexes.map_or(0, Vec::len) != definition.indexes.len() {
        problems.push(format!("{name}: other indexes than the store's"));
    }
    if properties["BillingMode"] != "PAY_PER_REQUEST" {
        problems.push(format!("{name}: is not on demand"));
    }
    problems
}
