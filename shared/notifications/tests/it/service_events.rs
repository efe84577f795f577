//! What service events say. The events are shaped as each service documents them.

use notifications::envelope::unwrap;
use notifications::{Carrier, Importance, Locale, Notification, Unwrapped};
use serde_json::{Value, json};

fn event(source: &str, kind: &str, resources: &[&str], detail: Value) -> Value {
    json!({
        "version": "0",
        "id": "7bf73129-1428-4cd3-a780-95db273d1602",
        "detail-type": kind,
        "source": source,
        "account": "123456789012",
        "time": "2026-10-08T09:30:00Z",
        "region": "eu-west-1",
        "resources": resources,
        "detail": detail,
    })
}

fn described(event: &Value) -> Notification {
    match unwrap(event.to_string().as_bytes(), &Carrier::queue("m", None)).unwrap() {
        Unwrapped::Notification(incoming) => incoming.notification,
        Unwrapped::Ours => panic!("taken for our own"),
    }
}

/// What an event says in both languages, and what else a reader sees.
fn told(event: &Value) -> Value {
    let notification = described(event);
    let spanish: Locale = "es-ES".parse().unwrap();
    let (en, es) = (notification.texts(None), notification.texts(Some(&spanish)));
    let facts = |texts: &notifications::Texts<'_>| -> Vec<String> {
        texts
            .facts
            .iter()
            .map(|fact| format!("{}: {}", fact.title, fact.value))
            .collect()
    };
    json!({
        "what": [en.what, es.what],
        "item": notification.item,
        "actor": notification.actor,
        "topic": notification.topic,
        "importance": notification.importance,
        "incident": notification.incident,
        "actions": notification.actions,
        "acciones": es.actions,
        "facts": facts(&en),
        "datos": facts(&es),
        "body": notification.body,
    })
}

const CLUSTER: &str = "arn:aws:ecs:eu-west-1:123456789012:cluster/shop";

