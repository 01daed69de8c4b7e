//! The shapes, as scripts see them.

use super::*;

#[test]
fn padding_is_said_to_be_padding() {
    assert_eq!(serde_json::to_string(&PaddingLine::of(-1)).unwrap(), r#"{"idx":-1,"padding":true}"#);
}
