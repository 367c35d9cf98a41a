//! Base64url is decoded as the crate `base64` does it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::filters::jwt::base64url::decode;

pub(super) fn check(bytes: &[u8]) {
    let mut room = vec![0; bytes.len()];
    let decoded = decode(bytes, &mut room).map(|decoded| decoded.to_vec());
    assert_eq!(decoded, URL_SAFE_NO_PAD.decode(bytes).ok());

    let encoded = URL_SAFE_NO_PAD.encode(bytes);
    assert_eq!(decode(encoded.as_bytes(), &mut room).as_deref(), Some(bytes));
    if let Some((_, less)) = room.split_last_mut() {
        assert_eq!(decode(encoded.as_bytes(), less), None, "there is no room");
    }
}
