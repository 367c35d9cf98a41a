//! The WASI functions that Envoy offers, with what each answers there.

use wasmtime::{Caller, Linker};

use super::host::Host;
use super::hostcalls::Call;
use super::log::LogLevel;
use super::shape::{Shape, Word, shape, word};

/// An `errno` of WASI.
type Errno = u32;
const SUCCESS: Errno = 0;
const BADF: Errno = 8;
const FAULT: Errno = 21;
const INVAL: Errno = 28;
const NOTDIR: Errno = 20;
const NOENT: Errno = 44;
const NOSYS: Errno = 52;
const NOTSUP: Errno = 58;

/// The most that `random_get` gives at once.
const MAX_RANDOM: u32 = 64 * 1024;

/// Declares functions by their shapes, and what each does: what offers them.
macro_rules! wasi {
    ($($name:ident ( $($param:ident : $kind:ident),* $(,)? ) = $body:expr;)*) => {
        fn offer_functions(linker: &mut Linker<Host>, module: &'static str) -> wasmtime::Result<()> {
            $({
                const SHAPE: &Shape = &shape!(stringify!($name), ($($param: $kind),*) -> Errno);
                linker.func_wrap(
                    module,
                    SHAPE.name,
                    move |mut caller: Caller<'_, Host> $(, $param: word!($kind))*| {
                        let body: fn(&mut Call<'_, '_> $(, word!($kind))*) -> Errno = $body;
                        Call::run(&mut caller, module, SHAPE, &[$(Word::word($param)),*], |call| {
                            Ok(body(call $(, $param)*))
                        })
                    },
                )?;
            })*
            Ok(())
        }
    };
}

