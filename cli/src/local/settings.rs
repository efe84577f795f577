//! What a local run can set differently from the defaults: the settings of a deployment that change what is sent.

use anyhow::anyhow;

/// The variables that `--set` takes.
const NAMES: [&str; 12] = [
    "ADMINS",
    "ALARM_SHARE",
    "BROADCAST_APPROVAL_ABOVE",
    "BULK_OPERATIONS",
    "CANARY_ABOVE",
    "CANARY_BOUND_PERCENT",
    "CANARY_PERCENT",
    "DELIVERY_RATE",
    "INSTALL_WAIT_DAYS",
    "OTHER_RATE",
    "WATCH_ALLOW_LOOPBACK",
    "WATCH_FAILED_HOURS",
];

/// A variable of the functions, and its value.
pub(crate) type Setting = (&'static str, String);

/// Reads `NAME=VALUE`. Whether the value will do, the function says that reads it.
///
/// # Errors
///
/// When it is no assignment, or the name is none that can be set; the message lists those.
pub(crate) fn setting(text: &str) -> anyhow::Result<Setting> {
    let assignment = text.split_once('=');
    let (name, value) = assignment.ok_or_else(|| anyhow!("expected NAME=VALUE"))?;
    let known = NAMES.into_iter().find(|known| *known == name);
    let name =
        known.ok_or_else(|| anyhow!("{name:?} cannot be set; what can: {}", NAMES.join(", ")))?;
    // It may be printed for a shell to evaluate.
    if value.contains(['\'', '\n']) {
        return Err(anyhow!("{name} takes no quotation marks or line breaks"));
    }
    Ok((name, value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_is_a_name_and_a_value() {
        let read = setting("BROADCAST_APPROVAL_ABOVE=2").unwrap();
        assert_eq!(read, ("BROADCAST_APPROVAL_ABOVE", "2".to_owned()));
    }

    #[test]
    fn what_cannot_be_set_is_refused_with_what_can() {
        let error = setting("TABLE_NAME=other").unwrap_err().to_string();
        assert!(error.contains("TABLE_NAME"), "{error}");
        assert!(error.contains("CANARY_ABOVE"), "{error}");
        assert!(setting("CANARY_ABOVE").is_err());
        assert!(setting("ADMINS='; echo").is_err());
    }
}
