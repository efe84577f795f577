use notifications::{Locale, Notification};
use serde_json::json;

fn notification() -> Notification {
    Notification::from_value(&json!({
        "topic": "deploys",
        "what": "Deployed",
        "item": {"name": "cart"},
        "actor": {"name": "Pipeline"},
        "body": "All is well.",
        "facts": [{"title": "Took", "value": "4 min"}],
        "actions": [{"title": "Open", "url": "https://example.com"}, {"title": "Undo", "verb": "undo"}],
        "image": {"url": "https://example.com/a.png", "alt": "A line"},
        "translations": {
            "es": {
                "what": "Desplegado",
                "body": "Todo va bien.",
                "item": {"name": "carrito"},
                "actor": {"name": "Canalización"},
                "facts": [{"title": "Tardó", "value": "4 min"}],
                "actions": [{"title": "Abrir"}, {"title": "Deshacer"}],
                "image": {"alt": "Una línea"},
            },
            "es-mx": {"what": "Ya quedó desplegado"},
            "fr": {"what": "Déployé"},
        },
    }))
    .unwrap()
}

fn locale(tag: &str) -> Locale {
    tag.parse().unwrap()
}

#[test]
fn a_regional_text_falls_back_to_its_language_and_that_to_the_default() {
    let notification = notification();
    let what = |tag: &str| notification.texts(Some(&locale(tag))).what.to_owned();
    assert_eq!(what("es-MX"), "Ya quedó desplegado");
    assert_eq!(what("es-AR"), "Desplegado");
    assert_eq!(what("fr-CA"), "Déployé");
    assert_eq!(what("de"), "Deployed");
    assert_eq!(notification.texts(None).what, "Deployed");
}

#[test]
fn each_field_falls_back_by_itself() {
    let notification = notification();
    let (mexican, french) = (locale("es-MX"), locale("fr"));
    let texts = notification.texts(Some(&mexican));
    assert_eq!(texts.body, Some("Todo va bien."));
    assert_eq!((texts.item, texts.actor), ("carrito", "Canalización"));
    assert_eq!(texts.actions, ["Abrir", "Deshacer"]);
    assert_eq!(texts.facts[0].title, "Tardó");
    assert_eq!(texts.alt, Some("Una línea"));
    let texts = notification.texts(Some(&french));
    assert_eq!(texts.body, Some("All is well."));
    assert_eq!(texts.actions, ["Open", "Undo"]);
    assert_eq!(texts.facts[0].title, "Took");
}
