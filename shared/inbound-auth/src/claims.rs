use activity::AppId;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Number;

use crate::TokenFault;

/// Clocks may differ by five minutes, as in every SDK.
const SKEW: i64 = 300;

/// What the token says. Real ones have no `iat` and no `sub`, and spell
/// `serviceurl` in lower case (protocol reference §2.3).
#[derive(Debug, Deserialize)]
pub(crate) struct Claims {
    #[serde(default)]
    iss: Option<String>,
    #[serde(default)]
    aud: Option<Audience>,
    #[serde(default)]
    exp: Option<Number>,
    #[serde(default)]
    nbf: Option<Number>,
    #[serde(default)]
    serviceurl: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

impl Claims {
    /// Judges all that needs no key and no activity, so that a token which is
    /// not for us never makes us ask the provider.
    pub(crate) fn check(
        &self,
        issuer: &str,
        app: &AppId,
        now: Timestamp,
    ) -> Result<(), TokenFault> {
        if self.iss.as_deref() != Some(issuer) {
            return Err(TokenFault::Issuer);
        }
        let ours = |aud: &String| aud.eq_ignore_ascii_case(app.as_str());
        let for_us = match &self.aud {
            Some(Audience::One(aud)) => ours(aud),
            Some(Audience::Several(auds)) => auds.iter().any(ours),
            None => false,
        };
        if !for_us {
            return Err(TokenFault::Audience);
        }
        let now = now.as_second();
        let expires = self.exp.as_ref().and_then(seconds);
        if expires.is_none_or(|exp| now.saturating_sub(SKEW) >= exp) {
            return Err(TokenFault::Expired);
        }
        match self.nbf.as_ref().map(seconds) {
            Some(None) => return Err(TokenFault::Malformed),
            Some(Some(nbf)) if now.saturating_add(SKEW) < nbf => {
                return Err(TokenFault::NotYetValid);
            }
            _ => {}
        }
        if self.serviceurl.as_deref().is_none_or(str::is_empty) {
            return Err(TokenFault::ServiceUrl);
        }
        Ok(())
    }

    pub(crate) fn service_url(&self) -> &str {
        self.serviceurl.as_deref().unwrap_or_default()
    }
}

/// RFC 7519 allows fractions of a second.
fn seconds(number: &Number) -> Option<i64> {
    number.as_i64().or_else(|| {
        let seconds = number.as_f64()?.floor();
        // Within ±2^53 a float is exact.
        (seconds.abs() < 9_007_199_254_740_992.0).then_some(seconds as i64)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    const ISSUER: &str = "https://api.botframework.com";
    const APP: &str = "5710acff-f313-453f-8b75-44fff54bab14";
    const NBF: i64 = 1_594_921_910;
    const EXP: i64 = NBF + 3600;

    fn good() -> Value {
        json!({
            "serviceurl": "https://smba.trafficmanager.net/amer/",
            "nbf": NBF, "exp": EXP, "iss": ISSUER, "aud": APP,
        })
    }

    fn check_at(claims: Value, now: i64) -> Result<(), TokenFault> {
        let claims: Claims = serde_json::from_value(claims).unwrap();
        let now = Timestamp::from_second(now).unwrap();
        claims.check(ISSUER, &APP.into(), now)
    }

    fn check(change: impl FnOnce(&mut Value)) -> Result<(), TokenFault> {
        let mut claims = good();
        change(&mut claims);
        check_at(claims, NBF + 60)
    }

    #[test]
    fn a_real_token_has_neither_iat_nor_sub() {
        assert_eq!(check(|_| {}), Ok(()));
    }

    #[test]
    fn the_issuer_is_compared_exactly() {
        for issuer in [
            json!("https://api.botframework.com/"),
            json!("https://sts.windows.net/x/"),
            json!(null),
        ] {
            assert_eq!(check(|c| c["iss"] = issuer), Err(TokenFault::Issuer));
        }
    }

    #[test]
    fn the_audience_is_this_bot() {
        assert_eq!(check(|c| c["aud"] = json!([APP])), Ok(()));
        assert_eq!(check(|c| c["aud"] = json!(APP.to_uppercase())), Ok(()));
        for audience in [
            json!("other"),
            json!([]),
            json!(null),
            json!("https://api.botframework.com"),
        ] {
            assert_eq!(check(|c| c["aud"] = audience), Err(TokenFault::Audience));
        }
    }

    #[test]
    fn a_token_without_an_end_or_a_place_is_refused() {
        assert_eq!(check(|c| c["exp"] = json!(null)), Err(TokenFault::Expired));
        assert_eq!(check(|c| c["exp"] = json!(1e300)), Err(TokenFault::Expired));
        assert_eq!(
            check(|c| c["nbf"] = json!(1e300)),
            Err(TokenFault::Malformed)
        );
        assert_eq!(check(|c| c["nbf"] = json!(null)), Ok(()));
        assert_eq!(
            check(|c| c["serviceurl"] = json!("")),
            Err(TokenFault::ServiceUrl)
        );
        assert_eq!(
            check(|c| c["serviceurl"] = json!(null)),
            Err(TokenFault::ServiceUrl)
        );
    }

    proptest! {
        #[test]
        fn time_is_judged_with_five_minutes_of_skew(now in NBF - 1000..EXP + 1000) {
            let expected = if now >= EXP + 300 {
                Err(TokenFault::Expired)
            } else if now < NBF - 300 {
                Err(TokenFault::NotYetValid)
            } else {
                Ok(())
            };
            prop_assert_eq!(check_at(good(), now), expected);
        }
    }
}
