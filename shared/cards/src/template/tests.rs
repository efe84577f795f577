use super::{TemplateError, expand, is_template};
use proptest::prelude::*;
use serde_json::{Value, json};

fn text(template: &str, data: Value) -> Value {
    expand(&json!({ "text": template }), &data).unwrap()["text"].clone()
}

#[test]
fn paths_become_what_the_data_has() {
    let data =
        json!({"person": {"name": "Ana", "age": 40}, "list": [{"x": 1}, {"x": 2}], "a b": 1});
    assert_eq!(text("Hello ${person.name}!", data.clone()), "Hello Ana!");
    assert_eq!(text("${person.age}", data.clone()), 40);
    assert_eq!(text("${list[1].x}", data.clone()), 2);
    assert_eq!(text("${$root['a b']}", data.clone()), 1);
    assert_eq!(
        text("${person}", data.clone()),
        json!({"name": "Ana", "age": 40})
    );
    assert_eq!(text("\\${person.name}", data.clone()), "${person.name}");
    assert_eq!(
        text("${nobody.name} and ${person.name}", data),
        "${nobody.name} and Ana"
    );
}

#[test]
fn a_list_repeats_its_element() {
    let card = json!({
        "type": "Container",
        "items": [
            {"type": "TextBlock", "$data": "${people}", "text": "${$index}: ${name} of ${$root.team}"},
            {"type": "TextBlock", "text": "end"},
        ],
    });
    let data = json!({"team": "Platform", "people": [{"name": "Ana"}, {"name": "Ben"}]});
    assert_eq!(
        expand(&card, &data).unwrap()["items"],
        json!([
            {"type": "TextBlock", "text": "0: Ana of Platform"},
            {"type": "TextBlock", "text": "1: Ben of Platform"},
            {"type": "TextBlock", "text": "end"},
        ])
    );
}

#[test]
fn a_scope_may_be_changed_and_a_list_written_out() {
    let card = json!({
        "fact": {"$data": "${inner}", "value": "${x}"},
        "all": [{"$data": [{"x": 1}, {"x": 2}], "value": "${x}"}],
        "words": [{"$data": "${words}", "value": "${$data}"}],
    });
    assert_eq!(
        expand(&card, &json!({"inner": {"x": 7}, "words": ["a", "b"]})).unwrap(),
        json!({"fact": {"value": 7}, "all": [{"value": 1}, {"value": 2}], "words": [{"value": "a"}, {"value": "b"}]})
    );
}

#[test]
fn when_leaves_out() {
    let card = json!([
        {"$when": "${count > 3}", "text": "many"},
        {"$when": "${count <= 3}", "text": "few"},
        {"$when": "${lacking}", "text": "never"},
        {"$when": "${exists(lacking) || count == 4}", "text": "or"},
        {"$when": false, "text": "never"},
    ]);
    assert_eq!(
        expand(&card, &json!({"count": 4})).unwrap(),
        json!([{"text": "many"}, {"text": "or"}])
    );
    let each = json!([{"$data": "${list}", "$when": "${$data != 2}", "n": "${$data}"}]);
    assert_eq!(
        expand(&each, &json!({"list": [1, 2, 3]})).unwrap(),
        json!([{"n": 1}, {"n": 3}])
    );
}

#[test]
fn operators_bind_as_usual() {
    let data = json!({"a": 2, "b": 3, "s": "x", "ok": true});
    for (template, value) in [
        ("${a + b * 2}", json!(8)),
        ("${(a + b) * 2}", json!(10)),
        ("${b / a}", json!(1.5)),
        ("${-a + b}", json!(1)),
        ("${a < b && ok}", json!(true)),
        ("${!ok || a == 2}", json!(true)),
        ("${s + '-' + a}", json!("x-2")),
        ("${s & s}", json!("xx")),
        ("${a == 2.0}", json!(true)),
        ("${s == \"x\"}", json!(true)),
        ("${null == lacking}", json!(true)),
    ] {
        assert_eq!(text(template, data.clone()), value, "{template}");
    }
}

#[test]
fn functions_are_called() {
    let data = json!({
        "state": "ALARM", "list": ["a", "b"], "n": 1234567.891, "at": "2026-10-08T09:05:00+02:00",
    });
    for (template, value) in [
        (
            "${if(state == 'ALARM', 'attention', 'good')}",
            json!("attention"),
        ),
        ("${if(lacking, 1, 2)}", json!(2)),
        ("${toLower(state)}", json!("alarm")),
        ("${join(list, ' and ')}", json!("a and b")),
        ("${count(list)}", json!(2)),
        ("${contains(list, 'b')}", json!(true)),
        ("${concat('a', 1, 'b')}", json!("a1b")),
        ("${formatNumber(n, 1)}", json!("1,234,567.9")),
        ("${substring(state, 1, 2)}", json!("LA")),
        (
            "${formatDateTime(at, 'd MMM yyyy HH:mm')}",
            json!("8 Oct 2026 07:05"),
        ),
        (
            "${formatDateTime('soon', 'd')}",
            json!("${formatDateTime('soon', 'd')}"),
        ),
        ("${empty(lacking)}", json!(true)),
    ] {
        assert_eq!(text(template, data.clone()), value, "{template}");
    }
}

#[test]
fn what_cannot_be_read_is_named_by_its_place() {
    let card = json!({"body": [{"text": "fine"}, {"text": "${1 +}"}]});
    assert_eq!(
        expand(&card, &json!({})),
        Err(TemplateError::BadExpression {
            path: "body[1].text".into()
        })
    );
    for template in [
        "${",
        "${}",
        "${a",
        "${'a}",
        "${nosuch(1)}",
        "${if(1)}",
        "${a..b}",
        "${1.2.3}",
    ] {
        let result = expand(&json!({ "text": template }), &json!({}));
        assert!(
            matches!(result, Err(TemplateError::BadExpression { .. })),
            "{template}"
        );
    }
}

#[test]
fn a_template_cannot_grow_without_bounds() {
    let list: Vec<u32> = (0..300).collect();
    let each = json!([{"$data": "${$root.l}", "x": [{"$data": "${$root.l}", "y": "z"}]}]);
    assert_eq!(
        expand(&each, &json!({ "l": list })),
        Err(TemplateError::TooLarge)
    );
    let mut deep = json!("x");
    for _ in 0..100 {
        deep = json!([deep]);
    }
    assert_eq!(expand(&deep, &json!({})), Err(TemplateError::TooLarge));
    let brackets = format!("${{{}1{}}}", "(".repeat(5000), ")".repeat(5000));
    assert!(expand(&json!({ "text": brackets }), &json!({})).is_err());
    let chain = format!("${{{}1}}", "1+".repeat(5000));
    assert!(expand(&json!({ "text": chain }), &json!({})).is_err());
}

#[test]
fn a_plain_card_is_no_template() {
    assert!(!is_template(&json!({"body": [{"text": "$ {a}"}]})));
    assert!(is_template(&json!({"body": [{"text": "a ${b}"}]})));
    assert!(is_template(&json!({"body": [{"$when": true}]})));
}

proptest! {
    #[test]
    fn no_expression_panics(inner in "[a-z0-9$.()'\"\\[\\]!<>=&|+*/ ,}{-]{0,60}") {
        let card = json!({"text": format!("a ${{{inner}}} b")});
        let _ignored = expand(&card, &json!({"a": {"b": [1, "x"]}}));
    }
}
