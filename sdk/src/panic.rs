//! A panic is a trap: no message, no place, no formatting code. With the feature `debug` the host's log
//! says both first.

#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    #[cfg(feature = "debug")]
    {
        use core::fmt::Write as _;

        let mut line = crate::arena::Line::begin();
        if write!(line, "{info}").is_ok() {
            line.log(crate::Level::Critical);
        }
    }
    let _ = info;
    core::arch::wasm32::unreachable()
}
