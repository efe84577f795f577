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