/// One event of each service that is known by name, and some that are not.
fn all() -> Vec<(&'static str, Value)> {
    vec![
        (
            "cloudwatch-alarm",
            event(
                "aws.cloudwatch",
                "CloudWatch Alarm State Change",
                &["arn:aws:cloudwatch:eu-west-1:123456789012:alarm:orders 5xx"],
                json!({
                    "alarmName": "orders 5xx",
                    "configuration": {
                        "description": "More than 1% of orders fail.",
                        "metrics": [{"id": "m1", "metricStat": {"metric": {"name": "HTTPCode_Target_5XX_Count", "namespace": "AWS/ApplicationELB"}, "period": 300, "stat": "Sum"}}],
                    },
                    "previousState": {"value": "OK"},
                    "state": {"value": "ALARM", "reason": "Threshold Crossed: 1 datapoint [5.2] was greater than the threshold (1.0)."},
                }),
            ),
        ),
        (
            "cloudwatch-ok",
            event(
                "aws.cloudwatch",
                "CloudWatch Alarm State Change",
                &["arn:aws:cloudwatch:eu-west-1:123456789012:alarm:orders 5xx"],
                json!({"alarmName": "orders 5xx", "previousState": {"value": "ALARM"}, "state": {"value": "OK"}}),
            ),
        ),
        (
            "cloudwatch-composite",
            event(
                "aws.cloudwatch",
                "CloudWatch Alarm State Change",
                &[],
                json!({"alarmName": "all", "configuration": {"alarmRule": "ALARM(a) OR ALARM(b)"}, "state": {"value": "INSUFFICIENT_DATA"}}),
            ),
        ),
        (
            "codepipeline",
            event(
                "aws.codepipeline",
                "CodePipeline Pipeline Execution State Change",
                &["arn:aws:codepipeline:eu-west-1:123456789012:checkout"],
                json!({"pipeline": "checkout", "execution-id": "0f2b", "state": "FAILED", "execution-trigger": {"trigger-type": "StartPipelineExecution", "trigger-detail": "arn:aws:iam::123456789012:user/ben"}}),
            ),
        ),
        (
            "codepipeline-action",
            event(
                "aws.codepipeline",
                "CodePipeline Action Execution State Change",
                &[],
                json!({"pipeline": "checkout", "execution-id": "0f2b", "stage": "Prod", "action": "Deploy", "state": "SUCCEEDED", "execution-result": {"external-execution-summary": "Deployment succeeded", "external-execution-url": "https://example.com/run"}}),
            ),
        ),
        (
            "codebuild",
            event(
                "aws.codebuild",
                "CodeBuild Build State Change",
                &["arn:aws:codebuild:eu-west-1:123456789012:build/checkout:8745a7a9"],
                json!({
                    "build-status": "FAILED", "project-name": "checkout",
                    "build-id": "arn:aws:codebuild:eu-west-1:123456789012:build/checkout:8745a7a9",
                    "current-phase": "COMPLETED",
                    "additional-information": {
                        "initiator": "ben", "source-version": "main",
                        "source": {"location": "https://github.example/contoso/checkout.git", "type": "GITHUB"},
                        "logs": {"deep-link": "https://console.aws.amazon.com/cloudwatch/home?region=eu-west-1#logEvent:group=/aws/codebuild/checkout"},
                    },
                }),
            ),
        ),
        (
            "ecs-task",
            event(
                "aws.ecs",
                "ECS Task State Change",
                &["arn:aws:ecs:eu-west-1:123456789012:task/shop/7b6c"],
                json!({
                    "clusterArn": CLUSTER, "taskArn": "arn:aws:ecs:eu-west-1:123456789012:task/shop/7b6c",
                    "group": "service:checkout", "lastStatus": "STOPPED", "desiredStatus": "STOPPED",
                    "stopCode": "EssentialContainerExited", "stoppedReason": "Essential container in task exited",
                    "containers": [{"name": "web", "exitCode": 137}, {"name": "proxy", "exitCode": 0}],
                }),
            ),
        ),
        (
            "ecs-deployment",
            event(
                "aws.ecs",
                "ECS Deployment State Change",
                &["arn:aws:ecs:eu-west-1:123456789012:service/shop/checkout"],
                json!({"eventType": "ERROR", "eventName": "SERVICE_DEPLOYMENT_FAILED", "deploymentId": "ecs-svc/123", "reason": "ECS deployment circuit breaker: task failed to start."}),
            ),
        ),
        (
            "ecs-service",
            event(
                "aws.ecs",
                "ECS Service Action",
                &["arn:aws:ecs:eu-west-1:123456789012:service/shop/checkout"],
                json!({"eventType": "INFO", "eventName": "SERVICE_STEADY_STATE", "clusterArn": CLUSTER}),
            ),
        ),
        (
            "health",
            event(
                "aws.health",
                "AWS Health Event",
                &["i-0abc1234def567890"],
                json!({
                    "eventArn": "arn:aws:health:eu-west-1::event/EC2/AWS_EC2_OPERATIONAL_ISSUE/1",
                    "service": "EC2", "eventTypeCode": "AWS_EC2_OPERATIONAL_ISSUE", "eventTypeCategory": "issue",
                    "statusCode": "open", "startTime": "Thu, 8 Oct 2026 09:00:00 GMT",
                    "eventDescription": [{"language": "en_US", "latestDescription": "Instances may be slow to start."}],
                    "affectedEntities": [{"entityValue": "i-0abc1234def567890"}],
                }),
            ),
        ),
        (
            "ec2-state",
            event(
                "aws.ec2",
                "EC2 Instance State-change Notification",
                &["arn:aws:ec2:eu-west-1:123456789012:instance/i-0abc1234def567890"],
                json!({"instance-id": "i-0abc1234def567890", "state": "terminated"}),
            ),
        ),
        (
            "ec2-spot",
            event(
                "aws.ec2",
                "EC2 Spot Instance Interruption Warning",
                &["arn:aws:ec2:eu-west-1a:instance/i-0abc1234def567890"],
                json!({"instance-id": "i-0abc1234def567890", "instance-action": "terminate"}),
            ),
        ),
        (
            "stepfunctions",
            event(
                "aws.states",
                "Step Functions Execution Status Change",
                &["arn:aws:states:eu-west-1:123456789012:execution:settle:run-7"],
                json!({
                    "executionArn": "arn:aws:states:eu-west-1:123456789012:execution:settle:run-7",
                    "stateMachineArn": "arn:aws:states:eu-west-1:123456789012:stateMachine:settle",
                    "name": "run-7", "status": "TIMED_OUT", "cause": null,
                }),
            ),
        ),
        (
            "guardduty",
            event(
                "aws.guardduty",
                "GuardDuty Finding",
                &[],
                json!({
                    "id": "3ac5f2b1", "type": "UnauthorizedAccess:EC2/SSHBruteForce", "severity": 8,
                    "title": "198.51.100.7 is performing SSH brute force attacks.", "description": "Guessing of passwords.",
                    "resource": {"resourceType": "Instance"}, "service": {"count": 12},
                }),
            ),
        ),
        (
            "backup",
            event(
                "aws.backup",
                "Backup Job State Change",
                &["arn:aws:backup:eu-west-1:123456789012:backup-vault:daily"],
                json!({
                    "backupJobId": "abc-1", "state": "FAILED", "resourceType": "RDS", "backupVaultName": "daily",
                    "resourceArn": "arn:aws:rds:eu-west-1:123456789012:db:orders", "statusMessage": "The vault is locked.",
                }),
            ),
        ),
        (
            "api-call",
            event(
                "aws.iam",
                "AWS API Call via CloudTrail",
                &[],
                json!({
                    "eventName": "CreateUser", "eventSource": "iam.amazonaws.com", "sourceIPAddress": "198.51.100.7",
                    "userIdentity": {"type": "IAMUser", "userName": "ben", "arn": "arn:aws:iam::123456789012:user/ben"},
                }),
            ),
        ),
        (
            "another-service",
            event(
                "aws.s3",
                "Object Created",
                &["arn:aws:s3:::invoices"],
                json!({"version": "0", "bucket": {"name": "invoices"}, "reason": "PutObject", "requester": "123456789012"}),
            ),
        ),
        (
            "an-application",
            event(
                "com.contoso.billing",
                "Invoice overdue",
                &[],
                json!({"id": "INV-2044", "customer": "Fabrikam", "amount": 1250, "status": "overdue", "url": "https://billing.contoso.example/INV-2044", "lines": [1, 2]}),
            ),
        ),
    ]
}

