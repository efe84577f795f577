//! As much ASN.1 as it takes to get the public key out of a certificate.

/// The `RSAPublicKey` (PKCS#1) inside an X.509 certificate.
///
/// `Certificate ::= SEQUENCE { tbsCertificate SEQUENCE { [0] version?, serial,
/// signature, issuer, validity, subject, subjectPublicKeyInfo SEQUENCE {
/// algorithm, BIT STRING }, … }, … }` (RFC 5280, 4.1)
pub(crate) fn rsa_public_key(certificate: &[u8]) -> Option<&[u8]> {
    let (whole, _) = element(certificate, SEQUENCE)?;
    let (mut rest, _) = element(whole, SEQUENCE)?;
    if rest.first() == Some(&VERSION) {
        rest = element(rest, VERSION)?.1;
    }
    for tag in [INTEGER, SEQUENCE, SEQUENCE, SEQUENCE, SEQUENCE] {
        rest = element(rest, tag)?.1;
    }
    let (key_info, _) = element(rest, SEQUENCE)?;
    let (_algorithm, rest) = element(key_info, SEQUENCE)?;
    let (bits, _) = element(rest, BIT_STRING)?;
    // The first byte of a bit string counts the unused bits: none.
    bits.strip_prefix(&[0])
}

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const SEQUENCE: u8 = 0x30;
const VERSION: u8 = 0xa0;

/// The content of the element at the start, and what follows it.
fn element(input: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (&found, rest) = input.split_first()?;
    let (&first, mut rest) = rest.split_first()?;
    if found != tag {
        return None;
    }
    let mut length = usize::from(first);
    if first & 0x80 != 0 {
        let bytes = usize::from(first & 0x7f);
        if bytes == 0 || bytes > 4 {
            return None;
        }
        let (digits, after) = rest.split_at_checked(bytes)?;
        length = digits
            .iter()
            .fold(0, |length, digit| length << 8 | usize::from(*digit));
        rest = after;
    }
    rest.split_at_checked(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_of_a_certificate_is_found() {
        let der = crate::keys::pem_body(crate::BOT_CERTIFICATE_PEM).unwrap();
        let key = rsa_public_key(&der).unwrap();
        // A 2,048 bit modulus and the exponent 65,537 make 270 bytes.
        assert_eq!(key.len(), 270);
    }

    #[test]
    fn what_is_no_certificate_has_no_key() {
        for bytes in [
            &[][..],
            &[0x30],
            &[0x30, 0x84, 1],
            &[0x30, 0x03, 0x02, 0x01],
        ] {
            assert_eq!(rsa_public_key(bytes), None);
        }
    }
}
