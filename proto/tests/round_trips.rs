//! Every message is the same after encoding and decoding, and no other bytes are a message.

use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sojourn_proto::codec::{CodecError, decode, encode};

#[path = "common/messages.rs"]
mod messages;

/// Comes back the same; cut anywhere it is no message; with a byte more it is none either.
fn comes_back<T>(message: &T) -> Result<(), TestCaseError>
where
    T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug,
{
    let bytes = encode(message)?;
    prop_assert_eq!(&decode::<T>(&bytes)?, message);
    for cut in 0..bytes.len() {
        prop_assert!(decode::<T>(&bytes[..cut]).is_err(), "a message although cut to {} bytes", cut);
    }
    let mut longer = bytes.to_vec();
    longer.push(0);
    let refused = matches!(
        decode::<T>(&longer),
        Err(CodecError::TrailingBytes { consumed, length }) if consumed == bytes.len() && length == longer.len()
    );
    prop_assert!(refused, "a trailing byte was taken");
    Ok(())
}

proptest! {
    #[test]
    fn every_request_comes_back_and_nothing_shorter_or_longer_does(message in messages::request()) {
        comes_back(&message)?;
    }

    #[test]
    fn every_reply_comes_back_and_nothing_shorter_or_longer_does(message in messages::reply()) {
        comes_back(&message)?;
    }

    #[test]
    fn every_order_comes_back_and_nothing_shorter_or_longer_does(message in messages::order()) {
        comes_back(&message)?;
    }

    #[test]
    fn every_report_comes_back_and_nothing_shorter_or_longer_does(message in messages::report()) {
        comes_back(&message)?;
    }
}
