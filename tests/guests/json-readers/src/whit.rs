//! `whit::json`.

use alloc::vec::Vec;

use whit::json::{self, Value};

use crate::json_readers::Config;

pub fn read(bytes: &[u8]) -> Option<Config> {
    match json::read(&mut bytes.to_vec(), config) {
        Ok(config) => Some(config),
        Err(error) => {
            whit::error!(error);
            None
        }
    }
}

fn config(value: Value<'_, '_>) -> json::Result<Config> {
    let (mut limit, mut log, mut origins) = (None, false, Vec::new());
    let mut object = value.object()?;
    while let Some((name, value)) = object.next()? {
        match name {
            b"limit" => limit = Some(value.integer(1..=1000)?),
            b"log" => log = value.boolean()?,
            b"origins" => {
                let mut list = value.list()?;
                while let Some(origin) = list.next()? {
                    origins.push(origin.text()?.to_vec());
                }
            }
            _ => return Err(value.unknown()),
        }
    }
    let limit = limit.ok_or_else(|| object.missing("limit"))?;
    Ok(Config { limit, log, origins })
}
