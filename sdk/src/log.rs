//! Logging from pieces, without `core::fmt`.

use crate::arena::{self, Text};
use crate::field::Field;
use crate::hostcall;
use crate::status::Status;

/// How much a line matters: the spec's `proxy_log_level_t`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u32)]
#[doc(alias = "proxy_log_level_t")]
#[allow(missing_docs)]
pub enum Level {
    Trace = 0,
    Debug = 1,
    Info = 2,
    Warn = 3,
    Error = 4,
    Critical = 5,
}

/// What can be a piece of a line or a text: bytes and strings as they are, numbers in decimal,
/// [`Hex`] numbers, a [`Timestamp`](crate::time::Timestamp), the number of a
/// [`Status`](crate::Status), and `None` as nothing.
pub trait Piece: Sealed {
    #[doc(hidden)]
    fn write(&self);
}

/// While a text grows nothing else may be allocated, so nobody else writes pieces.
pub trait Sealed {}

impl Sealed for [u8] {}
impl Piece for [u8] {
    #[inline(always)]
    fn write(&self) {
        arena::push(self);
    }
}

impl<const N: usize> Sealed for [u8; N] {}
impl<const N: usize> Piece for [u8; N] {
    #[inline(always)]
    fn write(&self) {
        arena::push(self);
    }
}

impl Sealed for str {}
impl Piece for str {
    #[inline(always)]
    fn write(&self) {
        arena::push(self.as_bytes());
    }
}

impl Sealed for Field<'_> {}
impl Piece for Field<'_> {
    #[inline(always)]
    fn write(&self) {
        arena::push(self.as_bytes());
    }
}

impl<T: Sealed + ?Sized> Sealed for &T {}
impl<T: Piece + ?Sized> Piece for &T {
    #[inline(always)]
    fn write(&self) {
        T::write(self);
    }
}

impl<T: Sealed> Sealed for Option<T> {}
impl<T: Piece> Piece for Option<T> {
    #[inline(always)]
    fn write(&self) {
        if let Some(piece) = self {
            piece.write();
        }
    }
}

impl Sealed for bool {}
impl Piece for bool {
    #[inline(always)]
    fn write(&self) {
        arena::push(if *self { b"true" } else { b"false" });
    }
}

impl Sealed for Status {}
impl Piece for Status {
    #[inline(always)]
    fn write(&self) {
        decimal(self.0);
    }
}

/// A number to be written in hexadecimal, without leading zeros.
///
/// ```
/// whit::info!("0x", whit::Hex(255));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hex(pub u64);

impl Sealed for Hex {}
impl Piece for Hex {
    #[inline(always)]
    fn write(&self) {
        hexadecimal(self.0);
    }
}

macro_rules! numbers {
    ($($type:ty: $number:ident => $write:expr;)*) => {$(
        impl Sealed for $type {}
        impl Piece for $type {
            #[inline(always)]
            fn write(&self) {
                let $number = *self;
                $write;
            }
        }
    )*};
}

numbers! {
    u8: number => decimal(number.into());
    u16: number => decimal(number.into());
    u32: number => decimal(number);
    u64: number => decimal_64(number);
    i32: number => signed(number < 0, number.unsigned_abs().into());
    i64: number => signed(number < 0, number.unsigned_abs());
}

#[cfg(target_pointer_width = "32")]
numbers! { usize: number => decimal(number as u32); }
#[cfg(not(target_pointer_width = "32"))]
numbers! { usize: number => decimal_64(number as u64); }

/// Ten digits at most, so ten calls at most.
#[inline(never)]
fn decimal(number: u32) {
    if number >= 10 {
        decimal(number / 10);
    }
    digit((number % 10) as u8);
}

#[inline(never)]
fn decimal_64(number: u64) {
    if number >= 10 {
        decimal_64(number / 10);
    }
    digit((number % 10) as u8);
}

#[inline(never)]
fn hexadecimal(number: u64) {
    if number >= 16 {
        hexadecimal(number >> 4);
    }
    let number = (number & 15) as u8;
    digit(if number < 10 { number } else { number.wrapping_add(b'a' - b'0' - 10) });
}

#[inline(never)]
fn signed(negative: bool, number: u64) {
    if negative {
        arena::push(b"-");
    }
    decimal_64(number);
}

/// In decimal, with two digits at least.
pub(crate) fn padded(number: u32) {
    if number < 10 {
        digit(0);
    }
    decimal(number);
}

/// A digit of a decimal number.
#[inline(always)]
fn digit(digit: u8) {
    arena::push_byte(b'0'.wrapping_add(digit));
}

/// Whether the host shows lines of this level.
#[doc(hidden)]
#[inline(always)]
pub fn shows(level: Level) -> bool {
    hostcall::shows(level)
}

/// Logs a line that is constant.
#[doc(hidden)]
#[inline(always)]
pub fn log_constant(level: Level, text: &'static str) {
    hostcall::log(level, text.as_bytes());
}

/// Begins a text.
#[doc(hidden)]
#[inline(always)]
pub fn begin() -> Text {
    arena::begin_text()
}

