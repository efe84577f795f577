//! What sources look like that were made by others: odd, but right.

use serde_json::{Value, json};

use super::{news, watch, with};

fn item(inner: &str) -> Value {
    let feed = format!(
        "<rss version='2.0'><channel><title>News</title><item>{inner}</item></channel></rss>"
    );
    news(&watch("atom"), "<rss/>", &feed).remove(0)
}

#[test]
fn a_text_that_speaks_of_markup_keeps_it() {
    let told = item(
        "<guid>1</guid><title>Vec&amp;lt;T&amp;gt; &amp;amp; you</title>
        <description><![CDATA[<p>Use <code>Vec&lt;T&gt;</code>, not <b>&amp;lt;</b>.</p>]]></description>",
    );
    assert_eq!(told["what"], "Vec<T> & you");
    assert_eq!(told["body"], "Use Vec\\<T>, not \\&lt;.");

    // Atom's texts are texts where nothing else is said.
    let atom = |kind: &str| {
        format!(
            "<feed xmlns='http://www.w3.org/2005/Atom'><entry><id>1</id><title{kind}>Vec&lt;T&gt; &amp;amp; you</title></entry></feed>"
        )
    };
    for (kind, what) in [
        ("", "Vec<T> &amp; you"),
        (" type='text'", "Vec<T> &amp; you"),
        (" type='html'", "Vec & you"),
    ] {
        let told = news(&watch("atom"), "<feed/>", &atom(kind));
        assert_eq!(told[0]["what"], what, "{kind}");
    }
}

#[test]
fn a_text_that_is_too_long_is_cut_and_not_lost() {
    let long = format!("{}é{}", "a".repeat(65_535), "b".repeat(70_000));
    let told = item(&format!(
        "<guid>1</guid><title>x</title><description><![CDATA[{long}]]></description>"
    ));
    let body = told["body"].as_str().unwrap();
    assert_eq!(body.chars().count(), 1_000);
    assert!(body.starts_with("aaa") && body.ends_with('…'), "{body}");
}

#[test]
fn an_id_that_says_that_it_is_a_link_is_one() {
    let page = "https://news.example/1";
    let told = item(&format!(
        "<guid isPermaLink='true'>{page}</guid><title>x</title>"
    ));
    assert_eq!(told["item"]["url"], page);
    let told = item(&format!(
        "<guid isPermaLink='true'>urn:1</guid><title>x</title><link>{page}</link>"
    ));
    assert_eq!(told["item"]["url"], page);
    let told = item(&format!(
        "<guid isPermaLink='false'>{page}</guid><title>x</title>"
    ));
    assert_eq!(told["item"].get("url"), None);
}

#[test]
fn a_link_that_is_long_or_odd_is_one_that_the_contract_takes_or_none() {
    let long = format!("https://news.example/{}", "a".repeat(4_000));
    for (link, url) in [
        ("  https://news.example/1\n", Some("https://news.example/1")),
        (
            "https://news.example/\u{202e}\u{1}1",
            Some("https://news.example/%E2%80%AE%011"),
        ),
        ("https://news.example/a\nb", Some("https://news.example/ab")),
        ("/path", Some("https://news.contoso.example/path")),
        ("//other.example/", Some("https://other.example/")),
        (
            "https://BÜCHER.example/",
            Some("https://xn--bcher-kva.example/"),
        ),
        ("https://me:secret@news.example/", None),
        (" java\nscript:alert(1)", None),
        ("vbscript:x", None),
        (long.as_str(), None),
    ] {
        let told = item(&format!(
            "<guid>1</guid><title>x</title><link><![CDATA[{link}]]></link>"
        ));
        assert_eq!(told["item"]["url"].as_str(), url, "{link}");
    }
}

#[test]
fn the_tag_of_a_release_is_read_from_its_link() {
    let feed = |tag: &str| {
        format!(
            r#"<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xmlns:media="http://search.yahoo.com/mrss/" xml:lang="en-US">
  <id>tag:github.com,2008:https://github.com/contoso/checkout/releases</id>
  <link type="text/html" rel="alternate" href="https://github.com/contoso/checkout/releases"/>
  <link type="application/atom+xml" rel="self" href="https://github.com/contoso/checkout/releases.atom"/>
  <title>Release notes from checkout</title>
  <updated>2026-01-05T10:00:00Z</updated>
  <entry>
    <id>tag:github.com,2008:Repository/1/{tag}</id>
    <updated>2026-01-05T10:00:00Z</updated>
    <link rel="alternate" type="text/html" href="https://github.com/contoso/checkout/releases/tag/{tag}"/>
    <title>{tag}</title>
    <content type="html">&lt;h2&gt;What changed&lt;/h2&gt;&lt;ul&gt;&lt;li&gt;Faster&lt;/li&gt;&lt;/ul&gt;</content>
    <author><name>ana</name></author>
    <media:thumbnail height="30" width="30" url="https://avatars.example/u/1"/>
  </entry>
</feed>"#
        )
    };
    for (tag, release) in [
        ("v2.0", "v2.0"),
        ("%40contoso%2Fcart%401.2.0", "@contoso/cart@1.2.0"),
        ("50%25", "50%"),
    ] {
        let told = news(&watch("github"), "<feed/>", &feed(tag));
        let what = format!("contoso/checkout {release} was released");
        assert_eq!(told[0]["what"], what);
        assert_eq!(told[0]["body"], "What changed\n\nFaster");
        assert_eq!(told[0]["actor"]["name"], "ana");
    }
}

#[test]
fn what_a_status_page_plans_is_told_as_its_incidents_are() {
    let page = |updates: Value| {
        json!({
            "page": { "id": "p", "name": "Contoso Cloud", "url": "https://status.contoso.example", "time_zone": "Etc/UTC",
                "updated_at": "2026-01-05T10:00:00.000Z" },
            "scheduled_maintenances": [{
                "id": "m1", "name": "Database upgrade", "status": "in_progress", "impact": "maintenance",
                "created_at": "2026-01-01T10:00:00.000Z", "shortlink": "https://stspg.example/m1",
                "scheduled_for": "2026-01-05T10:00:00.000Z", "scheduled_until": "2026-01-05T12:00:00.000Z",
                "incident_updates": updates, "components": [],
            }],
        })
        .to_string()
    };
    let planned = json!({ "id": "u1", "status": "scheduled", "body": "We will upgrade.", "created_at": "2026-01-01T10:00:00.000Z",
        "affected_components": [{ "code": "c", "name": "Database", "old_status": "operational", "new_status": "operational" }] });
    let begun = json!({ "id": "u2", "status": "in_progress", "body": "We <b>begin</b>.", "created_at": "2026-01-05T10:00:00.000Z" });
    let done = json!({ "id": "u3", "status": "completed", "body": "Done.", "created_at": "2026-01-05T11:00:00.000Z" });
    let url = "https://status.contoso.example/api/v2/scheduled-maintenances.json";
    let watch = with(json!({ "url": url }));
    let told = news(
        &watch,
        &page(json!([planned])),
        &page(json!([done, begun, planned])),
    );
    let whats: Vec<_> = told.iter().map(|news| &news["what"]).collect();
    assert_eq!(
        whats,
        [
            "Database upgrade: in progress",
            "Database upgrade: completed"
        ]
    );
    assert_eq!(told[0]["incident"]["state"], "acknowledged");
    assert_eq!(told[0]["body"], "We begin.");
    assert_eq!(told[1]["incident"]["state"], "resolved");
}
