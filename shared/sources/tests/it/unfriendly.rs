//! Documents that are not what they should be, or mean no good.

use serde_json::json;
use sources::NotASource;

use super::{at, news, watch, with};

#[test]
fn what_is_no_feed_says_so() {
    for body in [
        "",
        "{}",
        "<!DOCTYPE html><html><head><title>Not here</title></head></html>",
        "<html><body>no</body></html>",
        "just text",
        "<channel><item/></channel>",
    ] {
        let look = at(&watch("atom"), None, body, 20);
        assert_eq!(look, Err(NotASource::NotAFeed), "{body}");
    }
    let cut = at(&watch("atom"), None, "<rss><channel><item><title>cut", 20);
    assert!(matches!(cut, Err(NotASource::BrokenXml { .. })));
    let utf_16 = "<?xml version='1.0' encoding='utf-16'?><rss/>";
    assert_eq!(
        at(&watch("atom"), None, utf_16, 20),
        Err(NotASource::Encoding)
    );
}

#[test]
fn what_is_no_json_or_another_json_says_so() {
    let json = with(json!({ "url": "https://api.contoso.example/", "pointer": "/none" }));
    let not_json = NotASource::NotJson { line: 1, column: 1 };
    assert_eq!(at(&json, None, "<rss/>", 20), Err(not_json));
    assert_eq!(
        at(&json, None, r#"{"some": 1}"#, 20),
        Err(NotASource::NothingPicked)
    );
    for body in ["[]", "{}", r#"{"incidents": 1}"#] {
        let look = at(&watch("statuspage"), None, body, 20);
        assert!(matches!(look, Err(NotASource::OtherJson { .. })), "{body}");
    }
    let look = at(&watch("github"), None, r#"{"message": "rate limited"}"#, 20);
    assert!(matches!(look, Err(NotASource::OtherJson { .. })));
}

#[test]
fn a_list_without_end_is_refused() {
    let all: Vec<u32> = (0..1_001).collect();
    let json = with(json!({ "url": "https://api.contoso.example/", "pointer": "" }));
    let body = serde_json::to_string(&all).unwrap();
    assert_eq!(at(&json, None, &body, 20), Err(NotASource::TooMany));
    let feed = format!(
        "<rss><channel>{}</channel></rss>",
        "<item><title>x</title></item>".repeat(1_001)
    );
    assert_eq!(
        at(&watch("atom"), None, &feed, 20),
        Err(NotASource::TooMany)
    );
}

#[test]
fn entities_are_not_expanded_and_depth_is_bounded() {
    let bomb = r#"<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">
        <!ENTITY x SYSTEM "file:///etc/passwd">]>
        <rss><channel><item><title>&b;&x;</title></item></channel></rss>"#;
    let told = news(&watch("atom"), "<rss/>", bomb);
    assert_eq!(told[0]["what"], "&b;&x;");
    let deep = format!("<rss>{}", "<a>".repeat(100_000));
    assert_eq!(
        at(&watch("atom"), None, &deep, 20),
        Err(NotASource::TooDeep)
    );
}

#[test]
fn links_that_are_no_pages_and_markup_do_not_come_through() {
    let item = |link: &str| {
        format!(
            "<rss><channel><item><guid>{link}</guid><title>[Click](https://evil.example) <at>Ben</at>\u{202e}gnp</title>
            <link>{link}</link><description>**Hi** &lt;at&gt;Ben&lt;/at&gt; [x](javascript:1)</description></item></channel></rss>"
        )
    };
    for link in [
        "javascript:alert(1)",
        "data:text/html,x",
        "http://contoso.example/",
        "file:///etc/passwd",
    ] {
        let told = news(&watch("atom"), "<rss/>", &item(link));
        assert_eq!(told[0]["item"].get("url"), None, "{link}");
        assert_eq!(told[0].get("actions"), None, "{link}");
        assert_eq!(told[0]["what"], "[Click](https://evil.example) Bengnp");
        assert_eq!(told[0]["body"], "\\*\\*Hi\\*\\* Ben [x\\](javascript:1)");
    }
}