/// Logs the line.
#[doc(hidden)]
#[inline(never)]
pub fn end(line: Text, level: Level) {
    line.end(|message| hostcall::log(level, message));
}

/// The lowest level of which the host shows lines. It may change at any time.
///
/// A host that does not tell, because the plugin speaks an ABI before 0.2.1, shows all.
///
/// Spec: "Logging", `proxy_get_log_level`.
#[inline]
pub fn log_level() -> Level {
    [Level::Debug, Level::Info, Level::Warn, Level::Error]
        .into_iter()
        .rev()
        .fold(Level::Trace, |lowest, level| if hostcall::shows(level) { level } else { lowest })
}

/// Logs a line of a [`Level`], put together from [`Piece`]s.
///
/// No piece is evaluated when the host does not show the level. A line for which memory cannot grow
/// is not logged.
///
/// ```
/// use whit::{Level, log};
/// let path: &[u8] = b"/a";
/// log!(Level::Info, "#", 2_u32, " -> ", path);
/// ```
///
/// Spec: "Logging", `proxy_log`, `proxy_get_log_level`.
#[doc(alias = "proxy_log")]
#[doc(alias = "proxy_get_log_level")]
#[macro_export]
macro_rules! log {
    // The host drops a line below its level. With nothing to put together, asking for the level first
    // would be a call more.
    ($level:expr, $text:literal $(,)?) => {
        $crate::__::log_constant($level, $text)
    };
    ($level:expr, $($piece:expr),+ $(,)?) => {{
        let level = $level;
        if $crate::__::shows(level) {
            $crate::__pieces!(line => $crate::__::end(line, level); []; $($piece,)+);
        }
    }};
}

/// Puts a text together from [`Piece`]s: bytes that live as long as the callback of `context`.
///
/// ```
/// # use whit::prelude::*;
/// # struct Filter;
/// # impl HttpFilter for Filter {
/// fn on_response_headers(&mut self, http: &Http<'_>, _end_of_stream: bool) -> Result<Action> {
///     let id = text!(http, "stream-", http.context_id())?;
///     http.response_headers().add(field!("x-stream"), id)?;
///     Ok(Action::Continue)
/// }
/// # }
/// ```
///
/// It is a [`Result`](crate::Result): [`Status::INVALID_MEMORY_ACCESS`](crate::Status) if memory cannot
/// grow.
#[macro_export]
macro_rules! text {
    ($context:expr, $($piece:expr),+ $(,)?) => {
        match &*$context {
            context => $crate::__pieces!(text => $crate::Context::text(context, text); []; $($piece,)+),
        }
    };
}

/// Writes pieces between the begin of a text and its end. All are evaluated before the first is
/// written; each step's `piece` is a name of its own.
#[doc(hidden)]
#[macro_export]
macro_rules! __pieces {
    ($text:ident => $end:expr; [$($done:ident)*]; $piece:expr, $($rest:tt)*) => {
        match &$piece {
            piece => $crate::__pieces!($text => $end; [$($done)* piece]; $($rest)*),
        }
    };
    ($text:ident => $end:expr; [$($done:ident)*];) => {{
        let $text = $crate::__::begin();
        $($crate::Piece::write($done);)*
        $end
    }};
}

macro_rules! levels {
    ($d:tt $($name:ident $level:ident)*) => {$(
        #[doc = concat!("[`log!`](crate::log!) at [`Level::", stringify!($level), "`](crate::Level).")]
        #[macro_export]
        macro_rules! $name {
            ($d($d piece:expr),+ $d(,)?) => {
                $crate::log!($crate::Level::$level, $d($d piece),+)
            };
        }
    )*};
}

levels! { $
    trace Trace
    debug Debug
    info Info
    warn Warn
    error Error
    critical Critical
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::double;

    #[test]
    fn a_line_is_put_together_from_pieces() {
        let bytes: &[u8] = b"\xffbytes";
        double::set_log_level(Level::Debug);
        debug!("#", 0_u32, " ", 4_294_967_295_u32, ":", bytes, b"!", "");
        info!("one");
        let lines =
            [(Level::Debug, b"#0 4294967295:\xffbytes!".to_vec()), (Level::Info, b"one".to_vec())];
        assert_eq!(double::take_log(), lines);
    }

    #[test]
    fn nothing_is_evaluated_below_the_level() {
        let evaluated = core::cell::Cell::new(0_u32);
        let piece = || {
            evaluated.set(evaluated.get() + 1);
            "piece"
        };
        double::set_log_level(Level::Warn);
        trace!(piece());
        info!(piece());
        warn!(piece());
        critical!(piece());
        assert_eq!((evaluated.get(), double::take_log().len()), (2, 2));
    }

    #[test]
    fn a_line_that_does_not_fit_is_not_logged_and_the_next_is() {
        let large = [b'a'; 0x1_0000];
        double::set_log_level(Level::Info);
        info!("a", large, "", "b");
        info!("fits");
        assert_eq!(double::take_log(), [(Level::Info, b"fits".to_vec())]);
    }
}
