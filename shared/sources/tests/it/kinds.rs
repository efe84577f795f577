//! Each kind of source, from a document of its own.

use notifications::Notification;
use serde_json::{Value, json};

use super::{at, news, watch, with};

fn atom(entries: &[&str]) -> String {
    format!(
        r#"<?xml version="1.0" encoding="utf-8"?>
        <feed xmlns="http://www.w3.org/2005/Atom"><title>Contoso &amp; friends</title>
        <link rel="self" href="/all"/><id>urn:feed</id>{}</feed>"#,
        entries.concat()
    )
}

const FIRST: &str =
    r#"<entry><id>urn:1</id><title>First</title><updated>2026-01-01T10:00:00Z</updated></entry>"#;
const SECOND: &str = r#"<entry><id>urn:2</id><title type="html">Second &lt;b&gt;thing&lt;/b&gt;</title>
    <link rel="enclosure" href="https://cdn.contoso.example/2.mp3"/>
    <link href="/posts/2"/><published>2026-01-02T10:00:00Z</published>
    <author><name>Ana</name><email>ana@contoso.example</email></author>
    <source><title>Somewhere else</title><id>urn:other</id></source>
    <summary type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Some <b>bold</b> words.</p><p>*More*</p></div></summary></entry>"#;

#[test]
fn a_new_entry_of_an_atom_feed_is_told_once() {
    let told = news(&watch("atom"), &atom(&[FIRST]), &atom(&[SECOND, FIRST]));
    let watch = watch("atom");
    let id = told[0]["id"].as_str().unwrap();
    assert!(id.starts_with(&format!("watch/{}/", watch.id())), "{id}");
    let expected = json!({
        "id": id, "tenant": "tenant", "topic": "news", "importance": "normal",
        "what": "Second thing",
        "item": { "name": "Contoso & friends", "url": "https://news.contoso.example/posts/2" },
        "actor": { "name": "Ana" },
        "body": "Some bold words.\n\\*More\\*",
        "actions": [{ "title": "Open", "url": "https://news.contoso.example/posts/2" }],
        "translations": { "es": { "actions": [{ "title": "Abrir" }] } },
    });
    assert_eq!(told, [expected]);
}

#[test]
fn another_order_and_a_changed_entry_are_not_new() {
    let changed = SECOND.replace("Second", "Changed");
    let told = news(
        &watch("atom"),
        &atom(&[SECOND, FIRST]),
        &atom(&[FIRST, &changed]),
    );
    assert_eq!(told, Vec::<Value>::new());
}

#[test]
fn an_entry_that_vanished_and_came_back_is_not_new() {
    let watch = watch("atom");
    let first = at(&watch, None, &atom(&[SECOND, FIRST]), 20).unwrap();
    let gone = at(&watch, Some(&first.cursor), &atom(&[FIRST]), 20).unwrap();
    let back = at(&watch, Some(&gone.cursor), &atom(&[SECOND, FIRST]), 20).unwrap();
    assert_eq!((gone.news, back.news), (vec![], vec![]));
}