wasi! {
    args_get(argv: Address, buffer: Address) = |_, _, _| SUCCESS;
    args_sizes_get(count: NumberOut, size: NumberOut) = no_strings;
    clock_res_get(id: Clock, resolution: WideOut) = clock_res_get;
    clock_time_get(id: Clock, precision: Wide, time: WideOut) = clock_time_get;
    environ_get(environ: Address, buffer: Address) = environ_get;
    environ_sizes_get(count: NumberOut, size: NumberOut) = environ_sizes_get;
    fd_advise(fd: File, offset: Wide, length: Wide, advice: Number) = |_, _, _, _, _| SUCCESS;
    fd_allocate(fd: File, offset: Wide, length: Wide) = |_, fd, _, _| written(fd);
    fd_close(fd: File) = |_, _| SUCCESS;
    fd_datasync(fd: File) = |_, fd| written(fd);
    fd_fdstat_get(fd: File, stat: Address) = fd_fdstat_get;
    fd_fdstat_set_flags(fd: File, flags: Number) = |_, _, _| NOSYS;
    fd_fdstat_set_rights(fd: File, base: Wide, inheriting: Wide) = |_, fd, _, _| written(fd);
    fd_filestat_get(fd: File, stat: Address) = |_, _, _| BADF;
    fd_filestat_set_size(fd: File, size: Wide) = |_, fd, _| written(fd);
    fd_filestat_set_times(fd: File, accessed: Wide, modified: Wide, flags: Number)
        = |_, fd, _, _, _| written(fd);
    fd_pread(fd: File, iovs: Address, iovs_len: Number, offset: Wide, read: NumberOut)
        = |_, _, _, _, _, _| NOSYS;
    fd_prestat_dir_name(fd: File, path: Address, path_len: Number) = |_, _, _, _| NOSYS;
    fd_prestat_get(fd: File, prestat: Address) = |_, _, _| BADF;
    fd_pwrite(fd: File, iovs: Vectors, iovs_len: Size, offset: Wide, written: NumberOut)
        = |call, fd, iovs, iovs_len, _, written| fd_write(call, fd, iovs, iovs_len, written);
    fd_read(fd: File, iovs: Address, iovs_len: Number, read: NumberOut) = |_, _, _, _, _| NOSYS;
    fd_readdir(fd: File, buffer: Address, size: Number, cookie: Wide, read: NumberOut)
        = |call, _, _, _, _, read| zero(call, read, NOTDIR);
    fd_renumber(fd: File, to: File)
        = |_, fd, to| if written(fd) == SUCCESS && written(to) == SUCCESS { NOTSUP } else { BADF };
    fd_seek(fd: File, offset: SignedWide, whence: Number, position: Address)
        = |_, _, _, _, _| SUCCESS;
    fd_sync(fd: File) = |_, fd| written(fd);
    fd_tell(fd: File, position: WideOut) = fd_tell;
    fd_write(fd: File, iovs: Vectors, iovs_len: Size, written: NumberOut) = fd_write;
    path_create_directory(fd: File, path: Bytes, path_len: Size) = |_, _, _, _| NOTSUP;
    path_filestat_get(fd: File, flags: Number, path: Bytes, path_len: Size, stat: Address)
        = |_, _, _, _, _, _| NOTSUP;
    path_filestat_set_times(
        fd: File, flags: Number, path: Bytes, path_len: Size, accessed: Wide, modified: Wide,
        set: Number
    ) = |_, _, _, _, _, _, _, _| NOTSUP;
    path_link(fd: File, flags: Number, path: Bytes, path_len: Size, to: File, to_path: Address)
        = |_, _, _, _, _, _, _| NOTSUP;
    path_open(
        fd: File, dirflags: Number, path: Bytes, path_len: Size, oflags: Number, rights: Wide,
        inheriting: Wide, fdflags: Number, opened: NumberOut
    ) = |_, _, _, _, _, _, _, _, _, _| NOENT;
    path_readlink(
        fd: File, path: Bytes, path_len: Size, buffer: Address, size: Number, read: NumberOut
    ) = |call, _, _, _, _, _, read| zero(call, read, NOTSUP);
    path_remove_directory(fd: File, path: Bytes, path_len: Size) = |_, _, _, _| NOTSUP;
    path_rename(
        fd: File, path: Bytes, path_len: Size, to: File, to_path: Bytes, to_path_len: Size
    ) = |_, _, _, _, _, _, _| NOTSUP;
    path_symlink(path: Bytes, path_len: Size, fd: File, to_path: Address) = |_, _, _, _, _| NOTSUP;
    path_unlink_file(fd: File, path: Bytes, path_len: Size) = |_, _, _, _| NOTSUP;
    poll_oneoff(events: Address, out: Address, count: Number, occurred: NumberOut)
        = |call, _, _, _, occurred| zero(call, occurred, SUCCESS);
    random_get(buffer: PlaceOut, size: Size) = random_get;
    sched_yield() = |_| SUCCESS;
    sock_accept(fd: File, flags: Number, accepted: NumberOut)
        = |call, _, _, accepted| zero(call, accepted, NOTSUP);
    sock_recv(
        fd: File, data: Address, data_len: Number, flags: Number, size: NumberOut,
        flags_out: NumberOut
    ) = |call, _, _, _, _, size, _| zero(call, size, NOTSUP);
    sock_send(fd: File, data: Vectors, data_len: Size, flags: Number, size: NumberOut)
        = |call, _, _, _, _, size| zero(call, size, NOTSUP);
    sock_shutdown(fd: File, how: Number) = |_, _, _| NOTSUP;
}

pub(crate) fn offer(linker: &mut Linker<Host>) -> wasmtime::Result<()> {
    const EXIT: &Shape = &shape!("proc_exit", (code: Number));
    for module in ["wasi_unstable", "wasi_snapshot_preview1"] {
        offer_functions(linker, module)?;
        linker.func_wrap(module, EXIT.name, move |mut caller: Caller<'_, Host>, code: u32| {
            Call::run(&mut caller, module, EXIT, &[code.word()], |_| Ok(0)).map(drop)
        })?;
    }
    Ok(())
}

/// There are no arguments.
fn no_strings(call: &mut Call<'_, '_>, count_out: u32, size_out: u32) -> Errno {
    sizes(call, &[], count_out, size_out)
}

fn environ_sizes_get(call: &mut Call<'_, '_>, count_out: u32, size_out: u32) -> Errno {
    let strings = environment(call);
    sizes(call, &strings, count_out, size_out)
}

/// Environment variables, as `name=value` with a NUL.
fn environment(call: &mut Call<'_, '_>) -> Vec<Vec<u8>> {
    let environment = &call.host().setup.environment;
    environment.iter().map(|(name, value)| format!("{name}={value}\0").into_bytes()).collect()
}

