//! Texts that plugins put together: numbers and times as std and `chrono` write them, JSON as `serde_json` reads it.

use chrono::DateTime;
use serde_json::Value as Json;
use whit::__::double;
use whit::json::{Record, Scalar};
use whit::time::{Rfc3339, Timestamp};
use whit::{Hex, Level};

use crate::input::Input;

pub(super) fn check(bytes: &[u8]) {
    double::take_log();
    let mut input = Input::new(bytes);
    let (number, signed) = (input.number(), input.number().cast_signed());
    // Fewer digits are as likely as many.
    let number = number >> (input.byte() % 64);
    let signed = signed >> (input.byte() % 64);
    whit::log!(
        Level::Error,
        number,
        " ",
        signed,
        " ",
        number as u32,
        " ",
        signed as i32,
        " ",
        Hex(number)
    );
    assert_eq!(
        written(),
        format!("{number} {signed} {} {} {number:x}", number as u32, signed as i32)
    );

    let time = Timestamp::from_nanos(number);
    let (seconds, nanos) = (number / 1_000_000_000, number % 1_000_000_000);
    let known = DateTime::from_timestamp(seconds.cast_signed(), nanos as u32).expect("a time");
    whit::log!(Level::Error, time, " ", Rfc3339(time));
    assert_eq!(written(), known.format("%Y-%m-%d %H:%M:%S UTC %Y-%m-%dT%H:%M:%S%.3fZ").to_string());

    check_record(input, number, signed);
}

fn check_record(mut input: Input<'_>, number: u64, signed: i64) {
    let (name, places) = (input.bytes(), u32::from(input.byte() % 24));
    let text = input.rest();
    let fields: [(&[u8], _); 6] = [
        (b"text", Scalar::Text(text)),
        (b"integer", Scalar::Integer(signed)),
        (b"decimal", Scalar::Decimal(signed, places)),
        (b"time", Scalar::Time(Timestamp::from_nanos(number))),
        (b"boolean", Scalar::Boolean(number & 1 == 1)),
        (name, Scalar::Null),
    ];
    whit::log!(Level::Error, Record(&fields));
    let record = written();
    assert!(!record.contains('\n'), "{record}");
    let read: Json = serde_json::from_str(&record).expect("JSON");
    assert_eq!(read[&*String::from_utf8_lossy(name)], Json::Null);
    let lossy = String::from_utf8_lossy(text);
    if ![&b"text"[..], b"integer", b"decimal", b"time", b"boolean"].contains(&name) {
        assert_eq!(read["text"], *lossy);
        assert_eq!(read["integer"], signed);
        assert_eq!(read["boolean"], number & 1 == 1);
        let decimal = read["decimal"].as_f64().expect("a number");
        let expected = signed as f64 / 10_f64.powi(places.min(19).cast_signed());
        assert!((decimal - expected).abs() <= expected.abs() * 1e-12, "{decimal}, {expected}");
    }
}

/// What was logged last.
fn written() -> String {
    let (_, line) = double::take_log().pop().expect("a line");
    String::from_utf8(line).expect("UTF-8")
}
