//! What a callback is about.

use super::chunks::Chunks;
use super::head;
use super::plan::Plan;
use super::schema;
use super::text::{Placed, Remark};
use crate::runner::Way;
use crate::{Headers, Place};

/// What a phase is about.
#[derive(Debug)]
pub(super) enum Input {
    Headers(Headers),
    /// The chunks of a body.
    Body(Vec<Vec<u8>>),
}

impl Input {
    pub(super) fn headers(
        plan: &mut Plan<'_>,
        input: schema::Input,
        way: Way,
    ) -> Result<Self, Remark> {
        let mut headers = Headers::joined();
        if let Some(head) = written(plan, &input)? {
            if let Some(header) = input.header.first() {
                plan.ignore_at(header.place, "header", "there is a whole head, which wins");
            }
            let fields = head::parse(&head.value, way == Way::Request)
                .map_err(|what| Remark::new(head.place, what))?;
            for (name, value) in fields {
                headers.add(name, value);
            }
        } else {
            for Placed { place, value: header } in input.header {
                let name = key(place, &header)?;
                headers.add(name, header.value.map(|value| value.value).unwrap_or_default());
            }
        }
        Ok(Self::Headers(headers))
    }

    pub(super) fn body(
        plan: &mut Plan<'_>,
        input: schema::Input,
        chunks: &Chunks,
    ) -> Result<Self, Remark> {
        if let Some(header) = input.header.first() {
            plan.ignore_at(header.place, "header", "this phase is about a body");
        }
        let body = written(plan, &input)?.map(|body| body.value);
        Ok(Self::Body(chunks.cut(body.unwrap_or_default())?))
    }
}

/// A header's name.
pub(super) fn key(place: Place, header: &schema::Header) -> Result<String, Remark> {
    let key = header.key.as_ref().map(|key| key.value.clone()).filter(|key| !key.is_empty());
    key.ok_or_else(|| Remark::new(place, "expected a `key` in this `Header`, found none"))
}

/// What `file` holds, or else what `content` does, if it is anything.
fn written(plan: &mut Plan<'_>, input: &schema::Input) -> Result<Option<Placed<Vec<u8>>>, Remark> {
    if let Some(file) = input.file.as_ref().filter(|file| !file.value.is_empty()) {
        plan.ignore(&input.content, "content", "there is a `file`, which wins");
        return Ok(Some(Placed { place: file.place, value: plan.read(file)? }));
    }
    Ok(input.content.clone().filter(|content| !content.value.is_empty()))
}
