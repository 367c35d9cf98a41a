fn main() {
    let _ = whit::field!("a\r\nset-cookie: b");
}
