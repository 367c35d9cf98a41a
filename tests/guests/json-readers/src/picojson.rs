//! The crate `picojson`: a pull parser.

use alloc::vec::Vec;

use picojson::{Event, PullParser, SliceParser};

use crate::json_readers::Config;

pub fn read(bytes: &[u8]) -> Option<Config> {
    let mut scratch = [0; 256];
    let mut parser = SliceParser::with_buffer_from_slice(bytes, &mut scratch);
    let config = config(&mut parser);
    if config.is_none() {
        whit::error!("no configuration");
    }
    config
}

enum Field {
    Limit,
    Log,
    Origins,
}

fn config(parser: &mut SliceParser<'_, '_>) -> Option<Config> {
    let (mut limit, mut log, mut origins) = (None, false, Vec::new());
    let Event::StartObject = parser.next_event().ok()? else { return None };
    loop {
        let field = match parser.next_event().ok()? {
            Event::Key(name) if name.as_str() == "limit" => Field::Limit,
            Event::Key(name) if name.as_str() == "log" => Field::Log,
            Event::Key(name) if name.as_str() == "origins" => Field::Origins,
            Event::EndObject => break,
            _ => return None,
        };
        match (field, parser.next_event().ok()?) {
            (Field::Limit, Event::Number(number)) => {
                limit = Some(u32::try_from(number.as_int()?).ok()?);
            }
            (Field::Log, Event::Bool(value)) => log = value,
            (Field::Origins, Event::StartArray) => loop {
                match parser.next_event().ok()? {
                    Event::String(origin) => origins.push(origin.as_bytes().to_vec()),
                    Event::EndArray => break,
                    _ => return None,
                }
            },
            _ => return None,
        }
    }
    let Event::EndDocument = parser.next_event().ok()? else { return None };
    let limit = limit.filter(|limit| (1..=1000).contains(limit))?;
    Some(Config { limit, log, origins })
}
