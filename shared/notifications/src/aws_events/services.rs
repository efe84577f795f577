//! What services are called.

/// The name of the service behind an event source: `Amazon S3` for `aws.s3`.
pub(super) fn name(source: &str) -> String {
    let known = match source {
        "aws.autoscaling" => "Amazon EC2 Auto Scaling",
        "aws.backup" => "AWS Backup",
        "aws.batch" => "AWS Batch",
        "aws.cloudformation" => "AWS CloudFormation",
        "aws.cloudwatch" => "Amazon CloudWatch",
        "aws.codebuild" => "AWS CodeBuild",
        "aws.codecommit" => "AWS CodeCommit",
        "aws.codedeploy" => "AWS CodeDeploy",
        "aws.codepipeline" => "AWS CodePipeline",
        "aws.config" => "AWS Config",
        "aws.dms" => "AWS DMS",
        "aws.ec2" => "Amazon EC2",
        "aws.ecr" => "Amazon ECR",
        "aws.ecs" => "Amazon ECS",
        "aws.eks" => "Amazon EKS",
        "aws.elasticache" => "Amazon ElastiCache",
        "aws.emr" => "Amazon EMR",
        "aws.events" => "Amazon EventBridge",
        "aws.glue" => "AWS Glue",
        "aws.guardduty" => "Amazon GuardDuty",
        "aws.health" => "AWS Health",
        "aws.iam" => "AWS IAM",
        "aws.inspector2" => "Amazon Inspector",
        "aws.kms" => "AWS KMS",
        "aws.lambda" => "AWS Lambda",
        "aws.macie" => "Amazon Macie",
        "aws.rds" => "Amazon RDS",
        "aws.redshift" => "Amazon Redshift",
        "aws.s3" => "Amazon S3",
        "aws.scheduler" => "Amazon EventBridge Scheduler",
        "aws.securityhub" => "AWS Security Hub",
        "aws.signin" => "AWS Sign-In",
        "aws.ssm" => "AWS Systems Manager",
        "aws.states" => "AWS Step Functions",
        "aws.support" => "AWS Support",
        "aws.trustedadvisor" => "AWS Trusted Advisor",
        _ => "",
    };
    if !known.is_empty() {
        return known.to_owned();
    }
    match source.strip_prefix("aws.") {
        Some(service) => format!("AWS {service}"),
        None => source.to_owned(),
    }
}
