//! Names that DynamoDB's expressions cannot have as they are.

/// Whether an attribute's name must be written as `#name` in an expression.
///
/// It must where it does not begin with a letter, and where it is a word of DynamoDB's own. Of those words ("Reserved words
/// in DynamoDB", in its developer guide) these are the ones that are attributes here, or may come to be: the engine under
/// the tests refuses all others.
pub(crate) fn is_reserved(name: &str) -> bool {
    let begins_with_letter = name.starts_with(|first: char| first.is_ascii_alphabetic());
    !begins_with_letter
        || matches!(
            name,
            "action"
                | "after"
                | "at"
                | "before"
                | "by"
                | "count"
                | "counter"
                | "cursor"
                | "data"
                | "date"
                | "definition"
                | "end"
                | "first"
                | "from"
                | "group"
                | "hash"
                | "in"
                | "item"
                | "items"
                | "key"
                | "keys"
                | "language"
                | "last"
                | "level"
                | "list"
                | "minute"
                | "mode"
                | "name"
                | "names"
                | "next"
                | "number"
                | "of"
                | "old"
                | "open"
                | "order"
                | "other"
                | "out"
                | "over"
                | "owner"
                | "plan"
                | "position"
                | "range"
                | "read"
                | "region"
                | "request"
                | "result"
                | "role"
                | "section"
                | "segment"
                | "share"
                | "size"
                | "source"
                | "start"
                | "state"
                | "status"
                | "sub"
                | "text"
                | "time"
                | "timestamp"
                | "token"
                | "ttl"
                | "type"
                | "unknown"
                | "until"
                | "url"
                | "user"
                | "users"
                | "uuid"
                | "value"
                | "values"
                | "view"
                | "wait"
                | "window"
                | "year"
                | "zone"
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_of_dynamodbs_needs_another_name() {
        for name in ["owner", "until", "source", "name", "1st", "_hidden"] {
            assert!(is_reserved(name), "{name}");
        }
        for name in ["pk", "service_url", "accepted_at", "owner_id"] {
            assert!(!is_reserved(name), "{name}");
        }
    }
}
