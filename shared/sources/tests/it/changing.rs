//! Sources that change what they should not: ids, dates, how much they hold.

use serde_json::json;
use sources::Cursor;

use super::{at, watch, with};

struct Item<'a> {
    id: &'a str,
    title: &'a str,
    link: &'a str,
    date: &'a str,
}

const ITEM: Item<'_> = Item {
    id: "1",
    title: "One",
    link: "https://news.example/1",
    date: "2026-01-01T10:00:00Z",
};

fn feed(items: &[Item<'_>]) -> String {
    let entry = |item: &Item<'_>| {
        let date = match item.date {
            "" => String::new(),
            date => format!("<published>{date}</published>"),
        };
        format!(
            "<entry><id>{}</id><title>{}</title><link href=\"{}\"/>{date}</entry>",
            item.id, item.title, item.link
        )
    };
    format!(
        "<feed>{}</feed>",
        items.iter().map(entry).collect::<String>()
    )
}

/// What each of these looks tells, one after another.
fn told(looks: &[String]) -> Vec<Vec<String>> {
    let watch = watch("atom");
    let mut cursor: Option<Cursor> = None;
    let mut all = Vec::new();
    for body in looks {
        let look = at(&watch, cursor.as_ref(), body, 20).unwrap();
        all.push(look.news.into_iter().map(|news| news.what).collect());
        cursor = Some(look.cursor);
    }
    all
}

#[test]
fn an_entry_that_only_gets_another_id_is_not_new() {
    let two = Item {
        id: "2",
        title: "Two",
        link: "https://news.example/2",
        ..ITEM
    };
    let looks = [
        feed(&[ITEM]),
        // A new server: other ids, and https.
        feed(&[Item {
            id: "urn:1",
            link: "http://news.example/1",
            ..ITEM
        }]),
        feed(&[
            two,
            Item {
                id: "https://news.example/?p=1",
                ..ITEM
            },
        ]),
        feed(&[Item {
            id: "https://news.example/?p=1",
            title: "One, edited",
            ..ITEM
        }]),
        feed(&[Item { id: "1", ..ITEM }]),
    ];
    let none: [&str; 0] = [];
    assert_eq!(told(&looks), [&none[..], &none, &["Two"], &none, &none]);
}

#[test]
fn what_looks_the_same_but_may_be_another_thing_is_told() {
    for another in [
        Item {
            id: "2",
            link: "https://news.example/2",
            ..ITEM
        },
        Item {
            id: "2",
            date: "2026-01-01T10:00:01Z",
            ..ITEM
        },
        Item {
            id: "2",
            title: "one",
            ..ITEM
        },
    ] {
        assert_eq!(told(&[feed(&[ITEM]), feed(&[another])])[1].len(), 1);
    }
    // Without a time nothing says that it is the same.
    let undated = |id| Item {
        id,
        date: "",
        ..ITEM
    };
    assert_eq!(
        told(&[feed(&[undated("1")]), feed(&[undated("2")])])[1],
        ["One"]
    );
    // Two at once are two.
    assert_eq!(
        told(&[feed(&[]), feed(&[ITEM, Item { id: "2", ..ITEM }])])[1].len(),
        2
    );
}

#[test]
fn what_a_burst_leaves_for_the_next_look_is_not_taken_for_known() {
    let titles: Vec<String> = (0..50).map(|n| format!("Entry {n:02}")).collect();
    let items: Vec<_> = titles
        .iter()
        .map(|title| Item {
            id: title,
            title,
            ..ITEM
        })
        .collect();
    let body = feed(&items);
    let all = told(&[feed(&[]), body.clone(), body.clone(), body.clone(), body]);
    let counts: Vec<_> = all.iter().map(Vec::len).collect();
    assert_eq!(counts, [0, 20, 20, 10, 0]);
}

#[test]
fn an_id_that_comes_twice_is_one_entry_and_a_feed_may_shrink_and_grow() {
    let twice = feed(&[
        Item {
            title: "Again",
            date: "",
            ..ITEM
        },
        ITEM,
    ]);
    let all = told(&[feed(&[]), twice.clone(), feed(&[]), twice]);
    let counts: Vec<_> = all.iter().map(Vec::len).collect();
    assert_eq!(counts, [0, 1, 0, 0]);
}

#[test]
fn a_date_in_the_future_or_none_hides_nothing() {
    let far = Item {
        id: "far",
        title: "Far",
        date: "2999-12-31T00:00:00Z",
        ..ITEM
    };
    let odd = Item {
        id: "odd",
        title: "Odd",
        date: "the day after tomorrow",
        ..ITEM
    };
    let beyond = Item {
        id: "beyond",
        title: "Beyond",
        date: "99999-01-01T00:00:00Z",
        ..ITEM
    };
    let late = |id, title| Item { id, title, ..ITEM };
    let all = told(&[
        feed(&[]),
        feed(&[far]),
        feed(&[late("2", "Two"), odd, beyond]),
        feed(&[late("3", "Three"), late("2", "Two")]),
    ]);
    assert_eq!(all[1], ["Far"]);
    assert_eq!(all[2], ["Beyond", "Odd", "Two"], "the feed's own order");
    assert_eq!(all[3], ["Three"]);
}

#[test]
fn a_value_that_is_watched_anew_counts_from_elsewhere() {
    let watch = with(json!({ "url": "https://api.contoso.example/", "pointer": "/state" }));
    let id = |began: u64| {
        let first = at(&watch, None, r#"{"state": "up"}"#, 20).unwrap();
        let cursor = first.cursor.counting_from(began);
        let second = at(&watch, Some(&cursor), r#"{"state": "down"}"#, 20).unwrap();
        second.news[0].id.clone()
    };
    assert_eq!(id(1), id(1));
    assert_ne!(id(1), id(2), "the ledger must not take one for the other");
}
