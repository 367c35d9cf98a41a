//! Logging from pieces, without `core::fmt`.

use crate::arena::{self, Writer};
use crate::field::Field;
use crate::hostcall;
use crate::status::Status;

/// How much a line matters: the spec's `proxy_log_level_t`.
///
/// ```
/// use whit::{Level, log};
/// let severe = true;
/// log!(if severe { Level::Error } else { Level::Info }, "it is ", 7);
/// ```
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

impl Level {
    /// The proof that the host shows lines of this level; `None` if it does not. It is one question to the host
    /// for any number of lines, as each line that is put together asks again otherwise.
    ///
    /// ```
    /// use whit::log;
    /// # use whit::prelude::*;
    /// # struct Filter;
    /// # impl HttpFilter for Filter {
    /// fn on_request_headers(&mut self, http: &Http<'_>, _end_of_stream: bool) -> Result<Action> {
    ///     if let Some(debug) = Level::Debug.shown() {
    ///         for (name, value) in http.request_headers().pairs()? {
    ///             log!(debug, name, ": ", value);
    ///         }
    ///     }
    ///     Ok(Action::Continue)
    /// }
    /// # }
    /// ```
    ///
    /// Spec: "Logging", `proxy_get_log_level`.
    #[doc(alias = "proxy_get_log_level")]
    #[inline(always)]
    #[must_use]
    pub fn shown(self) -> Option<Shown> {
        hostcall::shows(self).then_some(Shown(self))
    }
}

/// A [`Level`] of which the host shows lines, or did when [`Level::shown`] asked it: [`log!`](crate::log!) takes
/// either.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shown(Level);

/// What [`log!`](crate::log!) takes: a [`Level`], or one that is [`Shown`].
pub trait AtLevel: Copy {
    #[doc(hidden)]
    fn level(self) -> Level;

    /// Whether the host shows lines of it.
    #[doc(hidden)]
    fn shows(self) -> bool;
}

impl AtLevel for Level {
    #[inline(always)]
    fn level(self) -> Level {
        self
    }

    #[inline(always)]
    fn shows(self) -> bool {
        hostcall::shows(self)
    }
}

impl AtLevel for Shown {
    #[inline(always)]
    fn level(self) -> Level {
        self.0
    }

    #[inline(always)]
    fn shows(self) -> bool {
        true
    }
}

/// What can be a piece of a line or a text: bytes and strings as they are, numbers in decimal,
/// [`Hex`] numbers, a [`Timestamp`](crate::time::Timestamp), the number of a
/// [`Status`](crate::Status), and `None` as nothing.
pub trait Piece: Sealed {
    /// The most bytes that it writes.
    #[doc(hidden)]
    fn size(&self) -> u64;

    #[doc(hidden)]
    fn write(&self, to: Writer) -> Writer;
}

/// A piece writes no more than its size: whoever puts a text together relies on it.
pub trait Sealed {}

/// The pieces of a text, one within the other.
pub trait Pieces {
    /// The most bytes that they write.
    fn size(&self) -> u64;

    fn write(&self, to: Writer) -> Writer;
}

impl Pieces for () {
    #[inline(always)]
    fn size(&self) -> u64 {
        0
    }

    #[inline(always)]
    fn write(&self, to: Writer) -> Writer {
        to
    }
}

impl<T: Piece + ?Sized, R: Pieces> Pieces for (&T, R) {
    #[inline(always)]
    fn size(&self) -> u64 {
        self.0.size().wrapping_add(self.1.size())
    }

    #[inline(always)]
    fn write(&self, to: Writer) -> Writer {
        self.1.write(self.0.write(to))
    }
}

