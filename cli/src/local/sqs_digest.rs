//! The digests SQS answers with, so that a client which checks them is content.

use std::collections::BTreeMap;

use md5::Context;

/// `MD5OfMessageBody`.
pub(super) fn body_md5(body: &str) -> String {
    format!("{:x}", md5::compute(body))
}

/// `MD5OfMessageAttributes`: over name, data type, transport type and value of each attribute in
/// the order of their names, each string with its length in front.
///
/// See the SQS developer guide, "Calculating the MD5 message digest for message attributes".
pub(super) fn attributes_md5(attributes: &BTreeMap<String, String>) -> String {
    const STRING_VALUE: u8 = 1;
    let mut digest = Context::new();
    for (name, value) in attributes {
        update_with_length(&mut digest, name);
        update_with_length(&mut digest, "String");
        digest.consume([STRING_VALUE]);
        update_with_length(&mut digest, value);
    }
    format!("{:x}", digest.compute())
}

fn update_with_length(digest: &mut Context, text: &str) {
    digest.consume((text.len() as u32).to_be_bytes());
    digest.consume(text);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_of_a_body_is_its_md5() {
        assert_eq!(body_md5("hello"), "5d41402abc4b2a76b9719d911017c592");
    }
}
