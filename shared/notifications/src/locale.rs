//! Locale tags and their fallback.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;
use std::str::FromStr;

/// A locale tag such as `es`, `es-MX` or `zh-Hant-TW` (BCP 47, without
/// extensions), in canonical case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Locale(String);

/// The text is no locale tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a locale tag such as es or es-MX")]
pub struct NotALocale;

impl Locale {
    /// The tag.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The language alone: `es` of `es-MX`.
    #[must_use]
    pub fn language(&self) -> &str {
        self.0.split('-').next().unwrap_or(&self.0)
    }

    /// This tag, then the more general ones: `es-MX`, `es`.
    pub fn fallbacks(&self) -> impl Iterator<Item = &str> {
        let mut rest = Some(self.0.as_str());
        std::iter::from_fn(move || {
            let tag = rest?;
            rest = tag.rfind('-').map(|cut| &tag[..cut]);
            Some(tag)
        })
    }
}

impl FromStr for Locale {
    type Err = NotALocale;

    fn from_str(text: &str) -> Result<Self, NotALocale> {
        // Some clients write es_MX.
        let text = text.replace('_', "-");
        if text.len() > 35 {
            return Err(NotALocale);
        }
        let mut tag = String::with_capacity(text.len());
        for (position, part) in text.split('-').enumerate() {
            let letters = part.bytes().all(|b| b.is_ascii_alphabetic());
            let well_made = match position {
                0 => letters && (2..=3).contains(&part.len()),
                _ => {
                    (2..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric())
                }
            };
            if !well_made {
                return Err(NotALocale);
            }
            if position > 0 {
                tag.push('-');
            }
            match (position, part.len(), letters) {
                (1.., 2, true) => tag.push_str(&part.to_ascii_uppercase()),
                (1.., 4, true) => {
                    tag.push_str(&part[..1].to_ascii_uppercase());
                    tag.push_str(&part[1..].to_ascii_lowercase());
                }
                _ => tag.push_str(&part.to_ascii_lowercase()),
            }
        }
        Ok(Self(tag))
    }
}

impl fmt::Display for Locale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for Locale {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Locale {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::Locale;

    #[test]
    fn tags_are_written_in_canonical_case() {
        for (given, canonical) in [
            ("es", "es"),
            ("ES-mx", "es-MX"),
            ("zh-hant-tw", "zh-Hant-TW"),
            ("es-419", "es-419"),
            ("en_GB", "en-GB"),
        ] {
            assert_eq!(given.parse::<Locale>().unwrap().as_str(), canonical);
        }
    }

    #[test]
    fn what_is_no_tag_is_refused() {
        for text in [
            "", "e", "spanish", "es-", "-es", "es-M", "es mx", "1s", "español",
        ] {
            assert!(text.parse::<Locale>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_tag_falls_back_to_its_language() {
        let locale: Locale = "zh-Hant-TW".parse().unwrap();
        assert_eq!(
            locale.fallbacks().collect::<Vec<_>>(),
            ["zh-Hant-TW", "zh-Hant", "zh"]
        );
        assert_eq!(locale.language(), "zh");
    }
}