#[test]
fn rss_of_every_age_is_read() {
    let item = "<item><title>AT&amp;amp;T &lt;i&gt;news&lt;/i&gt;</title><link>https://contoso.example/a?b=1&amp;c=2</link>
        <pubDate>Fri, 02 Jan 2026 10:00:00 GMT</pubDate><dc:creator>Ben</dc:creator>
        <description><![CDATA[<p>Read <a href=\"x\">this</a></p>]]></description></item>";
    for (before, after) in [
        (
            "<rss version=\"2.0\"><channel><title>Two</title>",
            "</channel></rss>",
        ),
        (
            "<?xml version=\"1.0\"?><rdf:RDF><channel><title>Two</title></channel>",
            "</rdf:RDF>",
        ),
    ] {
        let empty = format!("{before}{after}");
        let full = format!("{before}{item}{after}");
        let told = news(&watch("atom"), &empty, &full);
        assert_eq!(told.len(), 1);
        assert_eq!(told[0]["what"], "AT&T news");
        assert_eq!(told[0]["item"]["name"], "Two");
        assert_eq!(told[0]["item"]["url"], "https://contoso.example/a?b=1&c=2");
        assert_eq!(told[0]["actor"]["name"], "Ben");
        assert_eq!(told[0]["body"], "Read this");
    }
}

#[test]
fn entries_are_told_from_the_oldest_on_and_a_burst_is_spread() {
    let watch = watch("atom");
    let entry = |n: u32| format!("<entry><id>{n}</id><title>{n}</title></entry>");
    let first = at(&watch, None, &atom(&[]), 20).unwrap();
    let entries: Vec<_> = (1..=5).rev().map(entry).collect();
    let entries: Vec<_> = entries.iter().map(String::as_str).collect();
    let mut cursor = first.cursor;
    let mut told = Vec::new();
    for is_partial in [true, true, false] {
        let look = at(&watch, Some(&cursor), &atom(&entries), 2).unwrap();
        assert_eq!(look.is_partial, is_partial);
        told.extend(look.news.into_iter().map(|news| news.what));
        cursor = look.cursor;
    }
    assert_eq!(told, ["1", "2", "3", "4", "5"]);
}

#[test]
fn a_latin_1_feed_is_read() {
    let body = b"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><rss><channel><item><title>A\xf1o \x80</title></item></channel></rss>";
    let watch = watch("atom");
    let first = at(&watch, None, "<rss/>", 20).unwrap();
    let document = sources::Document {
        url: &watch.url,
        body,
    };
    let tenant = activity::ids::TenantId::new("tenant");
    let look = sources::look(&watch, &tenant, Some(&first.cursor), &document, 20).unwrap();
    assert_eq!(look.news[0].what, "Año €");
}

#[test]
fn a_list_in_json_is_told_by_its_habitual_members() {
    let watch = with(json!({ "url": "https://api.contoso.example/v1", "pointer": "/data" }));
    let told = news(
        &watch,
        r#"{"data": []}"#,
        r#"{"data": [
            {"id": 7, "title": "Seven", "html_url": "/things/7", "body": "<b>x</b>", "created_at": "2026-01-01T00:00:00Z"},
            "plain",
            {"answer": 42}
        ]}"#,
    );
    let whats: Vec<_> = told.iter().map(|told| &told["what"]).collect();
    assert_eq!(whats, ["Seven", "plain", r#"{"answer":42}"#]);
    assert_eq!(
        told[0]["item"]["url"],
        "https://api.contoso.example/things/7"
    );
    assert_eq!(told[0]["body"], "x");
    assert_eq!(told[0]["actor"]["name"], "api.contoso.example");
}

#[test]
fn a_value_in_json_is_told_each_time_it_changes() {
    let watch = with(json!({
        "url": "https://api.contoso.example/v1", "query": "status.state", "name": "The API",
    }));
    let state = |state: &str| format!(r#"{{"status": {{"state": "{state}"}}}}"#);
    let mut cursor = at(&watch, None, &state("up"), 20).unwrap().cursor;
    let mut told: Vec<Notification> = Vec::new();
    for now in ["up", "down", "up", "down"] {
        let look = at(&watch, Some(&cursor), &state(now), 20).unwrap();
        told.extend(look.news);
        cursor = look.cursor;
    }
    let whats: Vec<_> = told.iter().map(|news| news.what.as_str()).collect();
    let down = "The API changed: up → down";
    assert_eq!(whats, [down, "The API changed: down → up", down]);
    assert_ne!(told[0].id, told[2].id, "going down again is another thing");
}

#[test]
fn the_updates_of_an_incident_share_a_card() {
    let page = |updates: &str| {
        format!(
            r#"{{"page": {{"name": "Contoso Cloud"}}, "incidents": [{{
                "id": "i1", "name": "Slow logins", "impact": "major", "shortlink": "https://stspg.example/i1",
                "incident_updates": [{updates}]}}]}}"#
        )
    };
    let first = r#"{"id": "u1", "status": "investigating", "body": "We look.", "created_at": "2026-01-01T10:00:00.000Z"}"#;
    let more = format!(
        r#"{{"id": "u3", "status": "resolved", "body": "Over.", "created_at": "2026-01-01T12:00:00.000Z",
            "affected_components": [{{"name": "Login"}}]}},
        {{"id": "u2", "status": "identified", "body": "Found.", "created_at": "2026-01-01T11:00:00.000Z",
            "affected_components": null}}, {first}"#
    );
    let told = news(&watch("statuspage"), &page(first), &page(&more));
    assert_eq!(told.len(), 2);
    assert_eq!(told[0]["what"], "Slow logins: identified");
    assert_eq!(told[0]["importance"], "high");
    assert_eq!(told[0]["incident"]["state"], "acknowledged");
    assert_eq!(
        told[0]["translations"]["es"]["what"],
        "Slow logins: identificado"
    );
    assert_eq!(told[1]["incident"]["state"], "resolved");
    assert_eq!(told[1]["importance"], "normal");
    assert_eq!(
        told[1]["facts"][1],
        json!({ "title": "Components", "value": "Login" })
    );
    assert_eq!(told[0]["incident"]["key"], told[1]["incident"]["key"]);
    assert_eq!(
        told[0]["item"],
        json!({ "name": "Contoso Cloud", "url": "https://stspg.example/i1" })
    );
}

