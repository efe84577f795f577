//! What became of a question, for those who did not answer it.

use super::{Said, question};
use crate::elements::short;
use crate::{Decided, Reader, decided};
use notifications::{Audience, Importance, Notification};

/// A question as it is shown once it is not asked any more: what became of it
/// on top, and no buttons.
#[must_use]
pub fn closed(question: &Notification, became: Decided<'_>) -> Notification {
    let mut closed = question.clone();
    let on_top = |reader: &Reader, body: Option<&str>| {
        let became = decided::outcome(reader, became);
        format!("**{became}**\n\n{}", body.unwrap_or_default())
    };
    let english = Reader::personal(None);
    closed.body = Some(on_top(&english, question.body.as_deref()));
    closed.actions.clear();
    for (locale, translation) in &mut closed.translations {
        let reader = Reader::personal(Some(locale.language()));
        translation.body = Some(on_top(&reader, translation.body.as_deref()));
        translation.actions.clear();
    }
    closed
}

/// Tells whoever asked for a broadcast what somebody else decided about it.
#[must_use]
pub fn told(broadcast: &Notification, became: Decided<'_>, to: Audience) -> Notification {
    let in_language = |reader: &Reader| {
        let texts = broadcast.texts(reader.locale.as_ref());
        let what = match became {
            Decided::Approved(_) => reader.say("“{said}” was approved", "«{said}»: aprobado"),
            Decided::Declined(_) => reader.say("“{said}” was declined", "«{said}»: rechazado"),
            Decided::RestSent(_) => reader.say(
                "The rest of “{said}” is sent",
                "El resto de «{said}» se envía",
            ),
            Decided::Stopped(_) => reader.say(
                "The rest of “{said}” is not sent",
                "El resto de «{said}» no se envía",
            ),
            _ => reader.say("“{said}” is not sent", "«{said}» no se envía"),
        };
        Said {
            what: what.replace("{said}", &short(texts.what, 200)),
            item: short(texts.item, 200),
            actor: short(texts.actor, 80),
            body: decided::outcome(reader, became),
            facts: Vec::new(),
            actions: Vec::new(),
        }
    };
    Notification {
        importance: Importance::Normal,
        ..question(broadcast, None, to, &[], in_language)
    }
}
