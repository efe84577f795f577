//! Where a service is, when no endpoint is set.

/// The address of a service in a region: `https://sqs.eu-west-1.amazonaws.com/`.
///
/// `name` is the service's first label. The SDKs have the same table as rules, with endpoints for FIPS and dual stack that
/// nothing here asks for; a test compares the two.
pub(crate) fn standard(name: &str, region: &str) -> String {
    let suffix = match region.split('-').next().unwrap_or_default() {
        "cn" => "amazonaws.com.cn",
        "eusc" => "amazonaws.eu",
        "eu" if region.starts_with("eu-isoe-") => "cloud.adc-e.uk",
        "us" if region.starts_with("us-isof-") => "csp.hci.ic.gov",
        "us" if region.starts_with("us-isob-") => "sc2s.sgov.gov",
        "us" if region.starts_with("us-iso-") => "c2s.ic.gov",
        _ => "amazonaws.com",
    };
    format!("https://{name}.{region}.{suffix}/")
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::config::endpoint as dynamodb;
    use aws_sdk_scheduler::config::endpoint as scheduler;
    use aws_sdk_sqs::config::endpoint as sqs;
    use dynamodb::ResolveEndpoint as _;
    use scheduler::ResolveEndpoint as _;
    use sqs::ResolveEndpoint as _;

    use super::*;

    #[tokio::test]
    async fn the_address_is_the_one_that_the_sdk_knows() {
        for region in [
            "us-east-1",
            "eu-west-1",
            "ap-southeast-7",
            "mx-central-1",
            "il-central-1",
            "us-gov-west-1",
            "cn-north-1",
            "cn-northwest-1",
            "us-iso-east-1",
            "us-isob-east-1",
            "us-isof-south-1",
            "eu-isoe-west-1",
            "eusc-de-east-1",
        ] {
            let params = dynamodb::Params::builder().region(region).build();
            let theirs = dynamodb::DefaultResolver::new()
                .resolve_endpoint(&params.expect("complete"))
                .await
                .expect("an endpoint");
            let ours = standard("dynamodb", region);
            assert_eq!(ours.trim_end_matches('/'), theirs.url(), "{region}");

            let params = sqs::Params::builder().region(region).build();
            let theirs = sqs::DefaultResolver::new()
                .resolve_endpoint(&params.expect("complete"))
                .await
                .expect("an endpoint");
            let ours = standard("sqs", region);
            assert_eq!(ours.trim_end_matches('/'), theirs.url(), "{region}");

            let params = scheduler::Params::builder().region(region).build();
            let theirs = scheduler::DefaultResolver::new()
                .resolve_endpoint(&params.expect("complete"))
                .await
                .expect("an endpoint");
            let ours = standard("scheduler", region);
            assert_eq!(ours.trim_end_matches('/'), theirs.url(), "{region}");
        }
    }
}
