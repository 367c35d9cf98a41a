//! Traces as text: a line for each call, and within it what it has called.

use std::fmt::{self, Display, Formatter, Write as _};

use super::{Arg, Callback, Hostcall, Trace, Value};

/// How many bytes are shown of longer ones.
const WIDTH: usize = 100;

impl Display for Trace {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.callbacks.iter().try_for_each(|callback| callback.show(f, 0))?;
        match self.dropped {
            0 => Ok(()),
            dropped => writeln!(f, "… and {dropped} calls more, which are not kept"),
        }
    }
}

impl Display for Callback {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.show(f, 0)
    }
}

impl Display for Hostcall {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.show(f, 0)
    }
}

impl Callback {
    fn show(&self, f: &mut Formatter<'_>, depth: usize) -> fmt::Result {
        indent(f, depth)?;
        if self.context_id != 0 {
            write!(f, "#{} ", self.context_id)?;
        }
        call(f, self.name, &self.args)?;
        answer(f, &self.result, "failed")?;
        end(f, self.faulty)?;
        self.hostcalls.iter().try_for_each(|hostcall| hostcall.show(f, depth + 1))
    }
}

impl Hostcall {
    fn show(&self, f: &mut Formatter<'_>, depth: usize) -> fmt::Result {
        indent(f, depth)?;
        call(f, self.name, &self.args)?;
        answer(f, &self.result, "stopped")?;
        match &self.outputs[..] {
            [] => {}
            [output] => write!(f, " {}", output.value)?,
            outputs => {
                f.write_char(' ')?;
                list(f, outputs)?;
            }
        }
        end(f, self.faulty)?;
        self.callbacks.iter().try_for_each(|callback| callback.show(f, depth + 1))
    }
}

fn indent(f: &mut Formatter<'_>, depth: usize) -> fmt::Result {
    write!(f, "{:1$}", "", 2 * depth)
}

fn call(f: &mut Formatter<'_>, name: &str, args: &[Arg]) -> fmt::Result {
    write!(f, "{name}(")?;
    list(f, args)?;
    f.write_char(')')
}

fn list(f: &mut Formatter<'_>, args: &[Arg]) -> fmt::Result {
    for (n, arg) in args.iter().enumerate() {
        let comma = if n == 0 { "" } else { ", " };
        write!(f, "{comma}{arg}")?;
    }
    Ok(())
}

/// Of a reason with a backtrace, what it says.
fn answer(
    f: &mut Formatter<'_>,
    result: &Result<Option<Value>, String>,
    failed: &str,
) -> fmt::Result {
    match result {
        Ok(None) => Ok(()),
        Ok(Some(value)) => write!(f, " -> {value}"),
        Err(reason) => write!(f, " {failed}: {}", reason.lines().next().unwrap_or_default()),
    }
}

fn end(f: &mut Formatter<'_>, faulty: bool) -> fmt::Result {
    f.write_str(if faulty { " (a fault)\n" } else { "\n" })
}

impl Display for Arg {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.value)
    }
}

impl Display for Value {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Signed(number) => write!(f, "{number}"),
            Self::Bool(bool) => write!(f, "{bool}"),
            Self::Named { name, .. } => f.write_str(name),
            Self::Address(0) => f.write_str("0x0"),
            Self::Address(_) => f.write_str("0x…"),
            Self::Bytes(bytes) => text(f, bytes),
            Self::Pairs(pairs) => {
                f.write_char('{')?;
                for (n, (name, value)) in pairs.iter().enumerate() {
                    f.write_str(if n == 0 { "" } else { ", " })?;
                    text(f, name)?;
                    f.write_str(": ")?;
                    text(f, value)?;
                }
                f.write_char('}')
            }
            Self::Malformed(bytes) => {
                text(f, bytes)?;
                f.write_str(" (no map)")
            }
            Self::Path(path) => property(f, path),
            Self::Cluster { name, .. } => {
                f.write_str("cluster ")?;
                text(f, name.as_bytes())
            }
            Self::Outside { address, size } => {
                let bytes = if *size == 1 { "byte" } else { "bytes" };
                write!(f, "({size} {bytes} at 0x{address:x}, outside the memory)")
            }
            Self::NotKept { size } => write!(f, "({size} bytes, not kept)"),
        }
    }
}

/// Bytes, as a string with escapes.
fn text(f: &mut Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    let shown = bytes.get(..WIDTH).unwrap_or(bytes);
    f.write_char('"')?;
    for chunk in shown.utf8_chunks() {
        for char in chunk.valid().chars() {
            match char {
                '\'' => f.write_char(char)?,
                char => write!(f, "{}", char.escape_debug())?,
            }
        }
        chunk.invalid().iter().try_for_each(|byte| write!(f, "\\x{byte:02x}"))?;
    }
    if shown.len() == bytes.len() {
        return f.write_char('"');
    }
    write!(f, "…\" ({} bytes)", bytes.len())
}

/// Segments with dots between them; those that are no plain words are strings.
fn property(f: &mut Formatter<'_>, path: &[u8]) -> fmt::Result {
    let path = path.strip_suffix(b"\0").unwrap_or(path);
    for (n, segment) in path.split(|byte| *byte == 0).enumerate() {
        f.write_str(if n == 0 { "" } else { "." })?;
        let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-:".contains(byte);
        match std::str::from_utf8(segment) {
            Ok(word) if !word.is_empty() && word.bytes().all(|byte| plain(&byte)) => {
                f.write_str(word)?;
            }
            _ => text(f, segment)?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_strings_with_escapes() {
        for (bytes, shown) in [
            (&b""[..], r#""""#),
            (b"it's \"\\\"\r\n\0", r#""it's \"\\\"\r\n\0""#),
            ("Gr\u{fc}\u{df}e".as_bytes(), "\"Gr\u{fc}\u{df}e\""),
            (b"a\xff\xc3", r#""a\xff\xc3""#),
        ] {
            assert_eq!(Value::Bytes(bytes.to_vec()).to_string(), shown);
        }
        let long = Value::Bytes(vec![b'a'; 6000]).to_string();
        assert_eq!(long, format!("\"{}…\" (6000 bytes)", "a".repeat(WIDTH)));
        // A character that is cut shows its bytes.
        let cut = Value::Bytes("\u{20ac}".repeat(40).into_bytes()).to_string();
        assert_eq!(cut, format!("\"{}\\xe2…\" (120 bytes)", "\u{20ac}".repeat(33)));
    }

    #[test]
    fn paths_have_dots_between_segments() {
        for (path, shown) in [
            (&b"request\0headers\0:path"[..], "request.headers.:path"),
            (b"metadata\0envoy.filters.http.lua\0a\0", r#"metadata."envoy.filters.http.lua".a"#),
            (b"\0a", r#""".a"#),
            (b"", r#""""#),
        ] {
            assert_eq!(Value::Path(path.to_vec()).to_string(), shown);
        }
    }

    #[test]
    fn an_address_is_shown_where_something_is_wrong_with_it() {
        assert_eq!(Value::Address(4096).to_string(), "0x…");
        assert_eq!(Value::Address(0).to_string(), "0x0");
        let lie = Value::Outside { address: u32::MAX, size: 2 };
        assert_eq!(lie.to_string(), "(2 bytes at 0xffffffff, outside the memory)");
    }
}
