//! The cards as they are, in both languages.

use crate::{rules, samples};
use serde_json::json;

#[test]
fn every_card_is_as_it_was_approved() {
    for (language, locale) in [("en", "en-US"), ("es", "es-MX")] {
        for (name, message) in samples::all(locale) {
            insta::assert_json_snapshot!(
                format!("{name}.{language}"),
                json!({ "summary": message.summary, "card": message.card })
            );
        }
    }
}

#[test]
fn every_card_keeps_the_rules_of_teams() {
    for locale in ["en-US", "es-ES"] {
        for (name, message) in samples::all(locale) {
            let broken = rules::broken(&message);
            assert!(broken.is_empty(), "{name} ({locale}): {broken:#?}");
        }
    }
}

#[test]
fn a_reader_of_another_language_reads_english() {
    assert_eq!(samples::all("de-DE"), samples::all("en-US"));
}

#[test]
fn nothing_is_left_untranslated() {
    let spanish = samples::all("es-ES");
    for ((name, english), (_, spanish)) in samples::all("en-US").into_iter().zip(spanish) {
        if !name.starts_with("notification-least") {
            assert_ne!(english.card, spanish.card, "{name}");
        }
    }
}
