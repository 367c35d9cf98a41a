//! The arena on the host.

use super::*;

/// What a host does that returns `bytes`.
fn host(bytes: &[u8], data: *mut *mut u8, size: *mut usize) -> u32 {
    let memory = allocate(bytes.len());
    if memory.is_null() {
        return Status::INVALID_MEMORY_ACCESS.0;
    }
    // SAFETY: `allocate` returned that many bytes; the out-parameters are `receive`'s.
    unsafe {
        ptr::copy_nonoverlapping(bytes.as_ptr(), memory, bytes.len());
        data.write(memory);
        size.write(bytes.len());
    }
    0
}

#[test]
fn before_a_hostcall_that_returns_bytes_nothing_is_allocated() {
    assert!(allocate(1).is_null());
    callback(|_| assert!(allocate(1).is_null()));
}

#[test]
fn what_a_callback_received_lives_until_it_ends() {
    let first = callback(|scope| {
        let a = receive(scope, |data, size| host(b"one", data, size)).unwrap();
        let b = receive(scope, |data, size| host(b"two", data, size)).unwrap();
        assert_eq!((a, b), (&b"one"[..], &b"two"[..]));
        a.as_ptr().addr()
    });
    callback(|scope| {
        let a = receive(scope, |data, size| host(b"six", data, size)).unwrap();
        assert_eq!(a.as_ptr().addr(), first, "the arena was rewound");
    });
}

#[test]
fn a_nested_callback_rewinds_to_its_own_entry() {
    callback(|scope| {
        let outer = receive(scope, |data, size| host(b"outer", data, size)).unwrap();
        callback(|scope| {
            let inner = receive(scope, |data, size| host(b"inner", data, size)).unwrap();
            assert_eq!(inner, b"inner");
        });
        let next = receive(scope, |data, size| host(b"next", data, size)).unwrap();
        assert_eq!(next.as_ptr().addr(), outer.as_ptr().addr() + outer.len());
        assert_eq!(outer, b"outer");
    });
}

#[test]
fn memory_that_cannot_grow_is_an_error_and_the_next_call_works() {
    callback(|scope| {
        let large = [0_u8; 0x1_0001];
        let refused = receive(scope, |data, size| host(&large, data, size));
        assert_eq!(refused, Err(Status::INVALID_MEMORY_ACCESS));
        let small = receive(scope, |data, size| host(b"small", data, size));
        assert_eq!(small, Ok(&b"small"[..]));
    });
}

#[test]
fn whatever_pointer_a_host_returns_the_bytes_are_where_it_allocated() {
    let own = [7_u8; 4];
    for lie in [ptr::null_mut(), ptr::without_provenance_mut(usize::MAX), own.as_ptr().cast_mut()] {
        callback(|scope| {
            let result = receive(scope, |data, size| {
                assert_eq!(host(b"true", data, size), 0);
                // SAFETY: the out-parameter is `receive`'s.
                unsafe { data.write(lie) };
                0
            });
            assert_eq!(result, Ok(&b"true"[..]));
        });
    }
}

#[test]
fn a_host_that_returns_more_than_it_allocated_gets_an_error() {
    for lie in [5, 0x1_0000, isize::MAX.cast_unsigned(), usize::MAX] {
        callback(|scope| {
            let result = receive(scope, |data, size| {
                assert_eq!(host(b"true", data, size), 0);
                // SAFETY: the out-parameter is `receive`'s.
                unsafe { size.write(lie) };
                0
            });
            assert_eq!(result, Err(Status::INVALID_MEMORY_ACCESS), "{lie}");
        });
    }
}

/// The cursor is then below where the outer call began.
#[test]
fn a_callback_within_a_hostcall_does_not_confuse_the_outer_one() {
    callback(|scope| {
        let kept = receive(scope, |data, size| host(b"kept", data, size)).unwrap();
        let result = receive(scope, |data, size| {
            callback(|scope| {
                receive(scope, |data, size| host(b"a", data, size)).unwrap();
                receive(scope, |data, size| host(b"inner", data, size)).unwrap();
            });
            // SAFETY: the out-parameters are `receive`'s.
            unsafe { (data.write(kept.as_ptr().cast_mut()), size.write(4)) };
            0
        });
        assert_eq!(result, Err(Status::INVALID_MEMORY_ACCESS));
        assert_eq!(kept, b"kept");
    });
}

#[test]
fn a_buffer_of_the_plugins_is_filled_without_a_copy() {
    let mut buffer = [0; 8];
    callback(|_| {
        let before = cursor();
        assert_eq!(receive_into(&mut buffer, |data, size| host(b"into it", data, size)), Ok(7));
        assert_eq!(cursor(), before);
        let refused = receive_into(&mut buffer, |data, size| host(b"too much", data, size));
        assert_eq!(refused, Ok(8));
        let refused = receive_into(&mut buffer, |data, size| host(b"far too much", data, size));
        assert_eq!(refused, Err(Status::INVALID_MEMORY_ACCESS));
    });
    assert_eq!(&buffer, b"too much");
}

/// What it would have been lent for is over.
#[test]
fn a_lent_buffer_is_for_one_call_only() {
    let mut buffer = [0; 8];
    callback(|scope| {
        assert_eq!(receive_into(&mut buffer, |_, _| 1), Err(Status::NOT_FOUND));
        assert_eq!(receive(scope, |data, size| host(b"arena", data, size)), Ok(&b"arena"[..]));
        // A callback within the call receives, too: then the outer one gets an error.
        let outer = receive_into(&mut buffer, |data, size| {
            callback(|scope| {
                let inner = receive(scope, |data, size| host(b"inner", data, size));
                assert_eq!(inner, Ok(&b"inner"[..]));
            });
            host(b"outer", data, size)
        });
        assert_eq!(outer, Err(Status::INVALID_MEMORY_ACCESS));
    });
    assert_eq!(buffer, [0; 8]);
}

#[test]
fn what_is_carved_within_a_hostcall_is_not_what_it_returns() {
    callback(|scope| {
        let received = receive(scope, |_, size| {
            carve(24, 8).expect("memory");
            // SAFETY: `receive` passes an out-parameter.
            unsafe { size.write(24) };
            0
        });
        assert_eq!(received, Err(Status::INVALID_MEMORY_ACCESS));
    });
}

#[test]
fn what_is_carved_stays() {
    let (first, second) = callback(|scope| {
        receive(scope, |data, size| host(b"odd", data, size)).unwrap();
        let carved = |size| carve(size, 16).expect("memory").addr().get();
        let place = carved(24);
        assert!(place.is_multiple_of(16));
        (place, carved(8))
    });
    assert!(second >= first + 24);
    callback(|scope| {
        let next = receive(scope, |data, size| host(b"next", data, size)).unwrap();
        assert!(next.as_ptr().addr() >= second + 8);
    });
}

#[test]
fn a_status_wins_and_nothing_returned_is_empty() {
    let nothing = |_: *mut *mut u8, size: *mut usize| {
        // SAFETY: the out-parameter is `receive`'s.
        unsafe { size.write(0) };
        0
    };
    callback(|scope| {
        assert_eq!(receive(scope, |_, _| 1), Err(Status::NOT_FOUND));
        assert_eq!(receive(scope, |_, _| 4711), Err(Status(4711)));
        assert_eq!(receive(scope, |_, _| u32::MAX), Err(Status(u32::MAX)));
        assert_eq!(receive(scope, nothing), Ok(&b""[..]));
    });
}

#[test]
fn a_host_that_returns_nothing_at_all_returns_no_bytes() {
    callback(|scope| assert_eq!(receive(scope, |_, _| 0), Ok(&b""[..])));
}