#[test]
fn a_release_is_told_from_the_feed_and_from_the_api() {
    let feed = r#"<feed xmlns="http://www.w3.org/2005/Atom"><title>Release notes from checkout</title>
        <entry><id>tag:github.com,2008:Repository/1/v2.0</id><title>Two</title><updated>2026-01-01T10:00:00Z</updated>
        <link rel="alternate" type="text/html" href="https://github.com/contoso/checkout/releases/tag/v2.0"/>
        <content type="html">&lt;p&gt;Faster&lt;/p&gt;</content><author><name>ana</name></author></entry></feed>"#;
    let told = news(&watch("github"), "<feed/>", feed);
    assert_eq!(told[0]["what"], "contoso/checkout v2.0 was released");
    assert_eq!(
        told[0]["translations"]["es"]["what"],
        "Se publicó contoso/checkout v2.0"
    );
    assert_eq!(told[0]["body"], "Faster");
    assert_eq!(
        told[0]["facts"][0],
        json!({ "title": "Name", "value": "Two" })
    );

    let api = with(json!({ "url": "https://api.github.com/repos/contoso/checkout/releases" }));
    let told = news(
        &api,
        "[]",
        r#"[{"id": 3, "tag_name": "v3", "draft": true},
            {"id": 2, "tag_name": "v2.0", "name": "Two", "html_url": "https://github.com/contoso/checkout/releases/tag/v2.0",
             "body": "Faster", "draft": false, "prerelease": true, "published_at": "2026-01-01T10:00:00Z",
             "author": {"login": "ana"}}]"#,
    );
    assert_eq!(told.len(), 1, "a draft is no release");
    assert_eq!(told[0]["what"], "contoso/checkout v2.0 was released");
    assert_eq!(told[0]["actor"]["name"], "ana");
    assert_eq!(told[0]["facts"][1]["title"], "Pre-release");
}

#[test]
fn a_source_that_fails_for_long_opens_an_incident_that_its_recovery_ends() {
    let watch = watch("atom");
    let tenant = activity::ids::TenantId::new("tenant");
    let since = "2026-01-01T10:00:00Z".parse().unwrap();
    let broken = sources::broken(&watch, &tenant, "it answered with 503", since);
    let whole = sources::whole_again(&watch, &tenant, since);
    assert_eq!(
        broken.what,
        "news.contoso.example could not be read since 2026-01-01T10:00:00Z"
    );
    assert_eq!(broken.facts[0].value, "it answered with 503");
    let key = |news: &Notification| news.incident.as_ref().unwrap().key.clone();
    assert_eq!(key(&broken), key(&whole));
    for news in [broken, whole] {
        let json = serde_json::to_value(&news).unwrap();
        assert_eq!(Notification::from_value(&json), Ok(news));
    }
}
