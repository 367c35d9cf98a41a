//! The WASI functions that Envoy offers, with what each answers there.

mod functions;

use wasmtime::{Caller, Linker};

use super::host::Host;
use super::hostcalls::Call;
use super::shape::{Shape, Word, shape, word};
use functions::*;

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

/// Declares functions by their shapes, and what each does: their names, and what offers them.
macro_rules! wasi {
    ($($name:ident ( $($param:ident : $kind:ident),* $(,)? ) = $body:expr;)*) => {
        const NAMES: &[&str] = &[$(stringify!($name)),*];

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

/// Functions that answer with an `errno`.
pub(crate) fn names() -> impl Iterator<Item = &'static str> + Clone {
    NAMES.iter().copied()
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
