//! The WASI functions that Envoy offers, with what each answers there.

use wasmtime::{Caller, Linker};

use super::guest::Call;
use super::host::Host;
use super::log::LogLevel;

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
const NOTCAPABLE: Errno = 76;

/// The most that `random_get` gives at once.
const MAX_RANDOM: u32 = 64 * 1024;

macro_rules! offer {
    ($linker:ident, $($name:ident ( $($param:ident : $type:ty),* ) = $body:expr;)*) => {$(
        for module in ["wasi_unstable", "wasi_snapshot_preview1"] {
            $linker.func_wrap(
                module,
                stringify!($name),
                move |mut caller: Caller<'_, Host> $(, $param: $type)*| -> wasmtime::Result<Errno> {
                    let mut call = Call::enter(&mut caller, module, stringify!($name))?;
                    if !call.may("WASI", stringify!($name)) {
                        return Ok(NOTCAPABLE);
                    }
                    let body: fn(&mut Call<'_, '_> $(, $type)*) -> Errno = $body;
                    Ok(body(&mut call $(, $param)*))
                },
            )?;
        }
    )*};
}

pub(crate) fn offer(linker: &mut Linker<Host>) -> wasmtime::Result<()> {
    offer! { linker,
        args_get(argv: u32, buffer: u32) = |_, _, _| SUCCESS;
        args_sizes_get(count_out: u32, size_out: u32) = no_strings;
        clock_res_get(id: u32, resolution_out: u32) = clock_res_get;
        clock_time_get(id: u32, precision: u64, time_out: u32) = clock_time_get;
        environ_get(environ: u32, buffer: u32) = environ_get;
        environ_sizes_get(count_out: u32, size_out: u32) = environ_sizes_get;
        fd_advise(fd: u32, offset: u64, length: u64, advice: u32) = |_, _, _, _, _| SUCCESS;
        fd_allocate(fd: u32, offset: u64, length: u64) = |_, fd, _, _| written(fd);
        fd_close(fd: u32) = |_, _| SUCCESS;
        fd_datasync(fd: u32) = |_, fd| written(fd);
        fd_fdstat_get(fd: u32, stat_out: u32) = fd_fdstat_get;
        fd_fdstat_set_flags(fd: u32, flags: u32) = |_, _, _| NOSYS;
        fd_fdstat_set_rights(fd: u32, base: u64, inheriting: u64) = |_, fd, _, _| written(fd);
        fd_filestat_get(fd: u32, stat_out: u32) = |_, _, _| BADF;
        fd_filestat_set_size(fd: u32, size: u64) = |_, fd, _| written(fd);
        fd_filestat_set_times(fd: u32, accessed: u64, modified: u64, flags: u32)
            = |_, fd, _, _, _| written(fd);
        fd_pread(fd: u32, iovs: u32, iovs_len: u32, offset: u64, read_out: u32)
            = |_, _, _, _, _, _| NOSYS;
        fd_prestat_dir_name(fd: u32, path: u32, path_len: u32) = |_, _, _, _| NOSYS;
        fd_prestat_get(fd: u32, prestat_out: u32) = |_, _, _| BADF;
        fd_pwrite(fd: u32, iovs: u32, iovs_len: u32, offset: u64, written_out: u32)
            = |call, fd, iovs, iovs_len, _, written_out| fd_write(call, fd, iovs, iovs_len, written_out);
        fd_read(fd: u32, iovs: u32, iovs_len: u32, read_out: u32) = |_, _, _, _, _| NOSYS;
        fd_readdir(fd: u32, buffer: u32, size: u32, cookie: u64, read_out: u32)
            = |call, _, _, _, _, read_out| zero(call, read_out, NOTDIR);
        fd_renumber(fd: u32, to: u32)
            = |_, fd, to| if written(fd) == SUCCESS && written(to) == SUCCESS { NOTSUP } else { BADF };
        fd_seek(fd: u32, offset: i64, whence: u32, position_out: u32) = |_, _, _, _, _| SUCCESS;
        fd_sync(fd: u32) = |_, fd| written(fd);
        fd_tell(fd: u32, position_out: u32) = fd_tell;
        fd_write(fd: u32, iovs: u32, iovs_len: u32, written_out: u32) = fd_write;
        path_create_directory(fd: u32, path: u32, path_len: u32) = |_, _, _, _| NOTSUP;
        path_filestat_get(fd: u32, flags: u32, path: u32, path_len: u32, stat_out: u32)
            = |_, _, _, _, _, _| NOTSUP;
        path_filestat_set_times(
            fd: u32, flags: u32, path: u32, path_len: u32, accessed: u64, modified: u64, set: u32
        ) = |_, _, _, _, _, _, _, _| NOTSUP;
        path_link(fd: u32, flags: u32, path: u32, path_len: u32, to: u32, to_path: u32)
            = |_, _, _, _, _, _, _| NOTSUP;
        path_open(
            fd: u32, dirflags: u32, path: u32, path_len: u32, oflags: u32, rights: i64,
            inheriting: i64, fdflags: u32, fd_out: u32
        ) = |_, _, _, _, _, _, _, _, _, _| NOENT;
        path_readlink(fd: u32, path: u32, path_len: u32, buffer: u32, size: u32, read_out: u32)
            = |call, _, _, _, _, _, read_out| zero(call, read_out, NOTSUP);
        path_remove_directory(fd: u32, path: u32, path_len: u32) = |_, _, _, _| NOTSUP;
        path_rename(fd: u32, path: u32, path_len: u32, to: u32, to_path: u32, to_path_len: u32)
            = |_, _, _, _, _, _, _| NOTSUP;
        path_symlink(path: u32, path_len: u32, fd: u32, to_path: u32) = |_, _, _, _, _| NOTSUP;
        path_unlink_file(fd: u32, path: u32, path_len: u32) = |_, _, _, _| NOTSUP;
        poll_oneoff(events: u32, out: u32, count: u32, count_out: u32)
            = |call, _, _, _, count_out| zero(call, count_out, SUCCESS);
        random_get(buffer: u32, size: u32) = random_get;
        sched_yield() = |_| SUCCESS;
        sock_accept(fd: u32, flags: u32, fd_out: u32)
            = |call, _, _, fd_out| zero(call, fd_out, NOTSUP);
        sock_recv(fd: u32, data: u32, data_len: u32, flags: u32, size_out: u32, flags_out: u32)
            = |call, _, _, _, _, size_out, _| zero(call, size_out, NOTSUP);
        sock_send(fd: u32, data: u32, data_len: u32, flags: u32, size_out: u32)
            = |call, _, _, _, _, size_out| zero(call, size_out, NOTSUP);
        sock_shutdown(fd: u32, how: u32) = |_, _, _| NOTSUP;
    }
    for module in ["wasi_unstable", "wasi_snapshot_preview1"] {
        linker.func_wrap(
            module,
            "proc_exit",
            move |mut caller: Caller<'_, Host>, _: u32| -> wasmtime::Result<()> {
                Call::enter(&mut caller, module, "proc_exit")?.may("WASI", "proc_exit");
                Ok(())
            },
        )?;
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