#[test]
fn each_service_event_says_what_a_person_would() {
    for (name, event) in all() {
        insta::assert_json_snapshot!(name, told(&event));
    }
}

#[test]
fn each_is_a_notification_of_the_contract_in_two_languages() {
    let spanish: Locale = "es".parse().unwrap();
    for (name, event) in all() {
        let notification = described(&event);
        let written = serde_json::to_value(&notification).unwrap();
        assert_eq!(
            Notification::from_value(&written).as_ref(),
            Ok(&notification),
            "{name}"
        );
        assert!(
            !notification.actions.is_empty(),
            "{name} has something to do"
        );
        assert!(notification.item.url.is_some(), "{name} leads somewhere");
        let generic = ["another-service", "an-application"].contains(&name);
        let translated = notification.texts(Some(&spanish)).what != notification.what;
        assert_eq!(translated, !generic, "{name}");
    }
}

#[test]
fn an_event_that_lacks_what_its_kind_needs_is_still_described() {
    for (name, mut event) in all() {
        event["detail"] = json!({});
        event["resources"] = json!([]);
        let notification = described(&event);
        assert_eq!(
            notification.what,
            event["detail-type"].as_str().unwrap(),
            "{name}"
        );
        assert_eq!(notification.importance, Importance::Normal, "{name}");
    }
}

#[test]
fn an_event_of_an_application_does_not_lead_to_the_console() {
    let notification = described(&event(
        "com.contoso.billing",
        "Paid",
        &[],
        json!({"id": "INV-1"}),
    ));
    assert!(notification.actions.is_empty() && notification.item.url.is_none());
    assert_eq!(notification.actor.name, "com.contoso.billing");
}

#[test]
fn the_console_is_that_of_the_partition() {
    for (region, host) in [
        ("eu-west-1", "https://console.aws.amazon.com/"),
        ("cn-north-1", "https://console.amazonaws.cn/"),
        ("us-gov-west-1", "https://console.amazonaws-us-gov.com/"),
        ("evil.example/?", "https://console.aws.amazon.com/"),
    ] {
        let mut event = all().swap_remove(0).1;
        event["region"] = region.into();
        let url = described(&event).item.url.unwrap();
        assert!(url.as_str().starts_with(host), "{url}");
        assert!(!url.as_str().contains("evil"), "{url}");
    }
}
