//! Just enough PEM (RFC 7468) to find a private key among certificates.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The DER bytes of the first block with one of these labels.
///
/// `None` when there is no such block or its content is not base64.
pub(crate) fn first_block(text: &str, labels: &[&str]) -> Option<Vec<u8>> {
    let mut lines = text.lines().map(str::trim);
    while let Some(line) = lines.next() {
        let Some(label) = line
            .strip_prefix("-----BEGIN ")
            .and_then(|rest| rest.strip_suffix("-----"))
        else {
            continue;
        };
        if !labels.contains(&label) {
            continue;
        }
        let body: String = lines
            .take_while(|line| !line.starts_with("-----END "))
            .collect();
        return STANDARD.decode(body).ok();
    }
    None
}
