//! What holds for every document.

use std::collections::BTreeSet;

use notifications::Notification;
use proptest::collection::vec;
use proptest::prelude::*;
use sources::Cursor;

use super::{at, watch, with};

/// A feed of some of the entries 0 to 39, in some order; some look dated.
fn feed(entries: &[u8]) -> String {
    let entry = |n: &u8| {
        let date = if n.is_multiple_of(3) {
            ""
        } else {
            "<updated>2026-01-01T10:00:00Z</updated>"
        };
        format!("<entry><id>e{n}</id><title>Entry {n}</title>{date}</entry>")
    };
    format!(
        "<feed>{}</feed>",
        entries.iter().map(entry).collect::<String>()
    )
}

/// What happens at a look: what the source has, and whether the look is lost before its cursor was written.
#[derive(Clone, Debug)]
struct Step {
    entries: Vec<u8>,
    is_lost: bool,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let entries =
        proptest::sample::subsequence((0..40u8).collect::<Vec<_>>(), 0..40).prop_shuffle();
    let step = (entries, any::<bool>());
    vec(
        step.prop_map(|(entries, is_lost)| Step { entries, is_lost }),
        1..12,
    )
}

proptest! {
    #[test]
    fn whatever_the_source_does_each_entry_is_told_once(first in vec(0..40u8, 0..20), steps in steps()) {
        let watch = watch("atom");
        let mut cursor = at(&watch, None, &feed(&first), 5).unwrap().cursor;
        let mut known: BTreeSet<u8> = first.into_iter().collect();
        let mut told = BTreeSet::new();
        for step in &steps {
            let look = at(&watch, Some(&cursor), &feed(&step.entries), 5).unwrap();
            let new = step.entries.iter().filter(|n| !known.contains(n)).count();
            prop_assert_eq!(look.news.len(), new.min(5));
            prop_assert_eq!(look.is_partial, new > 5);
            if step.is_lost {
                // The same look again tells the same, under the same ids.
                let again = at(&watch, Some(&cursor), &feed(&step.entries), 5).unwrap();
                prop_assert_eq!(&again, &look);
            }
            for news in &look.news {
                prop_assert!(told.insert(news.id.clone()), "told twice");
                let number: u8 = news.what["Entry ".len()..].parse().unwrap();
                prop_assert!(known.insert(number));
            }
            cursor = look.cursor;
        }
        prop_assert!(serde_json::to_string(&cursor).unwrap().len() < 28_000);
    }

    #[test]
    fn any_text_makes_a_notification_that_the_contract_takes(
        title in any::<String>(), id in any::<String>(), url in any::<String>(), body in any::<String>(), name in any::<String>(),
    ) {
        let json = with(serde_json::json!({ "url": "https://api.contoso.example/", "pointer": "" }));
        let entry = serde_json::json!([{ "id": id, "title": title, "url": url, "body": body }]).to_string();
        let statuspage = serde_json::json!({ "page": { "name": name }, "incidents": [{
            "id": id, "name": title, "impact": body, "shortlink": url,
            "incident_updates": [{ "id": id, "status": name, "body": body, "affected_components": [{ "name": name }] }],
        }] }).to_string();
        for (watch, empty, body) in [
            (json, "[]", &entry),
            (watch("statuspage"), r#"{"incidents": []}"#, &statuspage),
        ] {
            let first = at(&watch, None, empty, 20).unwrap();
            let look = at(&watch, Some(&first.cursor), body, 20).unwrap();
            prop_assert_eq!(look.news.len(), 1);
            for news in look.news {
                let json = serde_json::to_value(&news).unwrap();
                let read = Notification::from_value(&json);
                prop_assert_eq!(read.as_ref(), Ok(&news), "{}", json);
                if let Some(url) = json["actions"][0]["url"].as_str() {
                    prop_assert!(url.starts_with("https://"));
                }
            }
        }
    }

    #[test]
    fn a_value_that_stays_tells_nothing(value in any::<String>(), other in any::<String>()) {
        let watch = with(serde_json::json!({ "url": "https://api.contoso.example/", "pointer": "" }));
        let [value_json, other_json] = [&value, &other].map(|text| serde_json::json!({ "a": text }).to_string());
        let first = at(&watch, None, &value_json, 20).unwrap();
        let same = at(&watch, Some(&first.cursor), &value_json, 20).unwrap();
        prop_assert_eq!(&same.news, &vec![]);
        prop_assert_eq!(&same.cursor, &first.cursor);
        let changed = at(&watch, Some(&first.cursor), &other_json, 20).unwrap();
        prop_assert_eq!(changed.news.len(), usize::from(value != other));
        for news in changed.news {
            let json = serde_json::to_value(&news).unwrap();
            prop_assert_eq!(Notification::from_value(&json), Ok(news));
        }
    }

    #[test]
    fn no_bytes_break_the_readers(bytes in vec(any::<u8>(), 0..400), text in "[<>/&;a-z\"'=!?\\[\\] -]{0,200}") {
        for kind in ["atom", "json", "statuspage", "github"] {
            let watch = watch(kind);
            let feed = format!("<rss><channel>{text}</channel></rss>");
            for body in [&bytes[..], text.as_bytes(), feed.as_bytes()] {
                let document = sources::Document { url: &watch.url, body };
                let tenant = activity::ids::TenantId::new("tenant");
                let looked = sources::look(&watch, &tenant, Some(&Cursor::default()), &document, 20);
                if let Ok(look) = looked {
                    for news in look.news {
                        let json = serde_json::to_value(&news).unwrap();
                        prop_assert_eq!(Notification::from_value(&json), Ok(news));
                    }
                }
            }
        }
    }
}
