//! Bytes that walrus writes and nobody needs: it gives every `if` an `else`.

use anyhow::{Context as _, Result};
use wasmparser::{FunctionBody, Operator, Parser, Payload};

/// The module without an `else` that nothing follows.
pub fn without_empty_else(module: &[u8]) -> Result<Vec<u8>> {
    const CODE: u8 = 10;
    let mut written = module.get(..8).context("a module has a header")?.to_vec();
    let mut bodies = Vec::new();
    let mut end = 8;
    for payload in Parser::new(0).parse_all(module) {
        match payload? {
            Payload::CodeSectionStart { count, range, .. } => {
                bodies.extend(leb(count as usize));
                end = range.end;
            }
            Payload::CodeSectionEntry(body) => {
                let body = rewritten(module, &body)?;
                bodies.extend(leb(body.len()));
                bodies.extend(body);
            }
            payload => {
                if let Some((_, range)) = payload.as_section() {
                    if !bodies.is_empty() {
                        section(&mut written, CODE, &std::mem::take(&mut bodies));
                    }
                    written.extend(&module[end..range.end]);
                    end = range.end;
                }
            }
        }
    }
    if !bodies.is_empty() {
        section(&mut written, CODE, &bodies);
    }
    Ok(written)
}

fn rewritten(module: &[u8], body: &FunctionBody<'_>) -> Result<Vec<u8>> {
    let mut written = Vec::new();
    let mut from = body.range().start;
    let mut empty = None;
    for operator in body.get_operators_reader()?.into_iter_with_offsets() {
        let (operator, at) = operator?;
        if let (Operator::End, Some(start)) = (&operator, empty) {
            written.extend(&module[from..start]);
            from = at;
        }
        empty = matches!(operator, Operator::Else).then_some(at);
    }
    written.extend(&module[from..body.range().end]);
    Ok(written)
}

fn section(module: &mut Vec<u8>, id: u8, contents: &[u8]) {
    module.push(id);
    module.extend(leb(contents.len()));
    module.extend(contents);
}

/// A number as WebAssembly writes it.
fn leb(mut number: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = (number & 0x7f) as u8;
        number >>= 7;
        if number == 0 {
            bytes.push(low);
            return bytes;
        }
        bytes.push(low | 0x80);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_else_goes_if_it_is_empty() {
        let module = |other: &str| {
            wat::parse_str(format!(
                r#"(module (memory 1) (func (export "f") (param i32)
                    (if (local.get 0) (then (drop (memory.size))) {other})
                    (block)) (data (i32.const 5) "x"))"#
            ))
            .expect("the test's WAT is right")
        };
        let short = without_empty_else(&module("(else)")).expect("a module");
        assert_eq!(short, module(""));
        let long = module("(else (nop))");
        assert_eq!(without_empty_else(&long).expect("a module"), long);
    }
}