macro_rules! pieces {
    ($(
        [$($generics:tt)*] $type:ty: |$piece:ident| $size:expr, |$to:ident| $write:expr;
    )*) => {$(
        impl<$($generics)*> Sealed for $type {}
        impl<$($generics)*> Piece for $type {
            #[inline(always)]
            fn size(&self) -> u64 {
                let $piece = self;
                let _ = $piece;
                $size
            }

            #[inline(always)]
            fn write(&self, $to: Writer) -> Writer {
                let $piece = self;
                $write
            }
        }
    )*};
}
pub(crate) use pieces;

pieces! {
    [] [u8]: |bytes| bytes.len() as u64, |to| to.put(bytes);
    [const N: usize] [u8; N]: |bytes| N as u64, |to| to.put(bytes);
    [] str: |text| text.len() as u64, |to| to.put(text.as_bytes());
    [] Field<'_>: |field| field.as_bytes().len() as u64, |to| to.put(field.as_bytes());
    [T: Piece + ?Sized] &T: |piece| T::size(piece), |to| T::write(piece, to);
    [T: Piece] Option<T>: |piece| piece.as_ref().map_or(0, T::size), |to| match piece {
        Some(piece) => piece.write(to),
        None => to,
    };
    [] bool: |value| 5, |to| to.put(if *value { b"true" } else { b"false" });
    [] u8: |number| 3, |to| decimal(to, (*number).into());
    [] u16: |number| 5, |to| decimal(to, (*number).into());
    [] u32: |number| 10, |to| decimal(to, *number);
    [] u64: |number| 20, |to| decimal_64(to, *number);
    [] i32: |number| 11, |to| signed(to, (*number).into());
    [] i64: |number| 20, |to| signed(to, *number);
    [] Status: |status| 10, |to| decimal(to, status.0);
    [] Hex: |number| 16, |to| hexadecimal(to, number.0);
}

#[cfg(target_pointer_width = "32")]
pieces! { [] usize: |number| 10, |to| decimal(to, *number as u32); }
#[cfg(not(target_pointer_width = "32"))]
pieces! { [] usize: |number| 20, |to| decimal_64(to, *number as u64); }

/// A number to be written in hexadecimal, without leading zeros.
///
/// ```
/// whit::info!("0x", whit::Hex(255));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hex(pub u64);

/// Ten digits at most, so ten calls at most.
#[inline(never)]
fn decimal(to: Writer, number: u32) -> Writer {
    let to = if number >= 10 { decimal(to, number / 10) } else { to };
    to.byte(b'0' | (number % 10) as u8)
}

#[inline(never)]
fn decimal_64(to: Writer, number: u64) -> Writer {
    let to = if number >= 10 { decimal_64(to, number / 10) } else { to };
    to.byte(b'0' | (number % 10) as u8)
}

#[inline(never)]
fn hexadecimal(to: Writer, number: u64) -> Writer {
    let to = if number >= 16 { hexadecimal(to, number >> 4) } else { to };
    let digit = (number & 15) as u8;
    to.byte(if digit < 10 { b'0' | digit } else { (b'a' - 10).wrapping_add(digit) })
}

#[inline(never)]
fn signed(to: Writer, number: i64) -> Writer {
    let to = if number < 0 { to.byte(b'-') } else { to };
    decimal_64(to, number.unsigned_abs())
}

/// In decimal, with two digits at least.
pub(crate) fn padded(to: Writer, number: u32) -> Writer {
    let to = if number < 10 { to.byte(b'0') } else { to };
    decimal(to, number)
}

/// Logs a line that is constant.
#[doc(hidden)]
#[inline(always)]
pub fn log_constant(level: impl AtLevel, text: &'static str) {
    hostcall::log(level.level(), text.as_bytes());
}

/// Puts a line together, and logs it.
#[doc(hidden)]
#[inline(always)]
pub fn line(level: impl AtLevel, pieces: impl Pieces) {
    if let Ok((room, to)) = arena::Room::of(pieces.size()) {
        room.passing_text(pieces.write(to), |message| hostcall::log(level.level(), message));
    }
}

