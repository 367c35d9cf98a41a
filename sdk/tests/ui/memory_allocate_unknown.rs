whit::memory_allocate!(malloc);

fn main() {}
