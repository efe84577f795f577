//! Each rule finds what it is for: the project's own template with one fault put in.

use super::document::{Template, text};
use super::problems;

/// The template with the first `from` replaced, and what must be found wrong with it.
struct Fault {
    from: &'static str,
    to: &'static str,
    found: &'static str,
}

const fn fault(from: &'static str, to: &'static str, found: &'static str) -> Fault {
    Fault { from, to, found }
}

const FAULTS: &[Fault] = &[
    // references
    fault(
        "Queue: !GetAtt NotificationQueue.Arn",
        "Queue: !GetAtt NotificationQueu.Arn",
        "there is no NotificationQueu",
    ),
    fault(
        "TABLE_NAME: !Ref Table",
        "TABLE_NAME: !Ref Tabel",
        "there is no Tabel",
    ),
    fault(
        "Resource: !GetAtt Table.Arn",
        "Resource: !GetAtt Table.Name",
        "Table (AWS::DynamoDB::Table) has no attribute Name",
    ),
    fault(
        "${MessagesFunctionUrl.FunctionUrl}",
        "${NotifyFunctionUrl.FunctionUrl}",
        "there is no NotifyFunctionUrl",
    ),
    fault("secret:${Name}\n", "secret:${Nam}\n", "there is no Nam"),
    fault(
        "- HasPasswordSecret\n",
        "- HasPassword\n",
        "there is no condition HasPassword",
    ),
    fault(
        "!If [HasAwsEventSources, !GetAtt DefaultBusRule.Arn, !Ref AWS::NoValue]",
        "!GetAtt DefaultBusRule.Arn",
        "DefaultBusRule is only there if HasAwsEventSources",
    ),
    // functions
    fault(
        "Runtime: provided.al2023",
        "Runtime: provided.al2024",
        "unknown runtime",
    ),
    fault(
        "AllowedValues: [arm64, x86_64]",
        "AllowedValues: [arm, x86_64]",
        "unknown architecture arm",
    ),
    fault(
        "Architectures: [!Ref Architecture]",
        "Architectures: [arm]",
        "unknown architecture arm",
    ),
    fault(
        "BuildMethod: rust-cargolambda",
        "BuildMethod: makefile",
        "is not built with",
    ),
    fault(
        "CodeUri: functions/notify",
        "CodeUri: functions/notifi",
        "there is no package notifi",
    ),
    fault(
        "ReservedConcurrentExecutions: !Ref MessagesReservedConcurrency",
        "MemorySize: 512",
        "public without reserved concurrency",
    ),
    fault(
        "RetentionInDays: !Ref LogRetentionDays",
        "LogGroupClass: STANDARD",
        "no log group with a retention",
    ),
    fault(
        "          OnFailure: { Type: SQS, Destination: !GetAtt TaskDeadLetterQueue.Arn }",
        "          {}",
        "without an on-failure destination",
    ),
    // queues
    fault("BatchSize: 10", "BatchSize: ten", "batch size \"ten\""),
    fault("BatchSize: 10", "BatchSize: 11", "batch size 11"),
    fault(
        "FunctionResponseTypes: [ReportBatchItemFailures]",
        "FunctionResponseTypes: [ReportBatchFailures]",
        "no partial batch failures",
    ),
    fault(
        "MaximumConcurrency: 10",
        "MaximumConcurrency: 1",
        "maximum concurrency 1",
    ),
    fault(
        "VisibilityTimeout: 360",
        "VisibilityTimeout: 300",
        "less than six times",
    ),
    fault(
        "deadLetterTargetArn: !GetAtt TaskDeadLetterQueue.Arn",
        "deadLetterTargetArn: !GetAtt Table.Arn",
        "no dead-letter queue",
    ),
    fault(
        "maxReceiveCount: 5",
        "maxReceiveCount: 1",
        "receive limit 1",
    ),
    fault(
        "- anything-but: { prefix: tidings }",
        "- prefix: \"\"",
        "takes our own events",
    ),
    fault(
        "          - anything-but: { prefix: tidings. }\n",
        "          - anything-but: { prefix: tidings.poll }\n",
        "OwnBusRule: makes notifications of what asks for something else",
    ),
    fault(
        "          DeadLetterConfig: { Arn: !GetAtt NotificationDeadLetterQueue.Arn }\n",
        "",
        "loses what its target does not take",
    ),
    // schedules
    fault("rate(1 minute)", "rate(5 minute)", "no schedule is"),
    fault("rate(1 minute)", "cron(* * * * *)", "no schedule is"),
    // permissions
    fault("Resource: !GetAtt Table.Arn", "Resource: \"*\"", "on \"*\""),
    fault(
        "- dynamodb:GetItem",
        "- dynamodb:*",
        "allows \"dynamodb:*\"",
    ),
    fault(
        "                  - !GetAtt BroadcastQueue.Arn\n",
        "",
        "may not sqs:SendMessage BroadcastQueue",
    ),
    fault(
        "                  - !GetAtt TaskQueue.Arn\n",
        "                  - !GetAtt TaskQueue.Arn\n                  - !GetAtt BroadcastQueue.Arn\n",
        "MessagesFunction: may sqs:SendMessage BroadcastQueue for nothing",
    ),
    fault(
        "Condition:\n              StringEquals:",
        "Sid:\n              StringEquals:",
        "lets a whole service send",
    ),
    // variables
    fault(
        "NOTIFICATION_QUEUE_URL: !Ref NotificationQueue",
        "NOTIFICATIONS_QUEUE_URL: !Ref NotificationQueue",
        "NotifyFunction: reads NOTIFICATION_QUEUE_URL, which is not given",
    ),
    fault(
        "NOTIFICATION_QUEUE_URL: !Ref NotificationQueue",
        "NOTIFICATIONS_QUEUE_URL: !Ref NotificationQueue",
        "NotifyFunction: is given NOTIFICATIONS_QUEUE_URL",
    ),
    fault(
        "          ADMINS: !Ref Admins\n",
        "",
        "MessagesFunction: reads ADMINS, which is not given",
    ),
    fault(
        "          ADMINS: !Ref Admins\n",
        "",
        "MessagesFunction: its README lists ADMINS, which is not given",
    ),
    fault(
        "          ADMINS: !Ref Admins\n",
        "          ODD: !Ref Admins\n",
        "MessagesFunction: its README does not list ODD",
    ),
    // contract
    fault(
        "  BotOpenIdMetadata:",
        "  BotOpenIDMetadata:",
        "there is no parameter BotOpenIdMetadata",
    ),
    fault(
        "  DeliveryQueueUrl: {",
        "  DeliveriesQueueUrl: {",
        "there is no output DeliveryQueueUrl",
    ),
    fault(
        "NoEcho: true",
        "NoEcho: false",
        "MicrosoftAppPassword: is shown",
    ),
    fault(
        "    MinLength: 1",
        "    Default: x",
        "only the bot's id and tenant have no default",
    ),
    fault(
        "{ AttributeName: sk, KeyType: RANGE }",
        "{ AttributeName: id, KeyType: RANGE }",
        "other keys than the store's",
    ),
    fault(
        "AttributeName: expires",
        "AttributeName: expiry",
        "another time to live than the store's",
    ),
    fault(
        "PointInTimeRecoveryEnabled: true",
        "PointInTimeRecoveryEnabled: false",
        "no point-in-time recovery",
    ),
    fault(
        "PointInTimeRecoveryEnabled: false",
        "PointInTimeRecoveryEnabled: true",
        "its past states can be had",
    ),
    fault(
        "PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: false }",
        "StreamSpecification: { StreamViewType: NEW_IMAGE }",
        "StreamSpecification makes copies of it",
    ),
    fault(
        "BillingMode: PAY_PER_REQUEST",
        "BillingMode: PROVISIONED",
        "is not on demand",
    ),
    fault(
        "DeletionPolicy: Retain",
        "DeletionPolicy: Delete",
        "is deleted with its stack",
    ),
    fault(
        "DeletionPolicy: Delete",
        "DeletionPolicy: Snapshot",
        "outlives its stack, or leaves a copy",
    ),
];

#[test]
fn every_fault_is_found() {
    let sound = text();
    for Fault { from, to, found } in FAULTS {
        assert!(
            sound.contains(from),
            "the template no longer holds {from:?}"
        );
        let faulty = Template::parse(&sound.replacen(from, to, 1));
        let problems = problems(&faulty);
        assert!(
            problems.iter().any(|problem| problem.contains(found)),
            "{from:?} as {to:?} must be found ({found}); found was {problems:#?}"
        );
    }
}