fn sizes(call: &mut Call<'_, '_>, strings: &[Vec<u8>], count_out: u32, size_out: u32) -> Errno {
    let size: usize = strings.iter().map(Vec::len).sum();
    let written = call.write_u32(count_out, strings.len() as u32);
    written.and_then(|()| call.write_u32(size_out, size as u32)).map_or(FAULT, |()| SUCCESS)
}

fn environ_get(call: &mut Call<'_, '_>, environ: u32, buffer: u32) -> Errno {
    let (mut environ, mut buffer) = (environ, buffer);
    for string in environment(call) {
        let written = call.write_u32(environ, buffer);
        if written.and_then(|()| call.write(buffer, &string)).is_err() {
            return FAULT;
        }
        environ = environ.wrapping_add(4);
        buffer = buffer.wrapping_add(string.len() as u32);
    }
    SUCCESS
}

/// The real-time and the monotonic clock, which here are one.
fn clock_time_get(call: &mut Call<'_, '_>, id: u32, _precision: u64, time_out: u32) -> Errno {
    if id > 1 {
        return NOTSUP;
    }
    let now = call.host().shared().now;
    call.write_u64(time_out, now).map_or(FAULT, |()| SUCCESS)
}

/// Standard output and standard error can be written.
fn fd_fdstat_get(call: &mut Call<'_, '_>, fd: u32, stat_out: u32) -> Errno {
    if written(fd) != SUCCESS {
        return BADF;
    }
    let mut stat = [0; 24];
    stat[8] = 64;
    let _ = call.write(stat_out, &stat);
    SUCCESS
}

/// Standard output is logged at info, standard error at error.
fn fd_write(call: &mut Call<'_, '_>, fd: u32, iovs: u32, iovs_len: u32, written_out: u32) -> Errno {
    let level = match fd {
        1 => LogLevel::Info,
        2 => LogLevel::Error,
        _ => return BADF,
    };
    let mut message = Vec::new();
    for index in 0..iovs_len {
        let Some(bytes) = iovec(call, iovs, index) else { return FAULT };
        message.extend(bytes);
    }
    let written = message.len() as u32;
    if message.last() == Some(&b'\n') {
        message.pop();
    }
    if written != 0 {
        call.host().log(level, String::from_utf8_lossy(&message).into_owned());
    }
    call.write_u32(written_out, written).map_or(FAULT, |()| SUCCESS)
}

/// The bytes that the `index`th of these vectors describes.
fn iovec(call: &mut Call<'_, '_>, iovs: u32, index: u32) -> Option<Vec<u8>> {
    let iovec = call.read(iovs.checked_add(index.checked_mul(8)?)?, 8).ok()?;
    let (data, size) = iovec.split_first_chunk::<4>()?;
    let size = size.first_chunk::<4>()?;
    call.read(u32::from_le_bytes(*data), u32::from_le_bytes(*size)).ok()
}

fn clock_res_get(call: &mut Call<'_, '_>, id: u32, resolution_out: u32) -> Errno {
    if id > 1 {
        return NOTSUP;
    }
    call.write_u64(resolution_out, 1).map_or(FAULT, |()| SUCCESS)
}

fn fd_tell(call: &mut Call<'_, '_>, fd: u32, position_out: u32) -> Errno {
    if written(fd) != SUCCESS {
        return BADF;
    }
    call.write_u64(position_out, 0).map_or(FAULT, |()| SUCCESS)
}

/// Success for standard output and standard error, the only files.
fn written(fd: u32) -> Errno {
    if fd == 1 || fd == 2 { SUCCESS } else { BADF }
}

/// Answers `errno` after writing a 0.
fn zero(call: &mut Call<'_, '_>, out: u32, errno: Errno) -> Errno {
    call.write_u32(out, 0).map_or(FAULT, |()| errno)
}

fn random_get(call: &mut Call<'_, '_>, buffer: u32, size: u32) -> Errno {
    if size > MAX_RANDOM {
        return INVAL;
    }
    if size == 0 {
        return SUCCESS;
    }
    let state = &mut call.host().random;
    let words = std::iter::repeat_with(|| split_mix(state));
    let bytes: Vec<u8> = words.flat_map(u64::to_le_bytes).take(size as usize).collect();
    call.write(buffer, &bytes).map_or(FAULT, |()| SUCCESS)
}

/// Numbers that look random, and are the same in every run.
fn split_mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