/// Logs an error that a callback lets out: short, so that no memory is asked for and the plugin need not
/// carry what puts other lines together. It is shown at every level but the highest, so that one is not
/// asked for either.
#[inline(never)]
pub(crate) fn error_of(callback: CallbackName, status: Status) {
    const BETWEEN: &str = ": status ";
    /// Of any status.
    const DIGITS: usize = 10;
    const SIZE: usize = CallbackName::LONGEST + BETWEEN.len() + DIGITS;
    arena::short_text::<SIZE>(
        |to| decimal(to.put(callback.0.as_bytes()).put(BETWEEN.as_bytes()), status.0),
        |message| hostcall::log_cells(Level::Error, message),
    );
}

/// The name of a callback, without `proxy_`.
#[derive(Clone, Copy, Debug)]
pub struct CallbackName(pub(crate) &'static str);

impl CallbackName {
    const LONGEST: usize = 40;

    /// Checks, at compile time, that it is no longer than what has to hold it.
    pub(crate) const fn new(name: &'static str) -> Self {
        assert!(name.len() <= Self::LONGEST);
        Self(name)
    }
}

/// The lowest level of which the host shows lines. It may change at any time.
///
/// A host that does not tell, because the plugin speaks an ABI before 0.2.1, shows all.
///
/// ```
/// use whit::{Level, log_level};
/// if log_level() <= Level::Debug {
///     // What is only worth doing if somebody reads it.
/// }
/// ```
///
/// Spec: "Logging", `proxy_get_log_level`.
#[inline]
pub fn log_level() -> Level {
    [Level::Error, Level::Warn, Level::Info, Level::Debug, Level::Trace]
        .into_iter()
        .take_while(|level| hostcall::shows(*level))
        .last()
        .unwrap_or(Level::Critical)
}

/// Logs a line of a [`Level`], put together from [`Piece`]s.
///
/// No piece is evaluated when the host does not show the level, which each line asks it;
/// [`Level::shown`](crate::Level::shown) asks once for many. A line for which memory cannot grow
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
        if $crate::__::AtLevel::shows(level) {
            $crate::__pieces!($crate::__::line[level,]; []; $($piece,)+);
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
            context => $crate::__pieces!($crate::Context::text[context,]; []; $($piece,)+),
        }
    };
}

/// Calls a function with all pieces. All are evaluated before; each step's `piece` is a name of its own.
#[doc(hidden)]
#[macro_export]
macro_rules! __pieces {
    ($function:path[$($first:tt)*]; [$($done:ident)*]; $piece:expr, $($rest:tt)*) => {
        match &$piece {
            piece => $crate::__pieces!($function[$($first)*]; [$($done)* piece]; $($rest)*),
        }
    };
    ($function:path[$($first:tt)*]; [$($done:ident)*];) => {
        $function($($first)* $crate::__pieces!($($done)*))
    };
    ($first:ident $($rest:ident)*) => {
        ($first, $crate::__pieces!($($rest)*))
    };
    () => {
        ()
    };
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
    fn the_hosts_level_is_told() {
        use Level::*;
        for level in [Trace, Debug, Info, Warn, Error, Critical] {
            double::set_log_level(level);
            let lowest =
                if cfg!(any(feature = "abi-0-1-0", feature = "abi-0-2-0")) { Trace } else { level };
            assert_eq!(log_level(), lowest);
        }
    }

    #[test]
    fn one_question_does_for_many_lines() {
        double::set_log_level(Level::Info);
        let info = Level::Info.shown().expect("it is shown");
        // Whatever the host shows meanwhile.
        double::set_log_level(Level::Critical);
        log!(info, 1_u32, "!");
        log!(info, "one");
        assert_eq!(
            double::take_log(),
            [(Level::Info, b"1!".to_vec()), (Level::Info, b"one".to_vec())]
        );
        let shown = Level::Info.shown().is_some();
        assert_eq!(shown, cfg!(any(feature = "abi-0-1-0", feature = "abi-0-2-0")));
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
