//! Just enough PEM (RFC 7468) to find a private key among certificates.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The DER bytes of the first block with one of these labels.
///
/// `None` when there is no such block or its content is not base64.
pub(crate) fn first_block(text: &str, labels: &[&str]) -> Option<Vec<u8>> {
    next_block(&mut lines(text), labels)
}

/// The certificates of PEM text as DER, in order: the leaf and its chain.
///
/// Other blocks, such as private keys, are passed over; nothing is checked but
/// the base64, and what is not base64 ends the list.
#[must_use]
pub fn certificates_from_pem(text: &str) -> Vec<Vec<u8>> {
    let mut lines = lines(text);
    std::iter::from_fn(|| next_block(&mut lines, &["CERTIFICATE"])).collect()
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim)
}

fn next_block<'t>(lines: &mut impl Iterator<Item = &'t str>, labels: &[&str]) -> Option<Vec<u8>> {
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
            .by_ref()
            .take_while(|line| !line.starts_with("-----END "))
            .collect();
        return STANDARD.decode(body).ok();
    }
    None
}
